"""Makes or enters namespaces, where capabilities would come back."""
import os

from support import attempt, libc, shop as app, syscall  # noqa: F401

FLAGS = {"user": 1 << 28, "mount": 1 << 17, "pid": 1 << 29, "net": 1 << 30, "ipc": 1 << 27, "uts": 1 << 26,
         "cgroup": 1 << 25, "time": 1 << 7}  # fmt: skip
for name, flag in FLAGS.items():
    attempt(f"unshare {name}", lambda flag=flag: syscall(272, flag))


def clone(flag):
    pid = syscall(56, flag | 17, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return pid


for name, flag in FLAGS.items():
    if name != "time":
        attempt(f"clone {name}", lambda flag=flag: clone(flag))
attempt("clone3", lambda: syscall(435, b"\0" * 88, 88))
attempt("setns", lambda: syscall(308, os.open("/proc/self/ns/user", os.O_RDONLY), 0))
attempt("x32 unshare", lambda: syscall(0x40000000 + 272, 1 << 28))
attempt("map users", lambda: os.write(os.open("/proc/self/uid_map", os.O_WRONLY), b"0 0 1"))
