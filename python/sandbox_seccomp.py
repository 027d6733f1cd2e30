"""The system-call filter of a candidate: a deny list compiled to classic BPF, for x86-64 and aarch64."""

import ctypes
import errno
import os
import struct

# name: (x86-64, aarch64); None where the architecture has no such call.
DENIED = {
    # other processes' memory and state
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    # mounts, namespaces, roots
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    # kernel surface that no web application needs
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "fanotify_init": (300, 262), "lookup_dcookie": (212, 18),
    "modify_ldt": (154, None), "iopl": (172, None), "ioperm": (173, None), "uselib": (134, None),
    "mbind": (237, 235), "set_mempolicy": (238, 237), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # the machine itself
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "syslog": (103, 116), "quotactl": (179, 60), "personality": (135, 92), "vhangup": (153, 58),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    # memory that counts against no limit of a process
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180),
}  # fmt: skip
# architecture tag of seccomp_data, column above, numbers of clone, clone3, socket and prlimit64
ARCHITECTURES = {
    "x86_64": (0xC000003E, 0, 56, 435, 41, 302),
    "aarch64": (0xC00000B7, 1, 220, 435, 198, 261),
}
NAMESPACE_FLAGS = 0x7E020080  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET,TIME}
AF_UNIX, AF_INET, AF_INET6, SOCK_RAW = 1, 2, 10, 3

LOAD, JEQ, JGE, JSET, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
OFFSET_NR, OFFSET_ARCH, OFFSET_ARG0, OFFSET_ARG1 = 0, 4, 16, 24


def op(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)


def deny(error: int) -> bytes:
    return op(RETURN, ERRNO | error)


def build_filter(machine: str = "", allow: tuple = ()) -> bytes:
    """BPF program for this machine, without those of the denied calls that are allowed. KeyError on an architecture whose call numbers are not listed."""
    arch, column, clone, clone3, socket, prlimit = ARCHITECTURES[machine or os.uname().machine]
    parts = [op(LOAD, OFFSET_ARCH), op(JEQ, arch, 1, 0), op(RETURN, KILL), op(LOAD, OFFSET_NR)]
    # The x32 numbering would be a second name for every call.
    parts += [op(JGE, 0x40000000, 0, 1), deny(errno.ENOSYS)]
    for name, numbers in DENIED.items():
        if numbers[column] is not None and name not in allow:
            parts += [op(JEQ, numbers[column], 0, 1), deny(errno.EPERM)]
    # clone3 hides its flags in memory; with ENOSYS the C library falls back to clone.
    parts += [op(JEQ, clone3, 0, 1), deny(errno.ENOSYS)]
    parts += [op(JEQ, clone, 0, 4), op(LOAD, OFFSET_ARG0), op(JSET, NAMESPACE_FLAGS, 0, 1), deny(errno.EPERM)]
    parts += [op(RETURN, ALLOW)]
    # prlimit64: only of oneself, as the process that watches a program may have the program's own user.
    parts += [op(JEQ, prlimit, 0, 4), op(LOAD, OFFSET_ARG0), op(JEQ, 0, 1, 0), deny(errno.EPERM)]
    parts += [op(RETURN, ALLOW)]
    # socket: only local and internet families, never raw.
    parts += [op(JEQ, socket, 1, 0), op(RETURN, ALLOW), op(LOAD, OFFSET_ARG0)]
    parts += [op(JEQ, AF_UNIX, 3, 0), op(JEQ, AF_INET, 2, 0), op(JEQ, AF_INET6, 1, 0), deny(errno.EAFNOSUPPORT)]
    parts += [op(LOAD, OFFSET_ARG1), op(AND, 0xF), op(JEQ, SOCK_RAW, 0, 1), deny(errno.EPERM)]
    parts += [op(RETURN, ALLOW)]
    return b"".join(parts)


class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def install(code: bytes) -> None:
    """Binds the filter to this process and all it starts. Needs no_new_privs. OSError when refused."""
    libc = ctypes.CDLL(None, use_errno=True)
    program = Program(len(code) // 8, code)
    if libc.prctl(22, 2, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp filter refused")
