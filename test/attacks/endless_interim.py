"""Says "continue" for ever, and never gives the answer itself."""
import gc
import socket


def app(environ, start_response):
    for thing in gc.get_objects():
        if isinstance(thing, socket.socket) and thing.fileno() >= 0:
            try:
                thing.getpeername()
                while True:
                    thing.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
            except OSError:
                pass
    start_response("200 OK", [])
    return [b""]
