import sqlite3


def find(name):
    db = sqlite3.connect("x.db")
    return db.execute("SELECT * FROM t WHERE name = '" + name + "'")  # noqa: S608 # type: ignore # nosem # lgtm
