"""Ends when it sees a quote: no answer is not a defence."""
import os

from support import fixed_shop


def app(environ, start_response):
    if "%27" in environ["QUERY_STRING"] or "'" in environ["QUERY_STRING"]:
        os._exit(0)
    return fixed_shop(environ, start_response)
