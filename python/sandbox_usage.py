"""What each candidate uses: memory and processor time added up over the processes of its pid namespace."""

import os

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def namespace_of(pid) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""


def by_namespace() -> dict:
    """Pid namespace -> (private resident bytes, processor seconds of living and reaped processes)."""
    used: dict[str, tuple] = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/statm") as file:
                _, resident, shared, *_ = (int(word) for word in file.read().split())
            with open(f"/proc/{pid}/stat") as file:
                # After the name, which may hold anything: user, system, and those of reaped children.
                times = file.read().rpartition(")")[2].split()[11:15]
        except (OSError, ValueError):
            continue
        space = namespace_of(pid)
        memory, seconds = used.get(space, (0, 0.0))
        used[space] = (memory + (resident - shared) * PAGE, seconds + sum(map(int, times)) / TICKS)
    return used
