from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from .database import Base


class Calendar(Base):
    """One imported feed."""

    __tablename__ = "calendars"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    #: Where it was fetched from; none when it was uploaded.
    url: Mapped[str | None]
    imported_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CalendarAnswer(BaseModel):
    id: int
    name: str
    url: str | None
    imported_at: datetime
    #: How many events it has.
    events: int


def calendar_key() -> Mapped[int]:
    """Column of a row that goes with its calendar."""
    return mapped_column(ForeignKey("calendars.id", ondelete="CASCADE"))
