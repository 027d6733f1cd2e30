"""Bulletins of a village: anybody orders a greeting for the next issue, editors lay out whole pages."""

from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import HTMLResponse, PlainTextResponse
from pydantic import BaseModel, Field

from layout import page_of, set_line
from village import ISSUES, NEWS

app = FastAPI(title="Bulletin")
EDITOR = "Bearer galley-proof-61"


class Greeting(BaseModel):
    to: str = Field(min_length=1, max_length=60)
    sender: str = Field(min_length=1, max_length=60)
    text: str = Field(max_length=600)


class Page(BaseModel):
    layout: str = Field(max_length=4000)


@app.get("/issues")
async def issues():
    return [{"number": number, "date": date} for number, date in ISSUES.items()]


@app.post("/greetings/preview", response_class=PlainTextResponse)
async def preview(greeting: Greeting):
    """How the greeting will look; `{{ to }}`, `{{ sender }}` and `{{ issue }}` stand for names and number."""
    return set_line(greeting.text, to=greeting.to, sender=greeting.sender)


@app.get("/greetings/wishes/{name}", response_class=PlainTextResponse)
async def wishes(name: str, text: str = "Many happy returns, {{ to }}!"):
    """A card with one line, for the notice board."""
    return f"* {set_line(text, to=name, sender='the village')} *"


@app.post("/pages", response_class=HTMLResponse)
async def lay_out(page: Page, authorization: str = Header(default="")):
    """A whole page as editors write it, with loops over the news."""
    if authorization != EDITOR:
        raise HTTPException(401, "for editors")
    return page_of(page.layout, news=NEWS)
