"""Answers with a little that unpacks to a gigabyte, as if it were JSON."""
import gzip

from support import answer

BOMB = gzip.compress(bytes(1 << 26), 9)
app = answer("200 OK", BOMB * 4, [("Content-Encoding", "gzip")])
