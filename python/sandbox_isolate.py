"""Puts a freshly cloned process into its own namespaces, limits and privileges; runs before any candidate code."""

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct

import sandbox_seccomp

# PyDLL: keeps the interpreter lock across clone, so that the child continues as its owner.
libc = ctypes.PyDLL(None, use_errno=True)

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
MNT_DETACH = 2
PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 4, 24, 28, 38, 47
SYS_CLONE, SYS_CAPSET = {"x86_64": (56, 126), "aarch64": (220, 91)}[os.uname().machine]
INNER_ID = 1000
DISKS = ("/app", "/srv", "/tmp")
FILTER = sandbox_seccomp.build_filter()
TRACING_FILTER = sandbox_seccomp.build_filter(allow=("ptrace",))


def check(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def clone(isolated: bool) -> int:
    """Like os.fork, but the child is process 1 of new pid, mount, network, ipc and uts namespaces."""
    if not isolated:
        return os.fork()
    flags = NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET | signal.SIGCHLD
    pid = check(libc.syscall(SYS_CLONE, ctypes.c_ulong(flags), None, None, None, None), "clone")
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
    return pid


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    args = [text.encode() for text in (source, target, kind)]
    check(libc.mount(*args, ctypes.c_ulong(flags), options.encode()), f"mount {target}")


def raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sh", b"lo", 1)  # IFF_UP
        fcntl.ioctl(probe, 0x8914, request + bytes(24 - len(request) + 16))  # SIOCSIFFLAGS


def enter(hide: list, limits: dict) -> None:
    """Private /app, /srv, /tmp and /proc, loopback only, then an own user namespace without any capability over these."""
    os.setsid()
    seclude(hide, limits)
    become_candidate()


def seclude(hide: list, limits: dict) -> None:
    """The first half of `enter`, which needs the runner's privileges.

    The folders `hide` are unmounted: the candidate has no path to the one shared with the verifier.
    """
    mount("none", "/", "none", MS_REC | MS_PRIVATE)
    for folder in hide:
        check(libc.umount2(folder.encode(), MNT_DETACH), "umount")
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid,hidepid=2")
    for folder in DISKS:
        mount_disk(folder, limits)
    raise_loopback()


def mount_disk(folder: str, limits: dict) -> None:
    """An empty disk of the candidate's own; what was there before is out of reach."""
    owner = candidate_id()
    options = f"uid={owner},gid={owner},mode=755,nr_inodes={limits['inodes']},size={limits['disk_bytes']}"
    mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, options)


def become_candidate() -> None:
    """The second half of `enter`: another user, in a user namespace that owns nothing around it."""
    owner = candidate_id()
    if owner == 1:
        os.setgroups([])
    os.setresgid(owner, owner, owner)
    os.setresuid(owner, owner, owner)
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # /proc/self/uid_map belongs to root otherwise
    check(libc.unshare(NEWUSER), "user namespace")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{INNER_ID} {owner} 1"),
        ("gid_map", f"{INNER_ID} {owner} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def candidate_id() -> int:
    """The user of candidates in the runner's namespace: 1 where the host's root could map a second one, else 0."""
    with open("/proc/self/uid_map") as file:
        return 1 if len(file.readlines()) > 1 else 0


def confine(limits: dict, reserves_memory: bool = False, traces: bool = False) -> None:
    """Resource limits, no capability, no way to gain one, the system-call filter. Cannot be undone.

    `reserves_memory`: for an engine that reserves far more addresses than it ever uses, only what it can write counts.
    `traces`: it may trace processes of its own user and namespace, as checkers of memory do.
    """
    for kind, value in (
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_DATA if reserves_memory else resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CORE, 1),  # 0 would still start a core handler of the host; 1 never does
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    libc.prctl(PR_SET_SECUREBITS, 0x2F, 0, 0, 0)  # root gets no capability back; locked
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    libc.prctl(PR_CAP_AMBIENT, 4, 0, 0, 0)
    header, none = struct.pack("=Ii", 0x20080522, 0), bytes(24)
    check(libc.syscall(SYS_CAPSET, header, none), "capset")
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    sandbox_seccomp.install(TRACING_FILTER if traces else FILTER)


def join(pid: int) -> None:
    """Moves this process (its children, for the pid namespace) beside process `pid` of a candidate."""
    target = os.pidfd_open(pid)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # nobody inside may look into this process while it is privileged
    check(libc.setns(target, NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET | NEWUSER), "setns")
    os.close(target)
