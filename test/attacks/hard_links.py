"""Gives files of others a second name inside its own folders, and takes over the name of its own sources."""
import os

from support import attempt, shop as app  # noqa: F401

os.makedirs("/tmp/l", exist_ok=True)
for path in ("/etc/passwd", "/usr/bin/env", "/opt/ironbark/zygote.py", "/opt/node/serve.cjs", "/proc/1/exe", "/dev/null"):
    attempt(f"hard link to {path}", lambda path=path: os.link(path, f"/tmp/l/{path.replace('/', '_')}") or True)
attempt("hard link of a descriptor", lambda: os.link("/proc/self/fd/1", "/tmp/l/out", follow_symlinks=True) or True)
attempt("move over another disk", lambda: os.rename("/usr/bin/env", "/tmp/l/env") or True)
