"""Imports pytest and what tests of security import most, so that a clone finds it loaded."""

import importlib
import os
import sys
import tempfile

import pytest
import pytest_timeout
import sandbox_pytest  # noqa: F401

USUAL = (
    "_pytest.assertion.rewrite", "_pytest.python", "argon2", "Crypto.Cipher.AES", "Crypto.PublicKey.RSA", "jwt",
    "lxml.etree", "requests", "wrapt_timeout_decorator", "yaml",
)  # fmt: skip


def warm_up() -> None:
    """What is not installed is left out: a suite that needs it says so itself."""
    tempfile.tempdir = "/tmp"  # which every clone has, and this process has not: it cannot find out by trying
    for name in USUAL:
        try:
            importlib.import_module(name)
        except ImportError:
            pass
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # An empty run loads what pytest imports on first use; no disk to capture output on is there yet, and it may reach
    # nobody who reads what the runner says.
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        pytest.main(["--collect-only", "-q", "-s", "-p", "no:cacheprovider", os.devnull], plugins=[pytest_timeout])
        sys.stdout.flush()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
