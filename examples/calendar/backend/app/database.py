from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy import DateTime, create_engine
from sqlalchemy.orm import DeclarativeBase, Session

from .settings import database_url

# Connections that died with the server are noticed before they are used, and a server that is gone within seconds.
engine = create_engine(database_url(), pool_pre_ping=True, connect_args={"connect_timeout": 3})


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}


def session() -> Iterator[Session]:
    """One transaction a request."""
    with Session(engine) as opened, opened.begin():
        yield opened


Database = Annotated[Session, Depends(session)]
