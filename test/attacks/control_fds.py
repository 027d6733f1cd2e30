"""Writes a verdict to every descriptor that it might have inherited."""
import json
import os

from support import attempt, shop as app  # noqa: F401

LINE = json.dumps({"event": "stage", "id": "0", "stage": "infra", "message": "forged"}).encode() + b"\n"
LINE += json.dumps({"event": "exit", "id": "0", "code": 0, "reason": "forged"}).encode() + b"\n"
for fd in [0, *range(3, 1024)]:
    try:
        os.write(fd, LINE)
    except OSError:
        continue
    if fd:
        print("SUCCEEDED write", fd, os.fstat(fd), flush=True)
attempt("descriptors", lambda: [name for name in os.listdir("/proc/self/fd") if int(name) > 12] or False)
