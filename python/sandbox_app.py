"""What happens in a cloned process: lay out the application, parse it, serve it."""

import json
import os
import signal
import socket
import sqlite3
import sys
import traceback
import warnings

import sandbox_asgi
import sandbox_http
import sandbox_isolate
import sandbox_node

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


def run_app(job: dict, folder: str, hide: list, status: int, isolated: bool) -> None:
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
            sandbox_isolate.enter(hide, job["limits"])
            listeners += [listen(socket.AF_INET, ("127.0.0.1", PORT))] if job["session"] else []
        lay_out(source, root)
        in_node = source["stack"] not in ("flask", "fastapi")
        if isolated:
            sandbox_isolate.confine(job["limits"], reserves_memory=in_node)
        if in_node:
            sandbox_node.serve(source, root, listeners, status)
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
    # What the application brings itself is what it imports, not what the runner has warmed up.
    brought = {name.removesuffix(".py") for name in os.listdir(".")}
    for name in [name for name in sys.modules if name.startswith("sandbox_") or name.partition(".")[0] in brought]:
        del sys.modules[name]
    module = __import__(source["entry"].removesuffix(".py").replace("/", "."), fromlist=["app"])
    if not callable(getattr(module, "app", None)):
        kind = "ASGI" if source["stack"] == "fastapi" else "WSGI"
        raise SystemExit(f"{source['entry']} defines no {kind} callable named app")
    sandbox_http.serve(sandbox_asgi.AsWsgi(module.app) if source["stack"] == "fastapi" else module.app, listeners)


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
        # What is not text after all fails when it is parsed, as the candidate's fault, not here as the sandbox's.
        with open(root + path, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
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


def show(error: BaseException) -> None:
    """The traceback without this program's own frames."""
    here, trace = os.path.dirname(__file__), error.__traceback__
    while trace and os.path.dirname(trace.tb_frame.f_code.co_filename) == here:
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)
    sys.stdout.flush()
    sys.stderr.flush()
