"""Queries on the log, built step by step: Readings().of_station(2).latest(5)."""

import os
import sqlite3
from dataclasses import asdict, dataclass

LOG = os.path.join(os.path.dirname(__file__), os.pardir, "log.db")


@dataclass
class Reading:
    taken: str
    celsius: float
    wind: str

    def public(self):
        return asdict(self)


def ask(sql, *values):
    connection = sqlite3.connect(LOG)
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.Error as error:
        raise ValueError("the log cannot answer that") from error
    finally:
        connection.close()


def stations():
    return ask("SELECT id, name FROM stations WHERE open_to_public = 1 ORDER BY id")


class Readings:
    def __init__(self):
        self.where = "station IN (SELECT id FROM stations WHERE open_to_public = 1)"

    def of_station(self, number):
        self.where += f" AND station = {number}"
        return self

    def latest(self, count):
        rows = ask(
            f"SELECT taken, celsius, wind FROM readings WHERE {self.where} ORDER BY taken DESC LIMIT {count}"
        )
        return [Reading(*row) for row in rows]

    def means(self, numbers):
        rows = ask(
            "SELECT name, ROUND(AVG(celsius), 1) FROM readings JOIN stations ON stations.id = station"
            f" WHERE open_to_public = 1 AND station IN ({numbers}) GROUP BY name ORDER BY name"
        )
        return dict(rows)
