"""What happens in a cloned process: lay out files, build what must be built, run one file of tests with pytest.

The clone stays the runner's own and watches; the tests run in a process of it that has lost every right. What that
process says about a test is only as good as the code it tests: Python under test shares the process with pytest.
"""

import json
import os
import select
import signal
import subprocess
import time

import sandbox_app
import sandbox_isolate
import sandbox_watch

REPORTS = 3  # where the tests' process says what happened
READ_BYTES, MOST_BYTES, TEXT_CHARS = 65536, 1 << 22, 4000


def run_suite(job: dict, folder: str, hide: list) -> None:
    """Never returns. The .done file gets a line per event of the tests' process; then a line {"end"} or {"error"}."""
    sandbox_app.reset_process(set())
    base = os.path.join(folder, job["id"])
    done = sandbox_app.open_output(base + ".done")

    def say(line: dict) -> None:
        os.write(done, b"\n" + json.dumps(line).encode() + b"\n")

    try:
        with open(base + ".json") as file:
            suite = json.load(file)
        # Process 1 gets only those signals from inside for which it has a handler.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.setsid()
        sandbox_isolate.seclude(hide, job["limits"])
        sandbox_isolate.libc.prctl(sandbox_isolate.PR_SET_DUMPABLE, 0, 0, 0, 0)
        say({"end": watch(job["limits"], suite, done)})
    except BaseException as error:
        say({"error": f"{type(error).__name__}: {error}"})
    os._exit(0)


def watch(limits: dict, suite: dict, done: int) -> dict:
    """Passes on what the process reports, as long as it lives and keeps to its limits."""
    reports, writing = os.pipe()
    nowhere = os.open("/dev/null", os.O_RDONLY)
    process = sandbox_watch.Process(
        lambda: furnish(suite), lambda: run(suite), {0: nowhere, REPORTS: writing}, limits, confine=confine
    )
    os.close(writing)
    why, size, also, deadline = "", 0, (reports,), time.monotonic() + suite["wall_s"]
    while not why:
        ready: list = []
        why = process.step(deadline, limits["output_bytes"], also, ready)
        if ready:
            count = os.write(done, os.read(reports, READ_BYTES))
            size, also = size + count, also if count else ()
        if size > MOST_BYTES:
            why = "output"
    answer = process.close("" if why == "ended" else why)
    sandbox_watch.end_all()
    while select.select([reports], [], [], 0)[0] and os.write(done, os.read(reports, READ_BYTES)):
        pass
    output = answer["stdout"][-TEXT_CHARS:] + answer["stderr"][-TEXT_CHARS:]
    return {"why": answer["why"], "code": answer["code"], "output": output}


def confine(limits: dict) -> None:
    """Sanitizers and garbage collectors reserve far more addresses than they use; leak checkers trace their process."""
    sandbox_isolate.confine(limits, reserves_memory=True, traces=True)


def furnish(suite: dict) -> None:
    for path, text in suite["files"].items():
        os.makedirs(os.path.dirname(f"/app/{path}"), exist_ok=True)
        with open(f"/app/{path}", "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(text)
    for path, target in suite["links"].items():
        os.symlink(target, f"/app/{path}")
    os.chdir("/app")


def run(suite: dict) -> None:
    """The life of the tests' process, which nothing that it starts may look into."""
    owner, leave = os.getpid(), os._exit

    def say(line: dict) -> None:
        # A child that was to leave and did not, see below, has no say.
        if os.getpid() == owner:
            os.write(REPORTS, b"\n" + json.dumps(line).encode() + b"\n")

    os.set_inheritable(REPORTS, False)
    sandbox_isolate.libc.prctl(sandbox_isolate.PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.environ.update(suite["environment"])
    try:
        if suite["build"]:
            build(suite, say)
        import sandbox_pytest  # loaded by the runner already, where that is there for suites

        # As in the harness that these tests are written for: leaving at once does not end the tests after it.
        os._exit = lambda *_: None
        say({"finished": sandbox_pytest.run(suite, say)})
        leave(0)
    except BaseException as error:
        sandbox_app.show(error)
    finally:
        leave(70)


def build(suite: dict, say) -> None:
    """Tests run even when it fails: what they then see is what counts."""
    begun = time.monotonic()
    command = ["/bin/bash", "-c", suite["build"]]
    try:
        made = subprocess.run(command, capture_output=True, timeout=suite["build_s"], stdin=subprocess.DEVNULL)
        code, output = made.returncode, made.stdout + made.stderr
    except subprocess.TimeoutExpired as error:
        code, output = None, error.stderr or b""
    text = output[-TEXT_CHARS:].decode("utf-8", "replace")
    say({"build": {"code": code, "output": text, "ms": round((time.monotonic() - begun) * 1000)}})
