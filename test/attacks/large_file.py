"""One file larger than allowed, also by a hole."""
import os

from support import attempt, shop as app  # noqa: F401


def hole():
    with open("/tmp/hole", "wb") as file:
        os.ftruncate(file.fileno(), 2**40)


attempt("a hole of 1 TB", hole)
