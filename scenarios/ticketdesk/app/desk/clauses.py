"""Conditions on tickets, made from the arguments of a request."""

EXACT = ("state", "owner", "machine")


def same(column, value):
    return f"{column} = '{value}'"


def mentions(column, words):
    return " AND ".join(f"{column} LIKE '%{word}%'" for word in words.split()) or "1"


def conditions(args):
    """The WHERE text for every filter that the request uses; `confidential` tickets never show."""
    parts = ["confidential = 0"]
    parts += [same(column, args[column]) for column in EXACT if args.get(column)]
    if args.get("about"):
        parts.append(mentions("subject", args["about"]))
    return " AND ".join(parts)
