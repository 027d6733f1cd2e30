"""A body that never ends, a little at a time."""
import time

from support import answer


def drip():
    while True:
        yield b"lamp"
        time.sleep(0.01)


app = answer("200 OK", drip)
