"""Opens sockets of families and types that reach past HTTP."""
import socket

from support import attempt, shop as app  # noqa: F401

for family, kind in (
    ("AF_INET", "SOCK_RAW"),
    ("AF_INET6", "SOCK_RAW"),
    ("AF_PACKET", "SOCK_RAW"),
    ("AF_PACKET", "SOCK_DGRAM"),
    ("AF_NETLINK", "SOCK_DGRAM"),
    ("AF_ALG", "SOCK_SEQPACKET"),
    ("AF_VSOCK", "SOCK_STREAM"),
    ("AF_BLUETOOTH", "SOCK_STREAM"),
    ("AF_CAN", "SOCK_DGRAM"),
    ("AF_TIPC", "SOCK_STREAM"),
):
    if hasattr(socket, family):
        make = lambda family=family, kind=kind: socket.socket(getattr(socket, family), getattr(socket, kind))
        attempt(f"{family} {kind}", make)
