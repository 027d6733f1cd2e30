"""A small HTTP/1.1 server for one WSGI application: one thread, many keep-alive connections, targets kept as sent."""

import io
import selectors
import socket
import sys
import traceback
from urllib.parse import unquote_to_bytes

MAX_HEAD, MAX_BODY, TIMEOUT_S = 64 * 1024, 4 * 1024 * 1024, 20
NO_BODY = ("204", "304")


class Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.sock, self.data = sock, bytearray()
        sock.settimeout(TIMEOUT_S)

    def fill(self) -> None:
        got = self.sock.recv(65536)
        if not got:
            raise ConnectionError("closed")
        self.data += got

    def take(self, count: int) -> bytes:
        while len(self.data) < count:
            self.fill()
        out = bytes(self.data[:count])
        del self.data[:count]
        return out

    def read_head(self) -> str:
        while (end := self.data.find(b"\r\n\r\n")) < 0:
            if len(self.data) > MAX_HEAD:
                raise ConnectionError("head too large")
            self.fill()
        return self.take(end + 4)[:-4].decode("latin-1")


def serve(app, listeners: list) -> None:
    """Runs until the process is killed. `OPTIONS *` is answered by the server itself: the readiness probe."""
    selector = selectors.DefaultSelector()
    for listener in listeners:
        selector.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                sock, _ = key.fileobj.accept()
                selector.register(sock, selectors.EVENT_READ, Connection(sock))
            elif not answer(app, key.data):
                selector.unregister(key.fileobj)
                key.fileobj.close()


def answer(app, connection: Connection) -> bool:
    """Handles the requests that have arrived; false when the connection is to be closed."""
    try:
        while True:
            environ, keep = read_request(connection)
            if environ["REQUEST_METHOD"] == "OPTIONS" and environ["REQUEST_URI"] == "*":
                connection.sock.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            else:
                keep = run(app, environ, connection.sock) and keep
            if not keep or not connection.data:
                return keep
    except (OSError, ValueError):
        return False


def read_request(connection: Connection) -> tuple:
    first, *lines = connection.read_head().split("\r\n")
    method, target, version = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    length = int(headers.get("content-length") or 0)
    if not 0 <= length <= MAX_BODY:
        raise ValueError("body too large")
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": version,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(connection.take(length)),
        "wsgi.errors": sys.stderr,
        **dict.fromkeys(("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"), False),
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if name in ("content-type", "content-length") else f"HTTP_{key}"] = value
    return environ, version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"


def run(app, environ: dict, sock: socket.socket) -> bool:
    """Calls the application and streams its answer; false when the connection cannot be used again."""
    start, written = [], []

    def start_response(status, headers, exc_info=None):
        start[:] = [status, list(headers)]
        return written.append

    try:
        result = app(environ, start_response)
    except Exception:
        traceback.print_exc()
        start[:], result = ["500 Internal Server Error", [("Content-Type", "text/plain")]], [b"error"]
    try:
        pieces = iter(result)
        first = next(pieces, b"")  # a generator may call start_response only when it runs
        status, headers = start
        written.append(first)
        names = {name.lower() for name, _ in headers}
        chunked = False
        if "content-length" not in names and status[:3] not in NO_BODY:
            if isinstance(result, (list, tuple)) and len(result) <= 1:
                headers.append(("Content-Length", str(sum(map(len, written)))))
            else:
                headers.append(("Transfer-Encoding", "chunked"))
                chunked = True
        head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
        body = environ["REQUEST_METHOD"] != "HEAD" and status[:3] not in NO_BODY
        sock.sendall(head.encode("latin-1") + (frame(b"".join(written), chunked) if body else b""))
        for piece in pieces if body else ():
            sock.sendall(frame(piece, chunked))
        if body and chunked:
            sock.sendall(b"0\r\n\r\n")
        return True
    except Exception as error:
        if not isinstance(error, OSError):
            traceback.print_exc()
        return False
    finally:
        if hasattr(result, "close"):
            result.close()


def frame(data: bytes, chunked: bool) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data) if chunked and data else data
