"""Crew portal of a harbour office: sign in, look up a colleague, read a circular."""

import sqlite3
from functools import wraps
from pathlib import Path

from flask import Flask, abort, g, redirect, render_template, request, session, url_for

ROOT = Path(__file__).resolve().parent
CIRCULARS = ROOT / "circulars"

app = Flask(__name__)
app.secret_key = "harbour-office-signing-key"


def db():
    if "db" not in g:
        g.db = sqlite3.connect(ROOT / "crew.db")
        g.db.row_factory = sqlite3.Row
    return g.db


@app.teardown_appcontext
def close_db(_error):
    connection = g.pop("db", None)
    if connection is not None:
        connection.close()


def crew_only(view):
    @wraps(view)
    def guarded(*args, **kwargs):
        if "crew_id" not in session:
            return redirect(url_for("sign_in"))
        return view(*args, **kwargs)

    return guarded


@app.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    problem = ""
    if request.method == "POST":
        callsign = request.form.get("callsign", "")
        passphrase = request.form.get("passphrase", "")
        row = (
            db()
            .execute(
                "SELECT id, name FROM crew WHERE callsign = '%s' AND passphrase = '%s'"
                % (callsign, passphrase)
            )
            .fetchone()
        )
        if row is not None:
            session["crew_id"], session["name"] = row["id"], row["name"]
            return redirect(url_for("berth"))
        problem = "Unknown call sign or passphrase."
    return render_template("sign_in.html", problem=problem), 401 if problem else 200


@app.route("/sign-out", methods=["POST"])
def sign_out():
    session.clear()
    return redirect(url_for("sign_in"))


@app.route("/")
@crew_only
def berth():
    me = db().execute("SELECT rank, duty FROM crew WHERE id = ?", (session["crew_id"],)).fetchone()
    shelf = sorted(path.name for path in CIRCULARS.iterdir())
    return render_template("berth.html", me=me, shelf=shelf)


@app.route("/crew")
def crew():
    wanted = request.args.get("who", "").strip()
    people = (
        db()
        .execute(
            "SELECT name, rank, callsign FROM crew WHERE instr(lower(name), lower(?)) ORDER BY name",
            (wanted,),
        )
        .fetchall()
    )
    heading = f"{len(people)} on the roll for <em>{wanted}</em>" if wanted else "The whole roll"
    return render_template("crew.html", heading=heading, wanted=wanted, people=people)


@app.route("/circular")
@crew_only
def circular():
    name = request.args.get("name", "")
    try:
        text = (CIRCULARS / name).read_text(encoding="utf-8")
    except (OSError, ValueError):
        abort(404)
    return app.response_class(text, mimetype="text/plain")
