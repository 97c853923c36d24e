"""Event pipelines, what they summed up, and who read the chat log."""

import sqlalchemy as sa

from muster.store.schema.base import Name, UtcTime, metadata, plain_id

event_pipelines = sa.Table(
    "event_pipelines",
    metadata,
    sa.Column("name", Name, primary_key=True),
    sa.Column("priority", sa.Integer, nullable=False, comment="low first"),
    sa.Column("enabled", sa.Boolean, nullable=False, comment="asked about messages as they come"),
    sa.Column("stop_on_match", sa.Boolean, nullable=False),
    sa.Column("stop_on_error", sa.Boolean, nullable=False),
    sa.Column("filters", Name, nullable=False, comment="JSON"),
    sa.Column("actions", Name, nullable=False, comment="JSON"),
)


def _of_month() -> list[sa.Column[object]]:
    """What sums are kept for."""
    columns: list[sa.Column[object]] = [
        sa.Column("pipeline", Name, primary_key=True),
        sa.Column("stage", Name, primary_key=True, comment="live, or drop: before deletion"),
        sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("month", sa.Integer, primary_key=True, autoincrement=False, comment="YYYYMM, in UTC"),
    ]
    return columns


chat_summary_users = sa.Table(
    "chat_summary_users",
    metadata,
    *_of_month(),
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Column("characters", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

chat_summary_hours = sa.Table(
    "chat_summary_hours",
    metadata,
    *_of_month(),
    sa.Column("hour", sa.SmallInteger, primary_key=True, autoincrement=False, comment="of the day, in UTC"),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

chat_log_access = sa.Table(
    "chat_log_access",
    metadata,
    plain_id(),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("who", Name, nullable=False, comment="platform and key of a user"),
    sa.Column("action", Name, nullable=False),
    sa.Column("about", Name, nullable=False),
)
