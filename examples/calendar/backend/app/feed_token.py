"""A filtered feed is its filter, signed: its address works for anybody who has it and cannot be made up."""

from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import ValidationError

from .event import EventFilter
from .settings import secret_key

serializer = URLSafeSerializer(secret_key(), salt="feed")


def make_token(wanted: EventFilter) -> str:
    return serializer.dumps(wanted.model_dump(mode="json", exclude_none=True))


def read_token(token: str) -> EventFilter | None:
    """None when it is not one of ours, or of a version with other filters."""
    try:
        return EventFilter.model_validate(serializer.loads(token))
    except (BadSignature, ValidationError):
        return None
