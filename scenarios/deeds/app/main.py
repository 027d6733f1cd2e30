"""Deeds of a land registry: clerks send them as XML, in which they include the office's standing passages."""

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse

import reading
from passages import NAMES, passage

app = FastAPI(title="Deeds")


@app.exception_handler(reading.NotADeed)
async def not_a_deed(request: Request, error: reading.NotADeed):
    return PlainTextResponse(f"{error}\n", status_code=400)


@app.get("/passages")
async def passages():
    return NAMES


@app.get("/passages/{name}", response_class=PlainTextResponse)
async def one_passage(name: str):
    if name not in NAMES:
        raise HTTPException(404, "no such passage")
    return passage(name)


@app.post("/deeds")
async def file_deed(request: Request):
    """The deed as it will be filed: every clause in full."""
    deed = reading.deed(await request.body())
    return {"parcel": deed.get("parcel"), "clauses": reading.clauses(deed)}


@app.post("/deeds/proof", response_class=PlainTextResponse)
async def proof(request: Request):
    """The text alone, to be read aloud before it is signed."""
    deed = reading.deed(await request.body())
    return "\n".join(f"{number}. {text}" for number, text in enumerate(reading.clauses(deed), 1)) + "\n"


@app.post("/letters", response_class=PlainTextResponse)
async def letter(request: Request):
    """A letter around a passage; it has a head of its own and no clauses."""
    root = reading.deed(await request.body(), kind="letter")
    return f"To {root.findtext('to', '')}:\n{reading.words(root.find('text'))}\n"
