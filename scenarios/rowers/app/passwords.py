"""How passwords are kept: never as they were typed."""

import hashlib
import hmac


def store(password: str) -> str:
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def matches(password: str, stored: str) -> bool:
    return hmac.compare_digest(store(password), stored)
