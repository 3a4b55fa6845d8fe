"""What the environment says; a missing variable stops the program at its start, by name."""

import os

from sqlalchemy.engine import URL, make_url


def database_url() -> URL:
    """DATABASE_URL in the form `postgresql://user:password@host:port/database`."""
    return make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")


def secret_key() -> str:
    """Signs the addresses of feeds: with another key, addresses given out before stop working."""
    return os.environ["SECRET_KEY"]


def version() -> str:
    return os.environ.get("APP_VERSION", "development")
