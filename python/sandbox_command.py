"""What happens in a cloned process: run one shell command beside an application, with the same limits."""

import json
import os
import select
import signal
import time

import sandbox_app
import sandbox_isolate


def run_command(job: dict, folder: str, target: int, isolated: bool, environment: dict) -> None:
    """Never returns. The .done file says how the command ended, or why it could not be started."""
    sandbox_app.reset_process(set())
    base = os.path.join(folder, job["id"])
    done = sandbox_app.open_output(base + ".done")
    try:
        with open(base + ".json") as file:
            command = json.load(file)["command"]
        os.unlink(base + ".json")
        root = "" if isolated else os.path.join(folder, job["app"] + ".root")
        answer = supervise(job, command, root, target if isolated else 0, environment)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    os.write(done, json.dumps(answer).encode())
    os._exit(0)


def supervise(job: dict, command: str, root: str, target: int, environment: dict) -> dict:
    # The command owns its pipes, so that it can open /dev/stdout and /dev/stderr.
    sandbox_isolate.libc.setfsuid(sandbox_isolate.candidate_id() if target else os.getuid())
    pipes = [os.pipe(), os.pipe()]
    sandbox_isolate.libc.setfsuid(os.getuid())
    if target:
        sandbox_isolate.join(target)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.dup2(pipes[0][1], 1), os.dup2(pipes[1][1], 2)
        os.closerange(3, 1024)
        if target:
            inner = sandbox_isolate.INNER_ID
            os.setresgid(inner, inner, inner)
            os.setresuid(inner, inner, inner)
            sandbox_isolate.confine(job["limits"])
        os.chdir(root + "/app")
        # Python marks what it opens close-on-exec; programs such as sqlmap need a standard input.
        os.set_inheritable(0, True)
        os.execve("/bin/bash", ["bash", "-c", command], environment)
    for _, writing in pipes:
        os.close(writing)
    texts, timed_out = collect(pid, [reading for reading, _ in pipes], job)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    out, err = (bytes(text).decode("utf-8", "replace") for text in texts)
    return {"code": code, "timed_out": timed_out, "stdout": out, "stderr": err}


def collect(pid: int, streams: list, job: dict) -> tuple:
    """Reads until the command itself ends: what it leaves in the background may keep the pipes open."""
    limit, deadline = job["limits"]["output_bytes"], time.monotonic() + job["timeout_s"]
    texts = [bytearray(), bytearray()]
    ended, timed_out, open_streams = os.pidfd_open(pid), False, list(streams)
    while True:
        left = max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([ended, *open_streams], [], [], 0 if timed_out else left)
        for fd in [fd for fd in ready if fd != ended]:
            data, text = os.read(fd, 65536), texts[streams.index(fd)]
            text += data[: max(0, limit - len(text))]
            if not data:
                open_streams.remove(fd)
        if time.monotonic() > deadline and not timed_out:
            timed_out = True
            os.killpg(pid, signal.SIGKILL)
        if ready == [ended] or (timed_out and ended in ready):
            return texts, timed_out
