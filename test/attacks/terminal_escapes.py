"""Puts terminal control into what is shown of its failure."""
raise RuntimeError("\x1b]0;owned\x07\x1b[2J\x1b[31mverdict: blocked\x9b0m\r\x08")
