"""Kills everything that it can name."""
import os
import signal

from support import attempt, shop as app  # noqa: F401

attempt("parent", lambda: os.kill(os.getppid(), signal.SIGKILL) if os.getppid() else False)
if os.fork() == 0:
    for pid in range(2, 400):
        if pid != os.getpid():
            try:
                os.kill(pid, signal.SIGKILL)
                print("SUCCEEDED kill", pid, flush=True)
            except OSError:
                pass
    os.kill(1, signal.SIGKILL)
    os.kill(-1, signal.SIGKILL)
    os._exit(0)
os.wait()
print("refused: still here", flush=True)
