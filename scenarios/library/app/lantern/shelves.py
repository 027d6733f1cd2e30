"""The only module that talks SQL: a repository of books that are open to the public."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass


@dataclass(frozen=True)
class Book:
    id: int
    title: str
    writer: str
    year: int
    shelf: str


class Shelves:
    FIELDS = "id, title, writer, year, shelf"

    def __init__(self, path):
        self.path = path

    def _rows(self, sql, values=()):
        with closing(sqlite3.connect(self.path)) as connection:
            return [Book(*row) for row in connection.execute(sql, values)]

    def one(self, number):
        found = self._rows(f"SELECT {self.FIELDS} FROM books WHERE id = ? AND closed_stack = 0", (number,))
        return found[0] if found else None

    def newest(self, count):
        return self._rows(
            f"SELECT {self.FIELDS} FROM books WHERE closed_stack = 0 ORDER BY year DESC LIMIT ?", (count,)
        )

    def matching(self, words, sort="title", descending=False):
        sql = f"SELECT {self.FIELDS} FROM books WHERE closed_stack = 0"
        for word in words.split(" "):
            if word:
                sql += f" AND (title LIKE '%{word}%' OR writer LIKE '%{word}%')"
        sql += " ORDER BY " + sort
        if descending:
            sql += " DESC"
        return self._rows(sql)
