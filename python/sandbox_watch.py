"""A process of a program under watch: started confined, read until it ends, ended when it goes beyond its limits."""

import os
import select
import signal
import time

import sandbox_isolate

STDERR_BYTES = 16384  # what Node says when its memory is gone is longer than 4096
READ_BYTES = 65536
MAX_FDS = 1024
LOADING, LOADED = b"?", "loaded"  # no problem starts so
KILLED = (-signal.SIGKILL, -signal.SIGXCPU)


class Process:
    def __init__(self, prepare, become, fds: dict, limits: dict, load=None, confine=sandbox_isolate.confine) -> None:
        """`prepare` runs before, `become` after `confine` took the process's rights; `fds` are its descriptors by number.

        `load` runs just before `become` and gives a problem or nothing; then `unloaded` says what kept it from running.
        """
        self.begun, self.cpu_limit = time.monotonic(), limits["cpu_seconds"]
        # The program owns its pipes, so that it can open /dev/stdout and /dev/stderr.
        sandbox_isolate.libc.setfsuid(sandbox_isolate.candidate_id())
        pipes = [os.pipe(), os.pipe(), os.pipe()]
        sandbox_isolate.libc.setfsuid(os.getuid())
        (self.out, out), (self.err, err), (status, status_write) = pipes
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                status_write = arrange({1: out, 2: err, **fds}, status_write)
                sandbox_isolate.become_candidate()
                prepare()
                confine(limits)
            except BaseException as error:
                os.write(status_write, f"{type(error).__name__}: {error}".encode())
                os._exit(71)
            try:
                if load:
                    os.write(status_write, LOADING)
                    problem = load()
                    os.write(status_write, (problem or LOADED).encode("utf-8", "replace"))
                    if problem:
                        os._exit(1)
                os.close(status_write)
                become()
            finally:
                os._exit(70)
        for fd in (out, err, status_write):
            os.close(fd)
        with open(status, "rb") as file:
            says = file.read()
        if says and not says.startswith(LOADING):
            raise RuntimeError(f"cannot confine the program: {says.decode('utf-8', 'replace')}")
        loaded = says.removeprefix(LOADING).decode("utf-8", "replace")
        self.unloaded = None if loaded == (LOADED if load else "") else loaded
        self.ended = os.pidfd_open(self.pid)
        self.texts, self.open = {self.out: bytearray(), self.err: bytearray()}, {self.out, self.err}

    def step(self, deadline: float, limit: int, also: tuple = (), ready: list = ()) -> str:
        """Reads what there is. Empty, or why to stop: ended, timeout, output. `ready` gets those of `also` that are."""
        left = deadline - time.monotonic()
        if left <= 0:
            return "timeout"
        found, _, _ = select.select([self.ended, *self.open, *also], [], [], left)
        for fd in [fd for fd in found if fd in self.open]:
            data, text = os.read(fd, READ_BYTES), self.texts[fd]
            text += data
            if not data:
                self.open.remove(fd)
            elif fd == self.out and len(text) > limit:
                del text[limit:]
                return "output"
            elif fd == self.err:
                del text[: len(text) - STDERR_BYTES]  # of a complaint, the end says why
        if also:
            ready += [fd for fd in found if fd in also]
        return "ended" if found == [self.ended] else ""

    def finish(self, deadline: float, limit: int) -> dict:
        """Until it ends or must; then what it wrote, and how it ended."""
        why = ""
        while not why:
            why = self.step(deadline, limit)
        return self.close("" if why == "ended" else why)

    def close(self, why: str = "") -> dict:
        if why:
            signal.pidfd_send_signal(self.ended, signal.SIGKILL)
        _, status, used = os.wait4(self.pid, 0)
        for fd in (self.ended, self.out, self.err):
            os.close(fd)
        code, cpu = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        # The kernel's own count, by which it kills, runs ahead of what it reports.
        if not why and code in KILLED and cpu >= self.cpu_limit / 2:
            why = "timeout"
        out, err = (self.texts[fd].decode("utf-8", "replace") for fd in (self.out, self.err))
        ms = round((time.monotonic() - self.begun) * 1000)
        return {"why": why, "code": code, "cpu_s": round(cpu, 4), "ms": ms, "stdout": out, "stderr": err, "watched": {}}


def arrange(wanted: dict, status: int) -> int:
    """Puts descriptors in their places and closes all others but `status`, whose new number is returned."""
    parked = {number: os.dup(fd) for number, fd in wanted.items()}
    status = os.dup(status)
    top = max(status, *parked.values()) + 1
    status = os.dup2(status, top, inheritable=False)
    for number, fd in parked.items():
        os.dup2(fd, number)
    os.closerange(max(wanted) + 1, top)
    os.closerange(top + 1, MAX_FDS)
    return status


def text_file(text: str) -> int:
    """A descriptor of an anonymous file that holds the text, at its start."""
    fd = os.memfd_create("stdin")
    with open(fd, "wb", closefd=False) as file:
        file.write(text.encode("utf-8", "surrogatepass"))
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def end_all() -> None:
    """Ends and collects every other process of this pid namespace, of which the caller is process 1."""
    while True:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
