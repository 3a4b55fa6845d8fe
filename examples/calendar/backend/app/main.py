import logging

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from . import api
from .database import Database, engine
from .event import Event
from .feed import write_feed
from .feed_token import read_token
from .settings import version

log = logging.getLogger("uvicorn.error")

app = FastAPI(title="Calendar", version=version(), docs_url="/api/docs", openapi_url="/api/openapi.json", redoc_url=None)
app.include_router(api.router)


@app.get("/healthz", include_in_schema=False)
def healthz() -> Response:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        log.warning("the database does not answer: %s", error.__cause__ or error)
        return JSONResponse({"status": "unhealthy", "reason": "the database does not answer"}, status_code=503)
    return JSONResponse({"status": "healthy", "version": version()})


@app.get("/ical/{token}.ics", response_class=Response)
def filtered_feed(database: Database, token: str) -> Response:
    wanted = read_token(token)
    if wanted is None:
        raise HTTPException(404, "there is no such feed")
    events = database.scalars(wanted.apply(select(Event)).order_by(Event.starts_at, Event.id))
    return Response(write_feed(events, "Filtered calendar"), media_type="text/calendar; charset=utf-8")
