"""Forks until it is refused, in every child too."""
import os
import time

from support import shop as app  # noqa: F401

count = 0
try:
    while count < 5000:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        count += 1
except OSError as error:
    print("refused fork", count, error, flush=True)
else:
    print("SUCCEEDED fork", count, flush=True)
