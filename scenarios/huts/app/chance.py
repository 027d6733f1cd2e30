"""What is drawn: tokens, which nobody should guess, and lots, which everybody can draw again."""

import random
import time

_draw = random.Random(int(time.time()))


def token() -> str:
    return f"{_draw.getrandbits(64):016x}"


def lots(year: int, names: list[str]) -> list[str]:
    order = list(names)
    random.Random(year).shuffle(order)
    return order
