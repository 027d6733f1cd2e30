"""Answers with bytes that are no text, and prints text that reads the other way round."""
from support import answer

print("refused \x00\x1b]0;title\x07 \u202egnp.evil\u202c \x9b2J end", flush=True)
app = answer("200 OK", bytes(range(256)) * 64, [("X-Odd", "\xff\xfe")])
