"""Leaves a process behind, twice forked, in its own session."""
import os
import time

from support import shop as app  # noqa: F401

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(3):
            os.close(number)
        while True:
            time.sleep(0.01)
    os._exit(0)
os.wait()
