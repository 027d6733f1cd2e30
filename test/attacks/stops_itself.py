"""Freezes instead of answering: a stopped process cannot be told from a slow one."""
import ctypes


def app(environ, start_response):
    ctypes.CDLL(None).pause()
