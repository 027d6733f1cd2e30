"""What happens in a cloned process: lay out the application and serve it, or run a command beside one."""

import json
import os
import select
import signal
import socket
import sqlite3
import sys
import warnings

import sandbox_http
import sandbox_isolate

OWN_MODULES = ("sandbox_app", "sandbox_http", "sandbox_isolate", "sandbox_seccomp")
PORT = 8000


def reset_process(keep: set) -> None:
    """Forgets what belongs to the zygote: its signal handling and its file descriptors; 0, 1 and 2 lead nowhere."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for fd in [int(name) for name in os.listdir("/proc/self/fd")]:
        if fd not in keep:
            try:
                os.close(fd)
            except OSError:
                pass
    for _ in range(3):
        os.open("/dev/null", os.O_RDWR)


def open_output(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def run_app(job: dict, folder: str, status: int, isolated: bool) -> None:
    """Never returns. Says on `status` how far it came, and closes it before candidate code runs."""
    try:
        reset_process({status})
        base = os.path.join(folder, job["id"])
        with open(base + ".json") as file:
            source = json.load(file)
        os.unlink(base + ".json")
        listeners = [listen(socket.AF_UNIX, base + ".sock")]
        output = open_output(base + ".out")
        os.dup2(output, 1), os.dup2(output, 2)
        os.close(output)
        root = "" if isolated else base + ".root"
        if isolated:
            sandbox_isolate.enter(folder, job["limits"])
            listeners += [listen(socket.AF_INET, ("127.0.0.1", PORT))] if job["session"] else []
        lay_out(source, root)
        if isolated:
            sandbox_isolate.confine(job["limits"])
        problem = parse(source["files"])
    except BaseException as error:
        report(status, "infra", f"{type(error).__name__}: {error}")
        os._exit(1)
    report(status, "syntax" if problem else "ready", problem)
    if problem:
        os._exit(0)
    os.close(status)
    os.chdir(root + "/app")
    sys.path.insert(0, root + "/app")
    for name in OWN_MODULES:
        sys.modules.pop(name, None)
    module = __import__(source["entry"].removesuffix(".py").replace("/", "."), fromlist=["app"])
    if not callable(getattr(module, "app", None)):
        raise SystemExit(f"{source['entry']} defines no WSGI callable named app")
    sandbox_http.serve(module.app, listeners)


def listen(family: int, address) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    if family == socket.AF_INET:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(16)
    return listener


def lay_out(source: dict, root: str) -> None:
    below = {**source["assets"], **source["files"]}
    for path, text in [*((f"/app/{name}", text) for name, text in below.items()), *source["outside"].items()]:
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        with open(root + path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    for name, sql in source["databases"].items():
        path = f"{root}/app/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        database = sqlite3.connect(path)
        database.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {sql}")
        database.commit()
        database.close()


def parse(files: dict) -> str:
    """Empty, or what is wrong with the first file that is not Python. Compiles, runs nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in sorted(files):
            if not name.endswith(".py"):
                continue
            try:
                compile(files[name], name, "exec", dont_inherit=True)
            except SyntaxError as error:
                return f"{name}, line {error.lineno}: {error.msg}"
            except (ValueError, RecursionError, MemoryError, OverflowError) as error:
                return f"{name}: {type(error).__name__}: {error}"
    return ""


def report(status: int, stage: str, message: str) -> None:
    os.write(status, json.dumps({"stage": stage, "message": message[:500]}).encode() + b"\n")


def run_command(job: dict, folder: str, target: int, isolated: bool, command_env: dict) -> None:
    """Never returns. The .done file says how the command ended, or why it could not be started."""
    reset_process(set())
    base = os.path.join(folder, job["id"])
    out, err, done = (open_output(base + extension) for extension in (".out", ".err", ".done"))
    try:
        answer = supervise(job, base, (out, err), target, isolated, command_env)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    os.write(done, json.dumps(answer).encode())
    os._exit(0)


def supervise(job: dict, base: str, outputs: tuple, target: int, isolated: bool, command_env: dict) -> dict:
    with open(base + ".json") as file:
        command = json.load(file)["command"]
    os.unlink(base + ".json")
    root = "" if isolated else os.path.join(os.path.dirname(base), job["app"] + ".root")
    if isolated:
        sandbox_isolate.join(target)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.dup2(outputs[0], 1), os.dup2(outputs[1], 2)
        os.closerange(3, 1024)
        if isolated:
            os.setresgid(1000, 1000, 1000)
            os.setresuid(1000, 1000, 1000)
            sandbox_isolate.confine(job["limits"])
        os.chdir(root + "/app")
        os.execve("/bin/bash", ["bash", "-c", command], command_env)
    timed_out = not select.select([os.pidfd_open(pid)], [], [], job["timeout_s"])[0]
    if timed_out:
        os.killpg(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return {"code": code, "timed_out": timed_out}
