"""Weather observatory on a hill: readings as JSON for scripts, and a page for visitors."""

from functools import wraps

from flask import Flask, jsonify, render_template, request

from weather.readings import Readings, stations

app = Flask(__name__)
app.json.sort_keys = False
app.jinja_env.autoescape = False  # the arrows are entities


def as_json(view):
    """Turns what a view returns into JSON, and a ValueError into a 400."""

    @wraps(view)
    def answer(*args, **kwargs):
        try:
            return jsonify(view(*args, **kwargs))
        except ValueError as error:
            return jsonify(error=str(error)), 400

    return answer


@app.get("/api/readings")
@as_json
def readings():
    found = Readings().of_station(request.args.get("station", "1")).latest(request.args.get("last", "10"))
    return {"readings": [reading.public() for reading in found]}


@app.get("/api/compare")
@as_json
def compare():
    """Mean temperature of several stations: ?stations=1,3"""
    chosen = request.args.get("stations", "1,2")
    return {"means": Readings().means(chosen)}


@app.get("/api/stations")
@as_json
def all_stations():
    return {"stations": [{"id": number, "name": name} for number, name in stations()]}


def arrow(now, before):
    return "&uarr;" if now.celsius > before.celsius else "&darr;"


@app.get("/")
def visitors():
    label = request.args.get("label", "Tarn Hill")
    unit = "F" if request.args.get("unit") == "f" else "C"
    latest = []
    for number, name in stations():
        now, before = Readings().of_station(number).latest(2)
        latest.append((name, arrow(now, before), now))
    return render_template("visitors.html", label=label, unit=unit, latest=latest)
