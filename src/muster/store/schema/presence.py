"""Tables of who is there: voice, joins and leaves; and what people write with: emoji, words."""

import sqlalchemy as sa

from muster.store.schema.base import Name, metadata

voice_sessions = sa.Table(
    "voice_sessions",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("joined_at", sa.BigInteger, primary_key=True, autoincrement=False, comment="milliseconds since 1970"),
    sa.Column("left_at", sa.BigInteger, nullable=False, comment="of an open one: when it was last seen"),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Index("voice_sessions_channel", "channel_id", "joined_at"),
    sqlite_with_rowid=False,
)

voice_days = sa.Table(
    "voice_days",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column(
        "day", sa.Integer, primary_key=True, autoincrement=False, comment="days since 1970, as the community cuts"
    ),
    sa.Column("milliseconds", sa.BigInteger, nullable=False),
    sa.Index("voice_days_channel", "channel_id", "day"),
    sqlite_with_rowid=False,
)

member_events = sa.Table(
    "member_events",
    metadata,
    sa.Column("community_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False, comment="milliseconds since 1970"),
    sa.Column("joined", sa.Boolean, primary_key=True, comment="false: left"),
    sa.Column("day", sa.Integer, nullable=False, comment="days since 1970, as the community cuts"),
    sa.Index("member_events_day", "community_id", "day"),
    sqlite_with_rowid=False,
)

user_emoji = sa.Table(
    "user_emoji",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("community_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("emoji", Name, primary_key=True, comment="a grapheme cluster, or the id of a custom one"),
    sa.Column("name", Name, nullable=False, comment="of a custom one: the first by alphabet it went by"),
    sa.Column("uses", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

user_words = sa.Table(
    "user_words",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("community_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("words", sa.BigInteger, nullable=False, comment="how many were written"),
    sa.Column("sample", sa.LargeBinary, nullable=False, comment="some of them, each with the number that chose it"),
    sqlite_with_rowid=False,
)
