"""Runs a Python program in this process as `python main.py` would, without a new start of the interpreter."""

import atexit
import builtins
import io
import os
import sys
import threading
import traceback
import types


def load(source: bytes, name: str, loaded: list) -> str:
    """Appends the compiled program; or what the language itself says about the source. Nothing of it runs."""
    open_streams()
    try:
        loaded.append(compile(source, "/app/" + name, "exec", dont_inherit=True))
        return ""
    except SyntaxError as error:
        return f"SyntaxError: line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return f"SyntaxError: {error}"


def run(code: types.CodeType, name: str) -> None:
    """Never returns. Not imitated: what finalizers print when the interpreter is taken down."""
    path = "/app/" + name
    main = types.ModuleType("__main__")
    main.__file__, main.__builtins__ = path, builtins
    sys.argv = [path]
    sys.path.insert(0, "/app")
    for module in [module for module in sys.modules if module.startswith("sandbox_")]:
        del sys.modules[module]
    sys.modules["__main__"] = main
    code_at_end = 0
    try:
        exec(code, main.__dict__)
    except SystemExit as end:
        code_at_end = status(end)
    except BaseException as error:
        code_at_end = 1
        report(error)
    os._exit(tidy(code_at_end))


def open_streams() -> None:
    """As the interpreter opens them in a UTF-8 locale when no terminal is there."""
    sys.stdin = sys.__stdin__ = stream(0, "r", "surrogateescape")
    sys.stdout = sys.__stdout__ = stream(1, "w", "surrogateescape")
    sys.stderr = sys.__stderr__ = stream(2, "w", "backslashreplace", line_buffering=True)


def stream(fd: int, mode: str, errors: str, **more) -> io.TextIOWrapper:
    raw = io.FileIO(fd, mode, closefd=False)
    buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    wrapper = io.TextIOWrapper(buffer, encoding="utf-8", errors=errors, newline="\n", **more)
    wrapper.mode = mode
    return wrapper


def status(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return (end.code or 0) & 0xFF
    print(end.code, file=sys.stderr)
    return 1


def report(error: BaseException) -> None:
    """The traceback without this file's own frame."""
    trace = error.__traceback__.tb_next if error.__traceback__ else None
    try:
        sys.excepthook(type(error), error.with_traceback(trace), trace)
    except BaseException:
        traceback.print_exc()


def tidy(code: int) -> int:
    """What the interpreter does at its end: waits for threads, runs exit handlers, writes out what is buffered."""
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
    for out in (sys.stdout, sys.stderr):
        try:
            out.flush()
        except Exception:
            code = 120
    return code
