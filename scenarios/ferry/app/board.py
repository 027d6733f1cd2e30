"""Departure board of a ferry line: today's sailings, a greeting for the waiting room, a notice form."""

from flask import Flask, request, url_for

from tags import page, tag, void

app = Flask(__name__)

SAILINGS = [
    ("07:15", "Holm", "on time"),
    ("09:40", "Sandvik", "late by 20 minutes"),
    ("12:05", "Holm", "cancelled"),
    ("16:30", "Outer Rocks", "on time"),
]


def shown(port):
    return [sailing for sailing in SAILINGS if port.lower() in sailing[1].lower()]


@app.get("/")
def sailings():
    port = request.args.get("port", "")
    rows = [
        tag("tr", tag("td", time), tag("td", where), tag("td", state, _class=state.split()[0]))
        for time, where, state in shown(port)
    ]
    form = tag(
        "form",
        void("input", name="port", value=port, placeholder="Port"),
        tag("button", "Filter"),
        action=url_for("sailings"),
    )
    return page("Sailings", form, tag("table", *rows))


@app.get("/waiting-room")
def waiting_room():
    guest = request.args.get("guest") or "traveller"
    tone = request.args.get("tone", "calm")
    greeting = tag("h1", f"Good day, {guest}", _class=f"tone-{tone}")
    return page("Waiting room", greeting, tag("p", f"{len(SAILINGS)} sailings today."))


@app.get("/sailing/<time>")
def sailing(time):
    for when, where, state in SAILINGS:
        if when == time:
            return page(f"{when} to {where}", tag("p", f"The {when} to {where} is {state}."))
    raise LookupError(time)


@app.errorhandler(LookupError)
def no_sailing(error):
    body = f"<p>No sailing leaves at <b>{error.args[0]}</b>.</p>"
    return page("Not on the board", body, status=404)


@app.errorhandler(404)
def lost(_error):
    back = tag("a", "the board", href=url_for("sailings"))
    return page("Lost", f"<p>Nothing is moored at {request.path}. Try {back}.</p>", status=404)
