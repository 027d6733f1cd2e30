"""What the hostile programs share: a way to say whether a technique worked, and the vulnerable shop to fall back on."""

import ctypes
import os
import sqlite3
from urllib.parse import parse_qs

libc = ctypes.CDLL(None, use_errno=True)


def attempt(name, action):
    """Prints `refused NAME` or `SUCCEEDED NAME`; an action that returns False was refused."""
    try:
        result = action()
    except BaseException as error:
        print("refused", name, type(error).__name__, error, flush=True)
    else:
        print("refused" if result is False else "SUCCEEDED", name, result, flush=True)


def syscall(number, *args):
    result = libc.syscall(number, *args)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def shop(environ, start_response):
    """The unpatched application of the scenario."""
    name = parse_qs(environ["QUERY_STRING"]).get("name", [""])[0]
    try:
        rows = sqlite3.connect("shop.db").execute(f"SELECT title FROM items WHERE title = '{name}'").fetchall()
    except sqlite3.Error:
        start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
        return [b"error"]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [str([row[0] for row in rows]).encode()]


def fixed_shop(environ, start_response):
    name = parse_qs(environ["QUERY_STRING"]).get("name", [""])[0]
    rows = sqlite3.connect("shop.db").execute("SELECT title FROM items WHERE title = ?", (name,)).fetchall()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [('{"titles":[%s]}\n' % ",".join(f'"{row[0]}"' for row in rows)).encode()]


def answer(status, body, headers=()):
    """An application that always says the same."""

    def app(environ, start_response):
        start_response(status, [("Content-Type", "text/plain"), *headers])
        return body() if callable(body) else [body]

    return app
