"""Evenings as they are lived, and posts that are brought up to date."""

import sqlalchemy as sa
from alembic import op

from muster.store.schema.base import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table and the columns."""
    op.create_table(
        "evenings",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", _TEXT, nullable=False, unique=True, comment="what its posts are known by"),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), comment="NULL while it goes on"),
        sa.Column("source", _TEXT, nullable=False, comment="what began it: voice, schedule, command or rounds"),
        sa.Column("reason", _TEXT, comment="what ended it: voice, silence, command or length"),
        sa.Column("last_round", UtcTime(), comment="when its newest round ended"),
        sa.Column("last_file", UtcTime(), comment="when a round of it was last stored"),
        sa.Column("held", sa.Boolean, nullable=False, comment="enough people were in voice to end it by their leaving"),
    )
    op.create_index("evenings_since", "evenings", ["since"])
    op.add_column("outbox", sa.Column("edit_due", UtcTime(), comment="when the message is to be edited"))
    op.add_column("outbox", sa.Column("edited_at", UtcTime(), comment="when it was edited last"))
    op.create_index("outbox_edit_due", "outbox", ["edit_due"])
