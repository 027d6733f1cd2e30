"""Signals whoever started it, by every call that takes a process: group, session, thread, descriptor, queue."""
import os
import signal

from support import attempt, shop as app, syscall  # noqa: F401

attempt("parent by number", lambda: os.getppid() or False)
attempt("process 0's group", lambda: os.killpg(0, 0) if os.getpgid(0) != os.getpid() else False)
attempt("descriptor of the parent", lambda: os.pidfd_open(os.getppid() or 2**22 - 1))
attempt("thread of another process", lambda: syscall(234, 2**22 - 1, 2**22 - 1, signal.SIGKILL) == 0)
attempt("queue a signal", lambda: syscall(129, 2**22 - 1, signal.SIGTERM, None) == 0)
attempt("owner of a pipe", lambda: __import__("fcntl").fcntl(1, 8, -2) is None)
child = os.fork()
if child == 0:
    os.kill(1, signal.SIGKILL)
    os.kill(1, signal.SIGSTOP)
    os._exit(0)
os.waitpid(child, 0)
print("refused: process 1 goes on", flush=True)
