"""Swaps a file for a link, over and over, in every folder that the runner might write to."""
import os
import threading
import time

from support import attempt, shop as app  # noqa: F401

TARGETS = ("/run/ironbark", "/opt/ironbark", "/tmp", "/app")


def swap(folder, until):
    done = False
    names = [f"{folder}/{number}.{kind}" for number in range(4) for kind in ("json", "sock", "out", "done")]
    while time.monotonic() < until:
        for name in names:
            try:
                os.symlink("/etc/passwd", name)
                done = done or folder.startswith(("/run", "/opt"))
                os.unlink(name)
            except OSError:
                pass
        # The links take up little, but no slot of a neighbour's either.
        time.sleep(0.001)
    return done


until = time.monotonic() + 0.3
results = {}
threads = [threading.Thread(target=lambda f=folder: results.update({f: swap(f, until)})) for folder in TARGETS]
[thread.start() for thread in threads], [thread.join() for thread in threads]
for folder in TARGETS[:2]:
    attempt(f"links in {folder}", lambda folder=folder: results[folder])
