"""Hands a cloned process that is already confined over to Node.js, with its listening sockets."""

import os

# Told to the runner when it starts. Taken away at once: a candidate's environment says nothing of its surroundings.
NODE, SHIM, MODULES, FLAGS = (
    os.environ.pop(f"IRONBARK_{name}", "") for name in ("NODE", "NODE_SHIM", "MODULES", "NODE_FLAGS")
)


def serve(source: dict, root: str, listeners: list, status: int) -> None:
    """Never returns: becomes Node.js, which reports on `status` and closes it before candidate code runs."""
    sources = sorted(name for name in source["files"] if name.endswith((".js", ".cjs")))
    fds = [listener.fileno() for listener in listeners]
    for fd in (status, *fds):
        os.set_inheritable(fd, True)
    env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    env |= {"NODE_PATH": MODULES, "HOME": "/tmp", "NODE_ENV": "production", "UV_THREADPOOL_SIZE": "2"}
    place = root + "/app"
    os.chdir(place)
    os.execve(
        NODE, [NODE, *FLAGS.split(), SHIM, source["entry"], place, str(status), *map(str, fds), "--", *sources], env
    )
