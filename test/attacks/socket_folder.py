"""Tampers with the folder that it would share with the verifier."""
import os
import socket

from support import attempt, shop as app  # noqa: F401

FOLDER = "/run/ironbark"
attempt("list", lambda: os.listdir(FOLDER) or False)
for name in ("0.sock", "1.sock", "0.out", "0.json"):
    attempt(f"link {name}", lambda name=name: os.symlink("/etc/passwd", f"{FOLDER}/{name}"))
    attempt(f"remove {name}", lambda name=name: os.unlink(f"{FOLDER}/{name}"))


def listen():
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(f"{FOLDER}/0.sock")
        return True


attempt("listen in its place", listen)
attempt("make the folder anew", lambda: os.mkdir("/run/other"))
