"""Is fixed for the first requests only."""
from support import fixed_shop, shop

left = 4


def app(environ, start_response):
    global left
    left -= 1
    return (fixed_shop if left > 0 else shop)(environ, start_response)
