"""The books of the society."""

import sqlite3


class NotThere(Exception):
    """What was asked for is not in the books."""


def _rows(query: str, values: tuple = ()) -> list[dict]:
    database = sqlite3.connect("apiary.db")
    database.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in database.execute(query, values)]
    except sqlite3.Error as error:
        raise NotThere("the books cannot be asked that") from error
    finally:
        database.close()


def _order(sort: str) -> str:
    names = [name.strip() for name in sort.split(",")]
    return ", ".join(f"{name[1:]} DESC" if name.startswith("-") else name for name in names)


def inspections(hive: int | None, sort: str, limit: int) -> list[dict]:
    where = "" if hive is None else "WHERE hive = ?"
    values = () if hive is None else (hive,)
    query = f"SELECT hive, day, frames, note FROM inspections {where} ORDER BY {_order(sort)}, id LIMIT {limit}"
    return _rows(query, values)


def harvest(by: str) -> list[dict]:
    return _rows(f"SELECT {by} AS what, SUM(kilograms) AS kilograms FROM harvest GROUP BY what ORDER BY what")


def keeper(code: str) -> dict | None:
    found = _rows("SELECT name, hives FROM keepers WHERE code = ?", (code,))
    return found[0] if found else None
