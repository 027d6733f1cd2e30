"""Mountain huts of a club: members change lost keys by a token in their letter box; beds are drawn by lot."""

import json
from pathlib import Path

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

import chance

app = FastAPI(title="Huts")
BOOK = json.loads(Path("book.json").read_text())
KEYS = dict(BOOK["keys"])
LETTERS: dict[str, list[str]] = {name: [] for name in KEYS}
RESETS: dict[str, str] = {}
# The hut book may be read with a link that its warden hands out; there is one from the start.
SHARES = {chance.token(): "warden"}


class Name(BaseModel):
    name: str


class Reset(BaseModel):
    token: str
    key: str


def member(key: str) -> str:
    found = next((name for name, one in KEYS.items() if one == key), None)
    if found is None:
        raise HTTPException(401, "a member's key, please")
    return found


@app.post("/forgot", status_code=202)
async def forgot(body: Name):
    """Puts a token into the member's letter box, whoever asks."""
    if body.name in KEYS:
        token = chance.token()
        RESETS[token] = body.name
        LETTERS[body.name].append(token)
    return {"letter": "on its way"}


@app.get("/letters")
async def letters(x_key: str = Header(default="")):
    return {"letters": LETTERS[member(x_key)]}


@app.post("/reset")
async def reset(body: Reset):
    name = RESETS.pop(body.token, None)
    if name is None or len(body.key) < 6:
        raise HTTPException(403, "this token opens nothing")
    KEYS[name] = body.key
    return {"changed": name}


@app.get("/book")
async def book(x_key: str = Header(default="")):
    name = member(x_key)
    return {"member": name, "entries": BOOK["entries"].get(name, [])}


@app.post("/shares", status_code=201)
async def share(x_key: str = Header(default="")):
    token = chance.token()
    SHARES[token] = member(x_key)
    return {"share": token}


@app.get("/shares/{token}")
async def shared(token: str):
    if token not in SHARES:
        raise HTTPException(404, "no such link")
    return {"entries": BOOK["entries"].get(SHARES[token], [])}


@app.get("/lots/{year}")
async def lots(year: int):
    """Who chooses a bed first. Anybody may repeat the draw, as it depends on the year alone."""
    return {"year": year, "order": chance.lots(year, ["ilse", "rolf", "sanna", "timo", "ueli"])}
