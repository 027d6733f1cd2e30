"""Reads what the kernel tells of the machine, and writes its settings."""
import glob
import os

from support import attempt, shop as app  # noqa: F401


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return True


for path in ("/proc/kcore", "/proc/kallsyms", "/proc/sysrq-trigger", "/proc/meminfo", "/proc/cpuinfo"):
    attempt(f"read {path}", lambda path=path: open(path, "rb").read(64))
for folder in ("/sys", "/sys/class/net", "/sys/fs/cgroup", "/sys/kernel/debug", "/sys/firmware"):
    attempt(f"list {folder}", lambda folder=folder: os.listdir(folder) or False)
for name in ("kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory", "net/ipv4/ip_forward"):
    attempt(f"write {name}", lambda name=name: write(f"/proc/sys/{name}", "1"))


def host_paths():
    """Mounts that name folders of the host beside the system's own."""
    with open("/proc/mounts") as file:
        return [line for line in file if "/run/ironbark" in line or "/opt/ironbark" in line] or False


attempt("mounts", host_paths)
attempt("memory of process 1's parent", lambda: open("/proc/0/mem", "rb").read(1))
attempt("environment of others", lambda: [p for p in glob.glob("/proc/[0-9]*/environ") if "/proc/1/" not in p] or False)
