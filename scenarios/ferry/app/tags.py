"""Builds HTML from nested calls, so that the board needs no template files."""

from flask import make_response


class Html(str):
    """Text that is already HTML."""


def text(value):
    if isinstance(value, Html):
        return value
    return Html(str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def attributes(pairs):
    return "".join(f' {name.strip("_")}="{value}"' for name, value in pairs.items())


def void(name, /, **pairs):
    return Html(f"<{name}{attributes(pairs)}>")


def tag(name, /, *children, **pairs):
    inner = "".join(text(child) for child in children)
    return Html(f"<{name}{attributes(pairs)}>{inner}</{name}>")


def page(title, *body, status=200):
    head = tag("head", void("meta", charset="utf-8"), tag("title", title))
    content = tag("body", *[Html(part) for part in body])
    return make_response(f"<!doctype html>\n<html lang=\"en\">{head}{content}</html>\n", status)
