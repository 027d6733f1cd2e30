"""Takes memory until it is refused."""
from support import attempt, shop as app  # noqa: F401

attempt("8 GiB", lambda: len(bytearray(8 * 2**30)))
kept = []


def slowly():
    while sum(map(len, kept)) < 8 * 2**30:
        kept.append(bytearray(b"x") * 2**24)


attempt("8 GiB in pieces", slowly)
kept.clear()
