"""Reads what other processes and the machine show under /proc, /sys and in other applications' folders."""
import glob
import os

from support import attempt, shop as app  # noqa: F401

mine = str(os.getpid())
others = [name for name in os.listdir("/proc") if name.isdigit() and name != mine]
attempt("see other processes", lambda: others or False)
for path in ("/proc/1/root/../..", "/proc/self/root"):
    attempt(f"{path} is not /", lambda path=path: sorted(os.listdir(path)) != sorted(os.listdir("/")))
for name in ("kcore", "kallsyms", "sys/kernel/hostname", "mounts", "keys", "sysrq-trigger", "cmdline"):
    attempt(f"/proc/{name}", lambda name=name: open(f"/proc/{name}", "rb").read(10))
attempt("/sys", lambda: os.listdir("/sys"))
attempt("folder of the verifier", lambda: os.listdir("/run/ironbark") or False)
attempt("sources of the runner", lambda: os.listdir("/opt/ironbark") or False)
attempt("home of root", lambda: open("/root/.bash_history").read())
attempt("passwords", lambda: open("/etc/shadow").read())
attempt("other applications", lambda: [path for path in glob.glob("/*/*.json") + glob.glob("/run/*/*")] or False)
attempt("environment", lambda: {name for name in os.environ if name not in ("PATH", "LANG", "PWD", "LC_CTYPE")} or False)
