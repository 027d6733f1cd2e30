"""Changes what is mounted."""
import os

from support import attempt, libc, shop as app, syscall  # noqa: F401


def check(result):
    return result == 0


attempt("mount tmpfs", lambda: check(libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"")))
attempt("mount proc", lambda: check(libc.mount(b"proc", b"/tmp", b"proc", 0, b"")))
attempt("bind", lambda: check(libc.mount(b"/", b"/tmp", b"none", 4096, b"")))
attempt("remount writable", lambda: check(libc.mount(b"none", b"/", b"none", 32, b"")))
for path in (b"/proc", b"/app", b"/srv", b"/tmp"):
    attempt(f"unmount {path}", lambda path=path: check(libc.umount2(path, 2)))
attempt("pivot_root", lambda: syscall(155, b"/", b"/"))
attempt("chroot", lambda: os.chroot("/tmp"))
attempt("fsopen", lambda: syscall(430, b"tmpfs", 0))
attempt("open_tree", lambda: syscall(428, -100, b"/", 1))
attempt("move_mount", lambda: syscall(429, -100, b"/app", -100, b"/tmp", 0))
attempt("open_by_handle_at", lambda: syscall(304, -100, b"\0" * 64, 0))
attempt("write to /usr", lambda: open("/usr/bin/escape", "w"))
attempt("write to the interpreter", lambda: open(os.path.realpath("/proc/self/exe"), "r+b"))
