"""Ticket desk of a print works: a board for people, a JSON API for the wall display."""

from html import escape

from flask import Flask, jsonify, request

from desk import tickets

app = Flask(__name__)


@app.get("/")
def board():
    rows = tickets.find(request.args)
    cells = "".join(
        f"<tr><td>{row['number']}</td><td>{escape(row['subject'])}</td><td>{escape(row['state'])}</td></tr>"
        for row in rows
    )
    return f"<!doctype html><title>Desk</title><table>{cells}</table><p>{len(rows)} tickets</p>"


@app.get("/api/tickets")
def api_tickets():
    return jsonify(tickets=[dict(row) for row in tickets.find(request.args)])


@app.get("/api/tally")
def api_tally():
    by = request.args.get("by", "state")
    if by not in tickets.GROUPS:
        return jsonify(error="cannot group by that"), 400
    return jsonify(tally=tickets.tally(by, request.args))


@app.get("/api/oldest")
def api_oldest():
    row = tickets.oldest(request.args)
    return jsonify(ticket=dict(row) if row else None)
