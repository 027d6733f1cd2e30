"""A body without end in one piece."""
from support import answer

app = answer("200 OK", b"lamp" * 2**24)
