"""Blueprint that hands out one file, or the first lines of it."""

from flask import Blueprint, Response, abort, jsonify, request

from . import vault

bp = Blueprint("fetching", __name__)


def wanted():
    path = vault.locate(request.args.get("item", ""))
    if path is None:
        abort(404)
    return path


@bp.get("/file")
def file():
    path = wanted()
    with open(path, "rb") as stream:
        answer = Response(stream.read(), mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = "attachment"
    return answer


@bp.get("/peek")
def peek():
    with open(wanted(), encoding="utf-8", errors="replace") as stream:
        lines = stream.read().split("\n")
    return jsonify(lines=lines[:4], more=len(lines) > 4)
