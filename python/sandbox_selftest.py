"""Proves at start that the isolation holds on this kernel: some limits are silently not applied on others."""

import os
import socket

import sandbox_isolate

PROCESSES = 8
LIMITS = {
    "cpu_seconds": 5, "memory_bytes": 2**30, "processes": PROCESSES, "file_bytes": 2**20, "open_files": 64,
    "disk_bytes": 2**16, "inodes": 16,
}  # fmt: skip


def run(hide: list) -> str:
    """Empty, or the first thing that does not hold."""
    reading, writing = os.pipe()
    pid = sandbox_isolate.clone(True)
    if pid == 0:
        try:
            problem = inside(hide)
        except BaseException as error:
            problem = f"{type(error).__name__}: {error}"
        os.write(writing, problem.encode())
        os._exit(0)
    os.close(writing)
    problem = os.read(reading, 1000).decode()
    os.waitpid(pid, 0)
    os.close(reading)
    return problem


def inside(hide: list) -> str:
    sandbox_isolate.enter(hide, LIMITS)
    sandbox_isolate.confine(LIMITS)
    for folder in hide:
        if os.access(folder, os.R_OK) and os.listdir(folder):
            return f"{folder} stays visible"
    for what, attempt in (
        ("a new namespace", lambda: sandbox_isolate.check(sandbox_isolate.libc.unshare(sandbox_isolate.NEWUSER), "")),
        ("a raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW)),
        ("writing to the root", lambda: os.mkdir("/escape")),
        ("filling a disk", lambda: open("/tmp/full", "wb").write(bytes(2**18))),
        ("many processes", spawn_many),
    ):
        try:
            attempt()
        except OSError:
            continue
        return f"{what} is not refused"
    return ""


def spawn_many() -> None:
    for _ in range(PROCESSES + 1):
        if os.fork() == 0:
            os.read(os.pipe()[0], 1)  # stays until the namespace is gone
