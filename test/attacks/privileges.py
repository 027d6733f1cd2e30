"""Becomes somebody else, or raises its own limits."""
import os
import resource
import subprocess

from support import attempt, libc, shop as app, syscall  # noqa: F401

attempt("setuid 0", lambda: os.setuid(0))
attempt("setresuid 0", lambda: os.setresuid(0, 0, 0))
attempt("setgroups", lambda: os.setgroups([0]))
attempt("chown to root", lambda: os.chown("/app/app.py", 0, 0))
attempt("gain capabilities", lambda: syscall(126, b"\x22\x05\x08\x20\0\0\0\0", b"\xff" * 24))
attempt("ambient capability", lambda: libc.prctl(47, 2, 21, 0, 0) == 0)
attempt("undo no_new_privs", lambda: libc.prctl(38, 0, 0, 0, 0) == 0)
attempt("undo seccomp", lambda: libc.prctl(22, 0, 0, 0, 0) == 0)
for name in ("CPU", "AS", "NPROC", "FSIZE", "NOFILE", "CORE"):
    kind = getattr(resource, f"RLIMIT_{name}")
    attempt(f"raise {name}", lambda kind=kind: resource.setrlimit(kind, (2**40, 2**40)))
attempt("real-time scheduling", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
attempt("negative nice", lambda: os.nice(-5))
for program in ("su", "sudo", "mount", "newuidmap"):
    found = next((path for path in (f"/usr/bin/{program}", f"/bin/{program}") if os.path.exists(path)), None)
    if found:
        run = lambda found=found: subprocess.run([found, "-c", "id"], capture_output=True).returncode == 0
        attempt(f"setuid program {program}", run)
