"""Imports what web applications import, and answers one request, so that a clone finds everything loaded."""

import base64  # noqa: F401
import csv  # noqa: F401
import datetime  # noqa: F401
import decimal  # noqa: F401
import hashlib  # noqa: F401
import hmac  # noqa: F401
import html  # noqa: F401
import io
import json  # noqa: F401
import logging  # noqa: F401
import math  # noqa: F401
import mimetypes
import pathlib  # noqa: F401
import random  # noqa: F401
import secrets  # noqa: F401
import sqlite3
import subprocess  # noqa: F401
import textwrap  # noqa: F401
import urllib.parse  # noqa: F401
import uuid  # noqa: F401
import xml.sax.saxutils  # noqa: F401

import flask
import jinja2.sandbox  # noqa: F401
import markupsafe  # noqa: F401
import werkzeug.security  # noqa: F401
import werkzeug.utils  # noqa: F401


def warm_up() -> None:
    """Runs templates, sessions, forms and files once: each of them loads something on first use."""
    mimetypes.init()
    sqlite3.connect(":memory:").execute("select 1").close()
    app = flask.Flask("warm")
    app.secret_key = "warm"

    @app.route("/", methods=["POST"])
    def index():
        flask.session["seen"] = flask.request.form.get("a", "")
        text = flask.render_template_string("{% for x in [1, 2] %}{{ x|e }}{{ '<' }}{% endfor %}")
        flask.send_file(io.BytesIO(b"x"), mimetype="text/plain")
        return flask.jsonify(text=text, location=flask.redirect("/").location)

    client = app.test_client()
    client.post("/", data={"a": "1"})
    client.post("/", data={"a": (io.BytesIO(b"x"), "a.txt")})
    client.get("/missing")
