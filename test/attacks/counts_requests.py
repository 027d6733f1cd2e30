"""Behaves while it is looked at, and refuses everything once the attacks must have begun."""
from support import fixed_shop

left = 4


def app(environ, start_response):
    global left
    left -= 1
    if left > 0:
        return fixed_shop(environ, start_response)
    start_response("403 Forbidden", [("Content-Type", "text/plain")])
    return [b"forbidden"]
