"""The warm runner: imports what will be needed once, then clones a process per application or program on request.

Arguments: the shared folder, the folder of installed packages, `isolated` or `unsafe`, the purpose.
Requests are JSON lines on stdin, events JSON lines on stdout; no candidate ever holds either. Sources travel in
files that only the cloned process reads, so that this process never holds one candidate's text in memory.
"""

import gc
import json
import os
import select
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)  # isolated mode leaves a script's own folder out

import sandbox_app  # noqa: E402
import sandbox_command  # noqa: E402
import sandbox_isolate  # noqa: E402
import sandbox_program  # noqa: E402
import sandbox_selftest  # noqa: E402
import sandbox_suite  # noqa: E402
import sandbox_usage  # noqa: E402

POLL_S = 0.1
ISOLATED_ONLY = {"program": sandbox_program.run_program, "suite": sandbox_suite.run_suite}


class Zygote:
    def __init__(self, folder: str, isolated: bool, command_env: dict) -> None:
        self.folder, self.isolated, self.command_env = folder, isolated, command_env
        self.jobs: dict[int, dict] = {}  # by pid: id, limits, deadline, why it was killed
        self.statuses: dict[int, int] = {}  # read end of a status pipe -> pid
        self.wake, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def say(self, **event) -> None:
        os.write(1, json.dumps(event).encode() + b"\n")

    def loop(self) -> None:
        pending, checked = b"", 0.0
        self.say(event="up")
        while True:
            ready, _, _ = select.select([0, self.wake, *self.statuses], [], [], POLL_S if self.jobs else None)
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    return
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self.obey(json.loads(line))
            for fd in [fd for fd in ready if fd in self.statuses]:
                self.read_status(fd)
            if self.wake in ready:
                os.read(self.wake, 4096)
                self.reap()
            now = time.monotonic()
            if now - checked >= POLL_S:
                checked = now
                self.enforce(now)

    def obey(self, job: dict) -> None:
        if job["op"] == "stop":
            for pid, known in self.jobs.items():
                if known["id"] == job["id"]:
                    os.kill(pid, signal.SIGKILL)
            return
        try:
            self.start(job)
        except OSError as error:
            self.say(event="stage", id=job["id"], stage="infra", message=str(error))
            self.say(event="exit", id=job["id"], code=-1, reason="infra")

    def start(self, job: dict) -> None:
        target = next((pid for pid, known in self.jobs.items() if known["id"] == job.get("app")), 0)
        if job["op"] in ISOLATED_ONLY and not self.isolated:
            raise PermissionError("programs and tests run only isolated")
        if job["op"] == "exec" and not target:
            raise ProcessLookupError("the application is not running")
        reading, writing = os.pipe()
        pid = sandbox_isolate.clone(self.isolated and job["op"] != "exec")
        if pid == 0:
            try:
                if job["op"] == "exec":
                    sandbox_command.run_command(job, self.folder, target, self.isolated, self.command_env)
                if run := ISOLATED_ONLY.get(job["op"]):
                    run(job, self.folder, [self.folder, HERE])
                sandbox_app.run_app(job, self.folder, [self.folder, HERE], writing, self.isolated)
            except BaseException as error:
                sandbox_app.show(error)
            os._exit(70)
        os.close(writing)
        self.statuses[reading] = pid
        deadline = time.monotonic() + job["wall_s"]
        self.jobs[pid] = {"id": job["id"], "limits": job["limits"], "deadline": deadline, "reason": ""}

    def read_status(self, fd: int) -> None:
        pid = self.statuses[fd]
        data = os.read(fd, 4096)
        if data and pid in self.jobs:
            self.say(event="stage", id=self.jobs[pid]["id"], **json.loads(data))
        os.close(fd)
        del self.statuses[fd]

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for fd in [fd for fd, owner in self.statuses.items() if owner == pid]:
                self.read_status(fd)
            if job := self.jobs.pop(pid, None):
                code = os.waitstatus_to_exitcode(status)
                self.say(event="exit", id=job["id"], code=code, reason=job["reason"])

    def enforce(self, now: float) -> None:
        used = sandbox_usage.by_namespace() if self.isolated and self.jobs else {}
        for pid, job in self.jobs.items():
            late = "time limit" if now > job["deadline"] else ""
            reason = late or sandbox_usage.excess(used.get(sandbox_usage.namespace_of(pid), [0, 0.0]), job["limits"])
            if reason and not job["reason"]:
                job["reason"] = reason
                os.kill(pid, signal.SIGKILL)


def main() -> None:
    folder, site, mode, purpose = sys.argv[1:]
    os.environ.pop("PYTHONHASHSEED", None)  # has done its work, and is no candidate's business
    if problem := sandbox_selftest.run([folder, HERE]) if mode == "isolated" else "":
        sys.exit(f"the isolation does not hold: {problem}")
    sys.path[:] = [*(path for path in sys.path if not path.endswith("-packages")), site]  # pinned packages only
    import sandbox_warm
    sandbox_warm.warm_up(purpose)
    sys.path.remove(HERE)
    gc.collect()
    gc.freeze()
    command_env = {**os.environ, "PYTHONPATH": site, "HOME": "/tmp", "TERM": "dumb"}
    Zygote(folder, mode == "isolated", command_env).loop()


if __name__ == "__main__":
    main()
