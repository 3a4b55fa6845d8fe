"""Prints the migrations that the database does not have yet, one a line, oldest first: python3 -m app.pending"""

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from .database import engine


def pending() -> list[str]:
    scripts = ScriptDirectory.from_config(Config("alembic.ini"))
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    found = [*scripts.iterate_revisions("head", current or "base")]
    return [f"{script.revision} {script.doc.splitlines()[0]}" for script in reversed(found)]


if __name__ == "__main__":
    for line in pending():
        print(line)
