"""Imports what web applications import, and answers one request, so that a clone finds everything loaded."""

import html  # noqa: F401
import io
import logging  # noqa: F401
import mimetypes
import sqlite3
import xml.sax.saxutils  # noqa: F401

import fastapi
import fastapi.responses  # noqa: F401
import flask
import jinja2.sandbox  # noqa: F401
import markupsafe  # noqa: F401
import pydantic
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
    warm_up_fastapi()


class _Warm(pydantic.BaseModel):
    text: str


def warm_up_fastapi() -> None:
    """Declares a few parameters, which is where most is loaded; a request would leave an event loop behind."""
    api = fastapi.FastAPI()

    @api.post("/{number}")
    def index(number: int, body: _Warm, word: str = "", user: str = fastapi.Header("")):
        return {"text": body.text}

    @api.post("/form")
    def form(a: str = fastapi.Form("")):
        return fastapi.responses.HTMLResponse(a)
