"""Calls into parts of the kernel that a web application has no use for."""
from support import attempt, shop as app, syscall  # noqa: F401

for name, number, args in (
    ("keyctl", 250, (0, -3, 0)),
    ("add_key", 248, (b"user", b"x", b"y", 1, -3)),
    ("request_key", 249, (b"user", b"x", 0, 0)),
    ("bpf", 321, (0, 0, 0)),
    ("perf_event_open", 298, (0, 0, -1, -1, 0)),
    ("userfaultfd", 323, (0,)),
    ("io_uring_setup", 425, (8, b"\0" * 120)),
    ("kexec_load", 246, (0, 0, 0, 0)),
    ("init_module", 175, (b"", 0, b"")),
    ("finit_module", 313, (0, b"", 0)),
    ("delete_module", 176, (b"x", 0)),
    ("fanotify_init", 300, (0, 0)),
    ("memfd_create", 319, (b"x", 0)),
    ("shmget", 29, (0, 2**30, 0o1600)),
    ("msgget", 68, (0, 0o1600)),
    ("semget", 64, (0, 10, 0o1600)),
    ("mq_open", 240, (b"x", 0o102, 0o600, 0)),
    ("modify_ldt", 154, (0, 0, 0)),
    ("reboot", 169, (0xFEE1DEAD, 672274793, 0, 0)),
    ("swapon", 167, (b"/tmp/x", 0)),
    ("syslog", 103, (3, 0, 0)),
    ("sethostname", 170, (b"owned", 5)),
    ("settimeofday", 164, (b"\0" * 16, 0)),
    ("personality", 135, (0x0400000,)),
    ("iopl", 172, (3,)),
    ("quotactl", 179, (0, 0, 0, 0)),
    ("acct", 163, (0,)),
):
    attempt(name, lambda number=number, args=args: syscall(number, *args) or True)
