"""Boat book of a rowing club. The boathouses up the river have no line, so they carry a copy of who may sign out boats."""

from fastapi import Cookie, FastAPI, HTTPException, Response
from pydantic import BaseModel, Field

import passwords
from people import PEOPLE, SESSIONS, Person

app = FastAPI(title="Boat book")


class Account(BaseModel):
    name: str = Field(pattern=r"^[a-z]{2,20}$")
    password: str = Field(min_length=4, max_length=100)


class Entry(BaseModel):
    text: str = Field(max_length=300)


def who(session: str) -> Person:
    name = SESSIONS.get(session)
    if name is None:
        raise HTTPException(401, "sign in first")
    return PEOPLE[name]


@app.post("/join", status_code=201)
async def join(account: Account):
    if account.name in PEOPLE:
        raise HTTPException(409, "this name is taken")
    PEOPLE[account.name] = Person(account.name, passwords.store(account.password))
    return {"name": account.name}


@app.post("/sign-in")
async def sign_in(account: Account, response: Response):
    person = PEOPLE.get(account.name)
    if person is None or not passwords.matches(account.password, person.password):
        raise HTTPException(401, "unknown name or wrong password")
    response.set_cookie("session", SESSIONS.open(person.name), httponly=True)
    return {"name": person.name}


@app.post("/diary")
async def write(entry: Entry, session: str = Cookie(default="")):
    person = who(session)
    person.diary.append(entry.text)
    return {"entries": len(person.diary)}


@app.get("/diary")
async def read(session: str = Cookie(default="")):
    return {"diary": who(session).diary}


@app.post("/password")
async def change(account: Account, session: str = Cookie(default="")):
    person = who(session)
    if person.name != account.name:
        raise HTTPException(403, "only one's own")
    person.password = passwords.store(account.password)
    return {"changed": True}


@app.get("/boathouse/members")
async def copy_for_boathouses():
    """What a boathouse takes along on a stick: names, and what their passwords are compared with there."""
    return [{"name": one.name, "password": one.password} for one in PEOPLE.values()]


class Copied(Account):
    copied: str


@app.post("/boathouse/try")
async def boathouse_try(entry: Copied):
    """The comparison that a boathouse makes with its copy, to try a stick before it is carried up the river."""
    return {"opens": passwords.matches(entry.password, entry.copied)}
