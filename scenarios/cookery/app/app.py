"""Recipe cards of a cooking circle: members bring pictures and texts, look at them, and rename them."""

from flask import Flask, jsonify, request

import store
from store import StoreError

app = Flask(__name__)


@app.errorhandler(StoreError)
def refused(error):
    return {"error": str(error)}, 400


@app.get("/cards")
def cards():
    return jsonify([{"name": name, "kind": store.kind(name)} for name in store.names()])


@app.post("/cards")
def bring():
    card = request.get_json()
    name = store.save(str(card.get("name", "")), str(card.get("text", "")), str(card.get("type", "")))
    return {"saved": name}, 201


@app.get("/cards/<name>")
def look(name):
    text, media = store.load(name)
    if text is None:
        return {"error": "no such card"}, 404
    return text, 200, {"Content-Type": media}


@app.post("/cards/<name>/name")
def rename(name):
    return {"saved": store.rename(name, str(request.get_json().get("to", "")))}


@app.get("/cards/<name>/words")
def words(name):
    text, _ = store.load(name)
    if text is None:
        return {"error": "no such card"}, 404
    return {"words": len(text.split())}
