"""What each candidate uses: memory and processor time added up over the processes of its pid namespace."""

import os

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def namespace_of(pid) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""


def private_bytes(pid) -> int:
    with open(f"/proc/{pid}/statm") as file:
        _, resident, shared, *_ = (int(word) for word in file.read().split())
    return (resident - shared) * PAGE


def by_namespace() -> dict:
    """Pid namespace -> [bytes of memory, seconds of processor time], without the zygote's own namespace.

    What every clone shares with the zygote is taken off for each process, as nobody pays for it twice. Pages that a
    candidate shares with its own forks count for each of them.
    """
    used: dict[str, list] = {}
    inherited = private_bytes("self")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            memory = max(0, private_bytes(pid) - inherited)
            with open(f"/proc/{pid}/stat") as file:
                # After the name, which may hold anything: user, system, and those of reaped children.
                times = file.read().rpartition(")")[2].split()[11:15]
        except (OSError, ValueError):
            continue
        sums = used.setdefault(namespace_of(pid), [0, 0.0])
        sums[0] += memory
        sums[1] += sum(map(int, times)) / TICKS
    used.pop(namespace_of("self"), None)
    return used


def excess(used: list, limits: dict) -> str:
    """Which limit is exceeded, or nothing."""
    memory, seconds = used
    if memory > limits["total_memory_bytes"]:
        return "memory limit"
    return "processor time limit" if seconds > limits["total_cpu_seconds"] else ""
