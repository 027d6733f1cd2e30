"""Blueprint with the index of everything that may be downloaded."""

from flask import Blueprint, jsonify

from . import vault

bp = Blueprint("listing", __name__)


@bp.get("/")
def index():
    rows = "".join(f'<li><a href="/get/file?item={item}">{item}</a></li>' for item in vault.everything())
    return f"<!doctype html><title>Downloads</title><h1>Downloads</h1><ul>{rows}</ul>"


@bp.get("/index.json")
def index_json():
    return jsonify(items=vault.everything())
