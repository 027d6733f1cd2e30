"""Smuggles line ends into a header and asks for another protocol."""
from support import answer

app = answer("101 Switching Protocols", b"", [("Upgrade", "x"), ("Connection", "Upgrade\r\nX-Verdict: blocked")])
