"""What happens in a cloned process: run one program on many inputs, each in a fresh process with fresh disks.

The clone stays the runner's own and watches: it is process 1 of the program's namespaces, so that between two inputs
it can end every process there is. Expected outputs never come here, and a program, which shares this interpreter's
memory, finds no input in it but its own: they are read from the file one at a time.
"""

import json
import os
import signal
import time

import sandbox_app
import sandbox_batch
import sandbox_disks
import sandbox_isolate
import sandbox_script
import sandbox_watch



def run_program(job: dict, folder: str, hide: list) -> None:
    """Never returns. The .done file gets one line per input, in order; then a line {"end"} or {"error"}."""
    sandbox_app.reset_process(set())
    base = os.path.join(folder, job["id"])
    done = sandbox_app.open_output(base + ".done")

    def say(line: dict) -> None:
        os.write(done, json.dumps(line).encode() + b"\n")

    try:
        with open(base + ".json") as file:
            program = json.load(file)
        cases = os.open(base + ".cases", os.O_RDONLY)
        # Process 1 gets only those signals from inside for which it has a handler.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.setsid()
        sandbox_isolate.seclude(hide, job["limits"])
        sandbox_isolate.libc.prctl(sandbox_isolate.PR_SET_DUMPABLE, 0, 0, 0, 0)
        Supervisor(job["limits"], program, cases, say).run()
        say({"end": True})
    except BaseException as error:
        say({"error": f"{type(error).__name__}: {error}"})
    os._exit(0)


class Supervisor:
    def __init__(self, limits: dict, program: dict, cases: int, say) -> None:
        self.limits, self.program, self.cases, self.say = limits, program, cases, say
        self.deadline = time.monotonic() + program["budget_s"]
        self.source = program["source"].encode("utf-8", "surrogatepass")
        self.batch, self.unusual = None, False

    def run(self) -> None:
        python = self.program["language"] == "python"
        if self.program["check"] and not python:
            problem = self.check()
            if problem:
                return self.say({"syntax": problem})
        for size in self.program.pop("sizes"):
            case = json.loads(os.read(self.cases, size))
            if time.monotonic() > self.deadline:
                self.say({"why": "budget"})
                continue
            answer = self.in_batch(case["input"]) if case["batch"] and not self.unusual else None
            if answer and "syntax" in answer:
                # Node itself may read as a module what a script may not hold.
                problem, self.unusual = self.check(), True
                if problem:
                    return self.say({"syntax": problem})
                answer = None
            answer = answer or self.alone(case)
            self.say(answer)
            if "syntax" in answer:
                return

    def check(self) -> str:
        """Empty, or what Node says about the source; nothing of it runs."""
        answer = self.alone({"input": "", "watch": []}, self.node("--check", self.program["entry"]))
        if answer["code"] == 0:
            return ""
        says = [text for text in answer["stderr"].splitlines() if "Error" in text]
        return (says or [answer["why"] or f"the parser ended with {answer['code']}"])[0]

    def node(self, *arguments: str) -> list:
        return [*self.program["command"], *arguments]

    def execute(self, argv: list) -> None:
        os.execve(argv[0], argv, {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"})

    def in_batch(self, text: str):
        """None when this input needs a process of its own to be judged."""
        if self.batch is None:
            self.batch = sandbox_batch.Batch(self)
        answer = self.batch.ask(text, self.program["wall_s"])
        self.unusual = self.batch.unusual
        if self.batch.over:
            self.batch = None
            self.clean_up()
        return answer

    def alone(self, case: dict, arguments=None) -> dict:
        if self.batch is not None:
            self.batch.close()
            self.batch = None
            self.clean_up()
        given = sandbox_watch.text_file(case["input"])
        begun = time.monotonic()
        if self.program["language"] == "python":
            process = self.spawn_python(given, case)
        else:
            argv = arguments or self.node(self.program["entry"])
            process = self.spawn(lambda: self.execute(argv), {0: given}, case)
        os.close(given)
        # A busy machine is no fault of the program: its own limit is processor time, this one is for sleepers.
        answer = process.finish(begun + self.program["wall_s"], self.limits["output_bytes"])
        if process.unloaded is not None:
            answer = {"syntax": process.unloaded or answer["why"] or f"the parser ended with {answer['code']}"}
        sandbox_watch.end_all()
        answer["watched"] = {path: sandbox_disks.read(path) for path in case["watch"]}
        self.clean_up()
        return answer

    def spawn_python(self, given: int, case: dict) -> "sandbox_watch.Process":
        """The new process compiles the source, confined and before anything of it runs, and then becomes it."""
        entry, loaded = self.program["entry"], []
        return self.spawn(
            lambda: sandbox_script.run(loaded.pop(), entry),
            {0: given},
            case,
            load=lambda: sandbox_script.load(self.source, entry, loaded),
        )

    def spawn(self, become, fds: dict, case: dict, limits=None, load=None) -> "sandbox_watch.Process":
        def prepare() -> None:
            sandbox_disks.furnish(case.get("world", {}), self.program["entry"], self.program["source"])
            case.clear()  # what is planted may be an attack, which the program is not to recognise

        return sandbox_watch.Process(prepare, become, fds, limits or self.limits, load)

    def clean_up(self) -> None:
        sandbox_watch.end_all()
        sandbox_disks.clear(self.limits)
