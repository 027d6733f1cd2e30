"""Answers with something else than HTTP."""
import gc
import os
import socket


def app(environ, start_response):
    for thing in gc.get_objects():
        if isinstance(thing, socket.socket):
            try:
                thing.sendall(b"\x00\xff SSH-2.0 not http\r\n\r\n" * 10)
            except OSError:
                pass
    os._exit(0)
