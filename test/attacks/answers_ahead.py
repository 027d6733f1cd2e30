"""Sends two answers for each request, so that the second is taken for the next request's."""
import gc
import socket

from support import fixed_shop

EXTRA = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"titles":["lamp"]}\n'


def app(environ, start_response):
    for thing in gc.get_objects():
        if isinstance(thing, socket.socket):
            try:
                thing.sendall(EXTRA)
            except OSError:
                pass
    return fixed_shop(environ, start_response)
