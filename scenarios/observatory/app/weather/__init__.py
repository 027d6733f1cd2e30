"""Reads the log of the observatory."""
