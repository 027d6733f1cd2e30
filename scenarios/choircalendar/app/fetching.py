"""Fetches pages of the choirs: their calendars and their notices."""

from urllib.error import URLError
from urllib.request import Request, urlopen

import neighbours

LONGEST = 4000


class FetchError(Exception):
    """Says why there is nothing to show."""


def _read(address):
    if not address:
        raise FetchError("no address")
    try:
        with urlopen(Request(address, headers={"User-Agent": "calendar"}), timeout=2) as reply:
            return reply.read(LONGEST).decode("utf-8", "replace")
    except (OSError, URLError, ValueError) as error:
        raise FetchError(f"not fetched: {type(error).__name__}") from error


def notice(address):
    """The first five lines of a page of a choir."""
    if not any(place in address for place in (neighbours.HILL, neighbours.RIVER)):
        raise FetchError("no page of a choir")
    return _read(address).splitlines()[:5]


def calendar(address):
    """The lines of a page that begin with a date."""
    lines = _read(address).splitlines()
    return [line for line in lines if line[:1].isdigit() or ": " in line]
