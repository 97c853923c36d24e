"""The chat: communities, channels with their marks, users, and what is counted of messages and members."""

import sqlalchemy as sa
from alembic import op

from muster.store.schema import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables; the count of batches begins at 0."""
    op.create_table(
        "channels",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("parent", _TEXT, nullable=True, comment="key of the channel a thread hangs on"),
        sa.Column("mark", sa.BigInteger(), nullable=False, comment="every message up to this number is counted"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("community_id", "key"),
    )
    op.create_table(
        "chat_sessions",
        sa.Column("session_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("platform", _TEXT, nullable=False),
        sa.Column("channel", _TEXT, nullable=False, comment="its key"),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", UtcTime(), nullable=False),
        sa.Column("left_at", UtcTime(), nullable=False),
        sa.Column("session_duration_seconds", sa.Integer(), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("session_id"),
    )
    op.create_index("chat_sessions_user", "chat_sessions", ["user_id", "left_at"])
    op.create_table(
        "communities",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("platform", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False, comment="the platform's id"),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column(
            "heard_until",
            sa.BigInteger(),
            nullable=False,
            comment="milliseconds; nothing before is missing anywhere",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("platform", "key"),
    )
    op.create_table(
        "message_counts",
        sa.Column("server_id", _TEXT, nullable=False),
        sa.Column("channel_id", _TEXT, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("message_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("server_id", "channel_id", "date"),
        comment="a thread's messages stand under the thread",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=False, comment="JSON"),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "recent_messages",
        sa.Column("channel_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "number"),
        comment="beyond the mark of their channel and counted",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "user_counts",
        sa.Column("server_id", _TEXT, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("user_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False, comment="taken at the next start, not at the hour"),
        sa.PrimaryKeyConstraint("server_id", "date"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "user_days",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "day", sa.Integer(), autoincrement=False, nullable=False, comment="days since 1970, as the community cuts"
        ),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "channel_id", "day"),
        sqlite_with_rowid=False,
    )
    op.create_index("user_days_channel", "user_days", ["channel_id", "day"])
    op.create_table(
        "user_hours",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "hour", sa.SmallInteger(), autoincrement=False, nullable=False, comment="of the week, Monday 0:00 is 0"
        ),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "community_id", "hour"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "user_totals",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("replies", sa.BigInteger(), nullable=False),
        sa.Column("mentions", sa.BigInteger(), nullable=False),
        sa.Column("attachments", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False, comment="milliseconds since 1970"),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "community_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("user_totals_community", "user_totals", ["community_id", "messages"])
    op.create_table(
        "users",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("platform", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("global_username", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("platform", "key"),
    )
    version = sa.table("data_version", sa.column("id", sa.Integer()), sa.column("version", sa.BigInteger()))
    op.bulk_insert(version, [{"id": 2, "version": 0}])
