"""Takes memory that counts for no single process: shared mappings, files of a memory disk, pipes that are full."""
import fcntl
import mmap
import os

from support import attempt, shop as app  # noqa: F401

MIB = 1 << 20


def mapping(size):
    held = mmap.mmap(-1, size)
    held[::4096] = bytes(len(held[::4096]))
    return True


attempt("a shared mapping of 2 GiB", lambda: mapping(2048 * MIB))
attempt("a file in /dev/shm", lambda: open("/dev/shm/x", "wb").write(bytes(64 * MIB)))
attempt("locked memory", lambda: mmap.mmap(-1, 64 * MIB) and __import__("support").libc.mlockall(3) == 0)
reading, writing = os.pipe()
attempt("a pipe of 64 MiB", lambda: fcntl.fcntl(writing, 1031, 64 * MIB))
os.close(reading), os.close(writing)
