"""Replaces what the next candidate is served with: the runner, the interpreter, a package, the loader's settings."""
import os
import sys

from support import attempt, shop as app  # noqa: F401

import flask


def replace(path):
    with open(path + ".new", "w") as file:
        file.write("raise SystemExit")
    os.rename(path + ".new", path)
    return True


def append(path):
    with open(path, "a") as file:
        file.write("\n")
    return True


for path in (
    "/opt/ironbark/zygote.py",
    "/opt/ironbark/sandbox_app.py",
    "/opt/node/serve.cjs",
    "/etc/ld.so.preload",
    "/etc/passwd",
    flask.__file__,
    os.path.realpath(sys.executable),
    os.__file__,
):
    attempt(f"replace {path}", lambda path=path: replace(path))
    attempt(f"append to {path}", lambda path=path: append(path))
attempt("make a folder beside the runner", lambda: os.mkdir("/opt/x") or True)
