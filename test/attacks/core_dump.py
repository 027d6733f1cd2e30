"""Crashes, hoping that memory is written somewhere."""
import ctypes

ctypes.string_at(0)
