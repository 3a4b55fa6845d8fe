"""Runs migrations against DATABASE_URL, each upgrade in one transaction."""

from logging.config import fileConfig

from alembic import context

from app.database import engine

fileConfig(context.config.config_file_name)

with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
