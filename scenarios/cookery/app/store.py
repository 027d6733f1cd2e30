"""The cards that members have brought, and how each is shown."""

import mimetypes
import re
from pathlib import PurePosixPath

# What the circle collects.
KINDS = {".txt": "text", ".csv": "table", ".png": "picture", ".jpg": "picture", ".pdf": "print"}
MEDIA = {".txt": "text/plain; charset=utf-8", ".csv": "text/csv; charset=utf-8"}
LONGEST = 20_000

_cards = {}


class StoreError(Exception):
    """Says why a card is not taken."""


def ending(name):
    return PurePosixPath(name).suffix


def kind(name):
    return KINDS.get(ending(name), "other")


def names():
    return sorted(_cards)


def _checked(name):
    if not re.fullmatch(r"[\w][\w .-]{0,80}", name):
        raise StoreError("not a name")
    if ending(name) in (".exe", ".sh", ".html"):
        raise StoreError("not a card")
    return name


def save(name, text, media):
    name = _checked(name)
    if len(text) > LONGEST:
        raise StoreError("too long")
    _cards[name] = (text, media)
    return name


def load(name):
    """Text and media type, or None twice."""
    if name not in _cards:
        return None, None
    text, media = _cards[name]
    guessed, _ = mimetypes.guess_type(name)
    return text, media or MEDIA.get(ending(name)) or guessed or "text/plain"


def rename(name, to):
    if name not in _cards:
        raise StoreError("no such card")
    if not re.fullmatch(r"[\w][\w .-]{0,80}", to):
        raise StoreError("not a name")
    _cards[to] = _cards.pop(name)
    return to


save("lentils.txt", "Lentils with bay, for six.\nSoak <b>overnight</b>.\n", "")
save("prices.csv", "what,pence\nlentils,80\n", "")
