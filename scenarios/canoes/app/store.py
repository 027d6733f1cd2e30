"""Canoes, bookings and races of this season."""

import json
from pathlib import Path

CANOES = ["Otter", "Heron", "Kingfisher", "Grebe"]
RACES = {"spring": [11, 12], "dusk": [13]}

_bookings = {one["number"]: one for one in json.loads(Path("bookings.json").read_text())}


def all_bookings() -> list[dict]:
    return list(_bookings.values())


def booking(number: int) -> dict | None:
    return _bookings.get(number)


def concerns(found: dict, name: str) -> bool:
    """Whether the member leads the tour or paddles in it."""
    return name == found["leader"] or name in found["crew"]


def summary(found: dict) -> dict:
    return {key: found[key] for key in ("number", "canoe", "day", "leader", "crew")}
