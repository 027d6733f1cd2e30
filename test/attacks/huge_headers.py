"""Headers larger than any client wants."""
from support import answer

app = answer("200 OK", b"lamp", [(f"X-{number}", "y" * 1000) for number in range(1000)])
