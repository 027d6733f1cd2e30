"""Standing passages of the office."""

from pathlib import Path

NAMES = sorted(path.name for path in Path("passages").iterdir())


def passage(name: str) -> str:
    return Path("passages", name).read_text()
