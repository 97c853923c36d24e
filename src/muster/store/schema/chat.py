"""Tables of the chat: who talks where, and what is counted of it."""

import sqlalchemy as sa

from muster.store.schema.base import Name, UtcTime, metadata

communities = sa.Table(
    "communities",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("platform", Name, nullable=False),
    sa.Column("key", Name, nullable=False, comment="the platform's id"),
    sa.Column("name", Name, nullable=False),
    sa.Column("heard_until", sa.BigInteger, nullable=False, comment="milliseconds; nothing before is missing anywhere"),
    sa.UniqueConstraint("platform", "key"),
)

channels = sa.Table(
    "channels",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("community_id", sa.Integer, nullable=False),
    sa.Column("key", Name, nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("parent", Name, comment="key of the channel a thread hangs on"),
    sa.Column("mark", sa.BigInteger, nullable=False, comment="every message up to this number is counted"),
    sa.UniqueConstraint("community_id", "key"),
)

recent_numbers = sa.Table(
    "recent_numbers",
    metadata,
    sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, primary_key=True, autoincrement=False, comment="the greatest of them"),
    sa.Column("numbers", sa.LargeBinary, nullable=False, comment="8 bytes each"),
    comment="of messages beyond the mark of their channel that are counted, as they came in together",
    sqlite_with_rowid=False,
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("platform", Name, nullable=False),
    sa.Column("key", Name, nullable=False),
    sa.Column("global_username", Name, nullable=False),
    sa.UniqueConstraint("platform", "key"),
)

message_counts = sa.Table(
    "message_counts",
    metadata,
    sa.Column("server_id", Name, primary_key=True),
    sa.Column("channel_id", Name, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("message_count", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    comment="a thread's messages stand under the thread",
    sqlite_with_rowid=False,
)

user_counts = sa.Table(
    "user_counts",
    metadata,
    sa.Column("server_id", Name, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("user_count", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False, comment="taken at the next start, not at the hour"),
    sqlite_with_rowid=False,
)

user_days = sa.Table(
    "user_days",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column(
        "day", sa.Integer, primary_key=True, autoincrement=False, comment="days since 1970, as the community cuts"
    ),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Index("user_days_channel", "channel_id", "day"),
    sqlite_with_rowid=False,
)

user_hours = sa.Table(
    "user_hours",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("community_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hour", sa.SmallInteger, primary_key=True, autoincrement=False, comment="of the week, Monday 0:00 is 0"),
    sa.Column("messages", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

user_totals = sa.Table(
    "user_totals",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("community_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Column("replies", sa.BigInteger, nullable=False),
    sa.Column("mentions", sa.BigInteger, nullable=False),
    sa.Column("attachments", sa.BigInteger, nullable=False),
    sa.Column("first_at", sa.BigInteger, nullable=False, comment="milliseconds since 1970"),
    sa.Column("last_at", sa.BigInteger, nullable=False),
    sa.Index("user_totals_community", "community_id", "messages"),
    sqlite_with_rowid=False,
)

chat_sessions = sa.Table(
    "chat_sessions",
    metadata,
    sa.Column("session_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("platform", Name, nullable=False),
    sa.Column("channel", Name, nullable=False, comment="its key"),
    sa.Column("channel_id", sa.Integer, nullable=False),
    sa.Column("user_id", sa.Integer, nullable=False),
    sa.Column("joined_at", UtcTime, nullable=False),
    sa.Column("left_at", UtcTime, nullable=False),
    sa.Column("session_duration_seconds", sa.Integer, nullable=False),
    sa.Column("message_count", sa.Integer, nullable=False),
    sa.Index("chat_sessions_place", "user_id", "channel_id", "joined_at"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", Name, nullable=False),
    sa.Column("reason", Name, nullable=False),
    sa.Column("row", sa.LargeBinary, nullable=False, comment="JSON"),
    sa.Column("at", UtcTime, nullable=False),
)
