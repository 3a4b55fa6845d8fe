"""What an event is in this version: its row, its filter, and how it is read from and written to iCalendar."""

from datetime import date, datetime, timedelta

import icalendar
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, Text, or_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from .calendar import calendar_key
from .database import Base
from .moment import as_moment


class Event(Base):
    """One occurrence; a recurring event has a row for each."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = calendar_key()
    uid: Mapped[str]
    summary: Mapped[str]
    description: Mapped[str]
    location: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    #: The two times are then midnights in UTC.
    all_day: Mapped[bool]
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text))


class EventAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    calendar_id: int
    summary: str
    description: str
    location: str
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    categories: list[str]


class EventFilter(BaseModel):
    """What to leave in; every part that is given must hold."""

    model_config = ConfigDict(extra="forbid")

    calendar: int | None = None
    #: Found in summary, description or location, in upper or lower case.
    text: str | None = None
    #: First and last day.
    since: date | None = None
    until: date | None = None
    #: One of the event's categories, as it is spelled.
    category: str | None = None

    def apply(self, query: Select) -> Select:
        if self.calendar is not None:
            query = query.where(Event.calendar_id == self.calendar)
        if self.text:
            query = query.where(
                or_(
                    *(
                        column.icontains(self.text, autoescape=True)
                        for column in (Event.summary, Event.description, Event.location)
                    )
                )
            )
        if self.since:
            query = query.where(Event.ends_at >= as_moment(self.since))
        if self.until:
            query = query.where(Event.starts_at < as_moment(self.until) + timedelta(days=1))
        if self.category:
            query = query.where(Event.categories.contains([self.category]))
        return query


def read_event(component: icalendar.Event) -> dict:
    """Columns of one occurrence."""
    start = component.decoded("dtstart")
    end = component.decoded("dtend", None)
    if end is None:
        end = start + component.decoded("duration", timedelta(0) if isinstance(start, datetime) else timedelta(days=1))
    return {
        "uid": str(component["uid"]),
        "summary": str(component.get("summary", "")),
        "description": str(component.get("description", "")),
        "location": str(component.get("location", "")),
        "starts_at": as_moment(start),
        "ends_at": as_moment(end),
        "all_day": not isinstance(start, datetime),
        "categories": read_categories(component),
    }


def read_categories(component: icalendar.Event) -> list[str]:
    """A property of its own may stand several times, each with several values."""
    found = component.get("categories", [])
    properties = found if isinstance(found, list) else [found]
    return sorted({str(name) for entry in properties for name in entry.cats})


def write_event(event: Event) -> icalendar.Event:
    component = icalendar.Event()
    # Occurrences of one event share its uid; a reader needs one each.
    component.add("uid", f"{event.id}-{event.uid}")
    component.add("dtstamp", event.starts_at)
    component.add("dtstart", event.starts_at.date() if event.all_day else event.starts_at)
    component.add("dtend", event.ends_at.date() if event.all_day else event.ends_at)
    component.add("summary", event.summary)
    if event.description:
        component.add("description", event.description)
    if event.location:
        component.add("location", event.location)
    if event.categories:
        component.add("categories", event.categories)
    return component
