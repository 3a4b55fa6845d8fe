from datetime import UTC, date, datetime, time


def as_moment(value: date | datetime) -> datetime:
    """In UTC. A day is its midnight; a time without a zone is taken for UTC."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
