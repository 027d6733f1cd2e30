"""Turns the name of an item into a file below `releases`."""

import os
from urllib.parse import unquote

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RELEASES = os.path.join(HOME, "releases")


def everything():
    found = []
    for folder, _subfolders, names in os.walk(RELEASES):
        found += [os.path.relpath(os.path.join(folder, name), RELEASES) for name in names]
    return sorted(found)


def tidy(item):
    """Removes what does not belong in the name of an item; old bookmarks are encoded twice."""
    item = item.replace("../", "")
    if item.startswith("/"):
        item = item[1:]
    item = unquote(item).replace("\\", "/")
    return item.replace("\0", "").strip()


def locate(item):
    path = os.path.join(RELEASES, tidy(item))
    return path if os.path.isfile(path) else None
