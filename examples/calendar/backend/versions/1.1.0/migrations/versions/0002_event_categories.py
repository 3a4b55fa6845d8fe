"""Categories of events.

Version 1.0.0 works with this schema too: the column has a default.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("events", sa.Column("categories", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.create_index("events_categories", "events", ["categories"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_index("events_categories", "events")
    op.drop_column("events", "categories")
