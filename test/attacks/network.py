"""Reaches for the host, its neighbours and the internet. The port of a listener of the host is in /srv/port."""
import os
import socket

from support import attempt, shop as app  # noqa: F401

port = int(open("/srv/port").read())


def connect(host):
    with socket.create_connection((host, port), timeout=1):
        return True


for host in ("127.0.0.1", "::1", "10.0.2.2", "172.17.0.1", "192.168.0.1", "169.254.169.254", "1.1.1.1", "localhost"):
    attempt(f"connect to {host}", lambda host=host: connect(host))
attempt("resolve a name", lambda: socket.getaddrinfo("example.com", 80))
attempt("send a datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("1.1.1.1", 53)))


def unix(path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        return True


for path in ("/run/docker.sock", "/var/run/dbus/system_bus_socket", "\0/tmp/dbus", "\0ironbark"):
    attempt(f"unix socket {path!r}", lambda path=path: unix(path))
attempt("interfaces", lambda: [name for _, name in socket.if_nameindex() if name != "lo"] or False)
