"""Starts the public catalogue of the Lantern Street Library."""

from lantern import create_app

app = create_app()
