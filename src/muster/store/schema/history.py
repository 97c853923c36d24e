"""What was said when, so that nothing counts twice, and how far the import of other programs' logs has come."""

import sqlalchemy as sa

from muster.store.schema.base import Name, metadata

message_moments = sa.Table(
    "message_moments",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False, comment="days since 1970, in UTC"),
    sa.Column(
        "exact", sa.LargeBinary, nullable=False, comment="milliseconds of the day, 4 bytes each, by the platform"
    ),
    sa.Column("logged", sa.LargeBinary, nullable=False, comment="the same, by the clock of whoever logged it"),
    sqlite_with_rowid=False,
)

history_channels = sa.Table(
    "history_channels",
    metadata,
    sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("until", sa.BigInteger, nullable=False, comment="milliseconds; nothing later was imported"),
    sa.Column("exact_until", sa.BigInteger, nullable=False, comment="the same, of messages with the platform's time"),
)

log_migration_state = sa.Table(
    "log_migration_state",
    metadata,
    sa.Column("guild_id", Name, primary_key=True),
    sa.Column("day", Name, primary_key=True, comment="YYYYMMDD, the folder"),
    sa.Column("byte_offset", sa.BigInteger, nullable=False, comment="everything before is counted"),
    sa.Column("status", Name, nullable=False, comment="pending, partial or done"),
    sa.Column("reason", Name, comment="why it is pending"),
    sa.Column("lines", sa.BigInteger, nullable=False),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Column("known", sa.BigInteger, nullable=False, comment="of the messages: counted already"),
    sa.Column("edits", sa.BigInteger, nullable=False),
    sa.Column("bad", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

log_bad_lines = sa.Table(
    "log_bad_lines",
    metadata,
    sa.Column("guild_id", Name, primary_key=True),
    sa.Column("day", Name, primary_key=True),
    sa.Column("line", sa.BigInteger, primary_key=True, autoincrement=False, comment="from 1"),
    sa.Column("reason", Name, nullable=False),
    comment="the first of each day; what stands there is not kept",
    sqlite_with_rowid=False,
)
