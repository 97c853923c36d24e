"""What runs at night, how every part is, and what admins were told of."""

import sqlalchemy as sa
from alembic import op

from muster.store.schema.base import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "job_runs",
        sa.Column("job", _TEXT, nullable=False),
        sa.Column("due", UtcTime(), nullable=False, comment="the night it was taken for"),
        sa.Column("began", UtcTime(), comment="null: it was not begun yet, since this database is there"),
        sa.Column("ended", UtcTime(), comment="null: it goes on, or its process died"),
        sa.Column("succeeded", UtcTime(), comment="when it last ended well"),
        sa.Column("said", _TEXT, nullable=False, comment="what came of it"),
        sa.PrimaryKeyConstraint("job"),
    )
    op.create_table(
        "health_states",
        sa.Column("process", _TEXT, nullable=False),
        sa.Column("noted", UtcTime(), nullable=False, comment="when this was written: old where nothing runs"),
        sa.Column("state", _TEXT, nullable=False, comment="JSON: how every part is"),
        sa.PrimaryKeyConstraint("process"),
    )
    op.create_table(
        "incidents",
        sa.Column("id", _TEXT, nullable=False, comment="what is wrong, and since when"),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("detail", _TEXT, nullable=False),
        sa.Column("cure", _TEXT, nullable=False),
        sa.Column("opened", UtcTime(), nullable=False),
        sa.Column("closed", UtcTime()),
        sa.Column("tried", sa.Boolean(), nullable=False, comment="it may have been posted"),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("shown", _TEXT, nullable=False, comment="what the message says; empty before it is posted"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("incidents_key", "incidents", ["key"])
