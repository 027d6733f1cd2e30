"""Pages of the catalogue: the search list, one book, the newest arrivals."""

from flask import Blueprint, abort, render_template_string, request

LIST = """<!doctype html><title>Lantern Street Library</title>
<form><input name="words" value="{{ words }}"> <select name="sort"><option>title<option>writer<option>year</select></form>
<p>{{ books|length }} found</p>
<ol>{% for book in books %}<li><a href="/book/{{ book.id }}">{{ book.title }}</a>, {{ book.writer }} ({{ book.year }})</li>
{% endfor %}</ol>"""

BOOK = """<!doctype html><title>{{ book.title }}</title>
<h1>{{ book.title }}</h1><p>{{ book.writer }}, {{ book.year }}. Shelf {{ book.shelf }}.</p>"""


def routes(shelves):
    pages = Blueprint("catalogue", __name__)

    @pages.get("/")
    def search():
        words = request.args.get("words", "")
        books = shelves.matching(
            words,
            sort=request.args.get("sort", "title"),
            descending=request.args.get("down") == "1",
        )
        return render_template_string(LIST, books=books, words=words)

    @pages.get("/book/<int:number>")
    def book(number):
        found = shelves.one(number)
        if found is None:
            abort(404)
        return render_template_string(BOOK, book=found)

    @pages.get("/new")
    def newest():
        return render_template_string(LIST, books=shelves.newest(3), words="")

    return pages
