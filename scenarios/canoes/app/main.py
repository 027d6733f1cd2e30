"""Canoe hire of a paddling club: members book canoes, name their crew, and fetch the paddles from a locked store."""

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

import store
from members import Member, signed_in

app = FastAPI(title="Canoe hire")


class Note(BaseModel):
    note: str = Field(max_length=200)


def booking_asked_for(number: int, member: Member = Depends(signed_in)) -> dict:
    found = store.booking(number)
    if found is None:
        raise HTTPException(404, "no such booking")
    return found


@app.get("/canoes")
async def canoes():
    return store.CANOES


@app.get("/bookings")
async def my_bookings(member: Member = Depends(signed_in)):
    """Those that the member leads or paddles in."""
    return [store.summary(one) for one in store.all_bookings() if store.concerns(one, member.name)]


@app.get("/bookings/{number}")
async def one_booking(found: dict = Depends(booking_asked_for)):
    return {**store.summary(found), "phone": found["phone"], "note": found["note"]}


@app.get("/bookings/{number}/locker")
async def locker(found: dict = Depends(booking_asked_for)):
    """Where the paddles are, and the number of the lock."""
    return {"locker": found["locker"], "lock": found["lock"]}


@app.put("/bookings/{number}/note")
async def annotate(body: Note, found: dict = Depends(booking_asked_for), member: Member = Depends(signed_in)):
    if found["leader"] != member.name:
        raise HTTPException(403, "only who leads the tour writes its note")
    return {"number": found["number"], "note": body.note}


@app.get("/roster.txt", response_class=PlainTextResponse)
async def roster(number: list[int] = Query(default=[]), member: Member = Depends(signed_in)):
    """Several bookings on one sheet, to print."""
    wanted = [found for one in number if (found := store.booking(one)) is not None]
    return "".join(f"{one['number']} {one['canoe']}, {one['leader']}, {one['phone']}\n" for one in wanted)


@app.get("/races/{race}/start-list")
async def start_list(race: str):
    """Hangs at the jetty for everybody to read: who starts in which canoe."""
    if race not in store.RACES:
        raise HTTPException(404, "no such race")
    boats = [store.booking(number) for number in store.RACES[race]]
    return {"race": race, "boats": [{"canoe": one["canoe"], "leader": one["leader"]} for one in boats]}
