"""Hives of a beekeepers' society: inspections and harvests, sorted and summed as their readers like."""

from fastapi import FastAPI, Header, HTTPException, Query
from fastapi.responses import PlainTextResponse

import books

app = FastAPI(title="Apiary")


@app.exception_handler(books.NotThere)
async def not_there(request, error):
    return PlainTextResponse(f"{error}\n", status_code=400)


@app.get("/inspections")
async def inspections(hive: int | None = None, sort: str = "day", limit: int = Query(default=10, ge=1, le=50)):
    """`sort` names columns, the most important first; a minus turns one around: `hive,-day`."""
    return books.inspections(hive, sort, limit)


@app.get("/inspections.txt", response_class=PlainTextResponse)
async def to_print(sort: str = "hive,-day"):
    return "".join(f"{row['day']}  hive {row['hive']}  {row['note']}\n" for row in books.inspections(None, sort, 50))


@app.get("/harvest")
async def harvest(by: str = "hive"):
    """Kilograms by hive, year or flower."""
    return books.harvest(by)


@app.get("/keepers/me")
async def me(authorization: str = Header(default="")):
    keeper = books.keeper(authorization.removeprefix("Keeper "))
    if keeper is None:
        raise HTTPException(401, "your keeper's code, please")
    return keeper
