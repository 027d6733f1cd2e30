"""Writes until every file system is full."""
from support import attempt, shop as app  # noqa: F401


def fill(folder):
    for number in range(4000):
        with open(f"{folder}/{number}", "wb") as file:
            file.write(bytes(2**20))


for folder in ("/tmp", "/srv", "/app/static", "/dev", "/run", "/etc", "/usr", "/opt", "/"):
    attempt(f"4 GB in {folder}", lambda folder=folder: fill(folder))
