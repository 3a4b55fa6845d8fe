from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, UploadFile
from pydantic import BaseModel
from sqlalchemy import delete, func, insert, select

from .calendar import Calendar, CalendarAnswer
from .database import Database
from .event import Event, EventAnswer, EventFilter
from .feed import FeedError, read_feed
from .feed_token import make_token
from .fetch import MOST_BYTES, check_size, fetch
from .settings import version

router = APIRouter(prefix="/api")

#: Events that one answer has at most; a filter narrows it down.
MOST_ANSWERED = 2000


class FeedAnswer(BaseModel):
    #: Path of the filtered feed.
    path: str


class EventsAnswer(BaseModel):
    events: list[EventAnswer]
    #: Whether there are more than one answer has.
    more: bool


@router.get("/version")
def show_version() -> dict[str, str]:
    return {"version": version()}


@router.get("/calendars")
def list_calendars(database: Database) -> list[CalendarAnswer]:
    count = func.count(Event.id).label("events")
    rows = database.execute(select(Calendar, count).outerjoin(Event).group_by(Calendar.id).order_by(Calendar.name))
    return [answer(calendar, events) for calendar, events in rows]


@router.post("/calendars", status_code=201)
def import_calendar(
    database: Database,
    name: Annotated[str, Form(min_length=1, max_length=100)],
    url: Annotated[str | None, Form(max_length=2000)] = None,
    file: UploadFile | None = None,
) -> CalendarAnswer:
    """From an address or an upload; a calendar of that name is replaced."""
    if bool(url) == bool(file):
        raise HTTPException(422, "give either a url or a file")
    try:
        rows = read_feed(fetch(url) if url else check_size(file.file.read(MOST_BYTES + 1)))
    except FeedError as error:
        raise HTTPException(422, str(error)) from error
    calendar = database.scalar(select(Calendar).where(Calendar.name == name).with_for_update())
    if calendar is None:
        calendar = Calendar(name=name)
        database.add(calendar)
    calendar.url = url
    calendar.imported_at = datetime.now(UTC)
    database.flush()
    database.execute(delete(Event).where(Event.calendar_id == calendar.id))
    if rows:
        database.execute(insert(Event), [{**row, "calendar_id": calendar.id} for row in rows])
    return answer(calendar, len(rows))


@router.delete("/calendars/{calendar_id}", status_code=204)
def remove_calendar(database: Database, calendar_id: int) -> None:
    if database.execute(delete(Calendar).where(Calendar.id == calendar_id)).rowcount == 0:
        raise HTTPException(404, "there is no such calendar")


@router.get("/events")
def list_events(database: Database, wanted: Annotated[EventFilter, Query()]) -> EventsAnswer:
    query = wanted.apply(select(Event)).order_by(Event.starts_at, Event.id).limit(MOST_ANSWERED + 1)
    events = database.scalars(query).all()
    return EventsAnswer(events=events[:MOST_ANSWERED], more=len(events) > MOST_ANSWERED)


@router.post("/feeds", status_code=201)
def make_feed(wanted: EventFilter) -> FeedAnswer:
    return FeedAnswer(path=f"/ical/{make_token(wanted)}.ics")


def answer(calendar: Calendar, events: int) -> CalendarAnswer:
    return CalendarAnswer(
        id=calendar.id, name=calendar.name, url=calendar.url, imported_at=calendar.imported_at, events=events
    )
