"""Event pipelines, sums of what they meant, and who read the chat log."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_UTC = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "event_pipelines",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False, comment="low first"),
        sa.Column("enabled", sa.Boolean(), nullable=False, comment="asked about messages as they come"),
        sa.Column("stop_on_match", sa.Boolean(), nullable=False),
        sa.Column("stop_on_error", sa.Boolean(), nullable=False),
        sa.Column("filters", _TEXT, nullable=False, comment="JSON"),
        sa.Column("actions", _TEXT, nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "chat_summary_users",
        *_of_month(),
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("characters", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pipeline", "stage", "channel_id", "month", "user_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat_summary_hours",
        *_of_month(),
        sa.Column("hour", sa.SmallInteger(), autoincrement=False, nullable=False, comment="of the day, in UTC"),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pipeline", "stage", "channel_id", "month", "hour"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat_log_access",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _UTC, nullable=False),
        sa.Column("who", _TEXT, nullable=False, comment="platform and key of a user"),
        sa.Column("action", _TEXT, nullable=False),
        sa.Column("about", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _of_month() -> list["sa.Column[object]"]:
    return [
        sa.Column("pipeline", _TEXT, nullable=False),
        sa.Column("stage", _TEXT, nullable=False, comment="live, or drop: before deletion"),
        sa.Column("channel_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False, comment="YYYYMM, in UTC"),
    ]
