"""Makes and opens devices."""
import os
import stat

from support import attempt, shop as app  # noqa: F401

attempt("make a disk", lambda: os.mknod("/tmp/disk", stat.S_IFBLK | 0o600, os.makedev(254, 0)))
attempt("make memory", lambda: os.mknod("/tmp/mem", stat.S_IFCHR | 0o600, os.makedev(1, 1)))
for name in ("mem", "kmsg", "kvm", "fuse", "net/tun", "vda", "sda", "tty", "console", "ptmx", "shm/x", "port", "loop0"):
    attempt(f"/dev/{name}", lambda name=name: os.open(f"/dev/{name}", os.O_RDWR | os.O_CREAT))
