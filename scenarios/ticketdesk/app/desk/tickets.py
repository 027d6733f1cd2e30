"""What can be asked about tickets."""

import sqlite3
from contextlib import closing
from pathlib import Path

from .clauses import conditions

DATABASE = Path(__file__).resolve().parents[1] / "desk.db"
GROUPS = ("state", "owner", "machine")


def run(sql, values=()):
    with closing(sqlite3.connect(DATABASE)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql, values).fetchall()


def find(args):
    return run(
        "SELECT number, subject, state, owner, machine FROM tickets"
        f" WHERE {conditions(args)} ORDER BY number"
    )


def oldest(args):
    rows = run(
        "SELECT number, subject, state, owner, machine FROM tickets"
        f" WHERE opened = (SELECT MIN(opened) FROM tickets WHERE {conditions(args)} AND state != ?)",
        ("closed",),
    )
    return rows[0] if rows else None


def tally(by, args):
    """How many tickets each value has, with its share of all that match."""
    rows = run(
        f"SELECT {by} AS label, COUNT(*) AS n,"
        f" ROUND(100.0 * COUNT(*) / (SELECT COUNT(*) FROM tickets WHERE {conditions(args)})) AS share"
        f" FROM tickets WHERE {conditions(args)} GROUP BY {by} ORDER BY {by}"
    )
    return [{"label": row["label"], "count": row["n"], "share": int(row["share"])} for row in rows]
