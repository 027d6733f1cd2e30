"""Starts threads until it is refused."""
import threading
import time

from support import attempt, shop as app  # noqa: F401


def many():
    for _ in range(5000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()


attempt("5000 threads", many)
