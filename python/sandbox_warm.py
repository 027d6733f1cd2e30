"""Imports what is used most, so that a clone finds it loaded; no more, as every page of it makes each clone slower."""

import ast  # noqa: F401
import base64  # noqa: F401
import bisect  # noqa: F401
import collections  # noqa: F401
import csv  # noqa: F401
import datetime  # noqa: F401
import decimal  # noqa: F401
import fractions  # noqa: F401
import functools  # noqa: F401
import hashlib  # noqa: F401
import heapq  # noqa: F401
import hmac  # noqa: F401
import itertools  # noqa: F401
import json  # noqa: F401
import math  # noqa: F401
import pathlib  # noqa: F401
import random  # noqa: F401
import re  # noqa: F401
import secrets  # noqa: F401
import sqlite3
import string  # noqa: F401
import subprocess  # noqa: F401
import sys
import tempfile  # noqa: F401
import textwrap  # noqa: F401
import typing  # noqa: F401
import urllib.parse  # noqa: F401
import uuid  # noqa: F401


def warm_up(purpose: str) -> None:
    """`purpose`: programs; apps, which find the framework loaded too, or suites, which find pytest."""
    sqlite3.connect(":memory:").execute("select 1").close()
    if purpose == "apps":
        import sandbox_warm_apps

        sandbox_warm_apps.warm_up()
    if purpose == "suites":
        # What the suite's own environment has comes before what the interpreter's installation has.
        shared = next((at for at, path in enumerate(sys.path) if path.endswith("-packages")), len(sys.path))
        sys.path.insert(shared, sys.path.pop())
        import sandbox_warm_suites

        sandbox_warm_suites.warm_up()
