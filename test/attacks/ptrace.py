"""Looks into and writes to its own ancestors and children."""
import ctypes
import os
import time

from support import attempt, libc, shop as app, syscall  # noqa: F401

child = os.fork()
if child == 0:
    time.sleep(60)
attempt("attach", lambda: syscall(101, 16, child, 0, 0))
attempt("seize", lambda: syscall(101, 0x4206, child, 0, 0))
attempt("trace me", lambda: syscall(101, 0, 0, 0, 0))
buffer = ctypes.create_string_buffer(8)
attempt("process_vm_readv", lambda: syscall(310, child, ctypes.byref(buffer), 1, ctypes.byref(buffer), 1, 0))
attempt("process_vm_writev", lambda: syscall(311, child, ctypes.byref(buffer), 1, ctypes.byref(buffer), 1, 0))
attempt("pidfd_getfd", lambda: syscall(438, os.pidfd_open(child), 0, 0))
attempt("kcmp", lambda: syscall(312, 1, child, 0, 0, 0))
