"""Reads what clerks send."""

from pathlib import Path
from xml.etree import ElementInclude
from xml.etree.ElementTree import Element, ParseError, fromstring


class NotADeed(Exception):
    """Says what is wrong with the document."""


def _load(href: str, parse: str, encoding: str | None = None):
    text = Path("passages", href).read_text(encoding or "utf-8")
    return fromstring(text) if parse == "xml" else text


def deed(document: bytes, kind: str = "deed") -> Element:
    """The root, with every passage in the place of its include."""
    try:
        root = fromstring(document)
        ElementInclude.include(root, loader=_load)
    except (ParseError, ElementInclude.FatalIncludeError, LookupError, OSError, ValueError) as error:
        raise NotADeed(f"cannot be read: {type(error).__name__}") from error
    if root.tag != kind:
        raise NotADeed(f"expected <{kind}>")
    return root


def words(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def clauses(root: Element) -> list[str]:
    return [words(clause) for clause in root.iter("clause")]
