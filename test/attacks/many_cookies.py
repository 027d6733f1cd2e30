"""Sets thousands of cookies, which the next requests would carry."""
from support import answer

app = answer("200 OK", b"lamp", [("Set-Cookie", f"c{number}={'x' * 200}; Path=/") for number in range(5000)])
