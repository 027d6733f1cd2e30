"""Members of the club and their sessions."""

import secrets
from dataclasses import dataclass, field


@dataclass
class Person:
    name: str
    password: str
    diary: list[str] = field(default_factory=list)


class Sessions(dict):
    def open(self, name: str) -> str:
        token = secrets.token_urlsafe(24)
        self[token] = name
        return token


PEOPLE: dict[str, Person] = {}
SESSIONS = Sessions()
