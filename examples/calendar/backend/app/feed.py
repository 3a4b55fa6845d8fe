"""Reads a feed into events and writes events as a feed."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import icalendar
import recurring_ical_events

from .event import Event, read_event, write_event

#: Recurring events are laid out from so long ago to so far ahead; single ones are all taken.
PAST = timedelta(days=365)
FUTURE = timedelta(days=2 * 365)
MOST_EVENTS = 20_000


class FeedError(ValueError):
    """The feed cannot be used; the message says why, for its owner."""


def read_feed(content: bytes, now: datetime | None = None) -> list[dict]:
    """Columns of each event, sorted by start."""
    try:
        calendar = icalendar.Calendar.from_ical(content)
        components = [*single_events(calendar), *recurring_events(calendar, now or datetime.now(UTC))]
        rows = {(row["uid"], row["starts_at"]): row for row in map(read_event, components)}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FeedError(f"this is not an iCalendar feed ({error})") from error
    if len(rows) > MOST_EVENTS:
        raise FeedError(f"the feed has {len(rows)} events; at most {MOST_EVENTS} are taken")
    return sorted(rows.values(), key=lambda row: (row["starts_at"], row["uid"]))


def write_feed(events: Iterable[Event], name: str) -> bytes:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Slipway//calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for event in events:
        calendar.add_component(write_event(event))
    return calendar.to_ical()


def single_events(calendar: icalendar.Calendar) -> list[icalendar.Event]:
    recurring = recurring_uids(calendar)
    return [event for event in calendar.walk("VEVENT") if event.get("uid") not in recurring]


def recurring_events(calendar: icalendar.Calendar, now: datetime) -> list[icalendar.Event]:
    recurring = recurring_uids(calendar)
    if not recurring:
        return []
    occurrences = recurring_ical_events.of(calendar).between(now - PAST, now + FUTURE)
    return [event for event in occurrences if event.get("uid") in recurring]


def recurring_uids(calendar: icalendar.Calendar) -> set[str]:
    return {
        event.get("uid")
        for event in calendar.walk("VEVENT")
        if any(name in event for name in ("rrule", "rdate", "recurrence-id"))
    }
