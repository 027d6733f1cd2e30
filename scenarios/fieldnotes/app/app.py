"""A pocket wiki for field botanists: stored pages, a rehearsal of unsaved text, a glossary."""

from pathlib import Path

from flask import Flask, abort, render_template, request
from flask.views import MethodView

import sprig

app = Flask(__name__)
PAGES = {path.stem: path for path in sorted((Path(app.root_path) / "pages").glob("*.txt"))}
TERMS = {
    "bract": "A leaf below a flower, often coloured.",
    "culm": "The stem of a grass or sedge.",
    "sorus": "A cluster of spore cases on a fern.",
}


class Page(MethodView):
    def get(self, slug):
        path = PAGES.get(slug)
        if path is None:
            abort(404)
        source = path.read_text(encoding="utf-8")
        return render_template("page.html", title=slug, html=sprig.to_html(source), slugs=list(PAGES))


class Rehearsal(MethodView):
    """Shows how text would look; nothing is kept."""

    def get(self):
        return self.show(request.args.get("text", ""))

    def post(self):
        return self.show(request.form.get("text", ""))

    def show(self, text):
        return render_template("rehearse.html", text=text, html=sprig.to_html(text[:4000]))


class Glossary(MethodView):
    def get(self):
        term = request.args.get("term", "")
        meaning = TERMS.get(term.lower())
        if meaning is None:
            body = f"Nobody has described **{term}** yet. See [[the start page|/page/start]]."
        else:
            body = f"## {term}\n{meaning}"
        html = sprig.to_html(body)
        return render_template("page.html", title="Glossary", html=html, slugs=list(PAGES))


app.add_url_rule("/", view_func=Page.as_view("home"), defaults={"slug": "start"})
app.add_url_rule("/page/<slug>", view_func=Page.as_view("page"))
app.add_url_rule("/rehearse", view_func=Rehearsal.as_view("rehearse"))
app.add_url_rule("/glossary", view_func=Glossary.as_view("glossary"))
