"""A calendar for several choirs: it shows what is on at each, fetched from the choirs' own pages."""

from flask import Flask, request

import neighbours
from fetching import FetchError, calendar, notice

app = Flask(__name__)
neighbours.start()

CHOIRS = {"hill": f"http://{neighbours.HILL}/calendar.txt", "river": f"http://{neighbours.RIVER}/calendar.txt"}


@app.errorhandler(FetchError)
def not_fetched(error):
    return {"error": str(error)}, 400


@app.get("/")
def front():
    return {"choirs": sorted(CHOIRS), "add": "/preview?page=ADDRESS of a page of a choir"}


@app.get("/choir/<name>")
def choir(name):
    if name not in CHOIRS:
        return {"error": "no such choir"}, 404
    return {"choir": name, "events": calendar(CHOIRS[name])}


@app.get("/preview")
def preview():
    """The first lines of a page, for those who want it on the calendar."""
    return {"lines": notice(request.args.get("page", ""))}


@app.get("/events")
def events():
    """Events of any page that a choir keeps, for people's own calendars."""
    return {"events": calendar(request.args.get("from", ""))}


@app.get("/till")
def till():
    """What the ticket office has taken; shown to the treasurer, who knows the word."""
    if request.headers.get("X-Word") != "descant":
        return {"error": "for the treasurer"}, 403
    return {"taken": neighbours.taken()}
