"""Who is there: voice, joins and leaves; what people write with: emoji, words; and the log under other names."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_EPOCH = 1_420_070_400_000


def upgrade() -> None:
    """Makes the tables, and the view `user_stats`."""
    op.create_table(
        "voice_sessions",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in ("user_id", "channel_id")),
        sa.Column("joined_at", sa.BigInteger(), autoincrement=False, nullable=False, comment="milliseconds since 1970"),
        sa.Column("left_at", sa.BigInteger(), nullable=False, comment="of an open one: when it was last seen"),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "channel_id", "joined_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("voice_sessions_channel", "voice_sessions", ["channel_id", "joined_at"])
    op.create_table(
        "voice_days",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in ("user_id", "channel_id")),
        _day(),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "channel_id", "day"),
        sqlite_with_rowid=False,
    )
    op.create_index("voice_days_channel", "voice_days", ["channel_id", "day"])
    op.create_table(
        "member_events",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in ("community_id", "user_id")),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False, comment="milliseconds since 1970"),
        sa.Column("joined", sa.Boolean(), nullable=False, comment="false: left"),
        _day(),
        sa.PrimaryKeyConstraint("community_id", "user_id", "at", "joined"),
        sqlite_with_rowid=False,
    )
    op.create_index("member_events_day", "member_events", ["community_id", "day"])
    _awareness()
    _user_stats(op.get_bind().dialect.name == "postgresql")


def _day() -> "sa.Column[int]":
    comment = "days since 1970, as the community cuts"
    return sa.Column("day", sa.Integer(), autoincrement=False, nullable=False, comment=comment)


def _awareness() -> None:
    op.create_table(
        "user_emoji",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in ("user_id", "community_id")),
        sa.Column("emoji", _TEXT, nullable=False, comment="a grapheme cluster, or the id of a custom one"),
        sa.Column("name", _TEXT, nullable=False, comment="of a custom one: the first by alphabet it went by"),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "community_id", "emoji"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "user_words",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in ("user_id", "community_id")),
        sa.Column("words", sa.BigInteger(), nullable=False, comment="how many were written"),
        sa.Column(
            "sample", sa.LargeBinary(), nullable=False, comment="some of them, each with the number that chose it"
        ),
        sa.PrimaryKeyConstraint("user_id", "community_id"),
        sqlite_with_rowid=False,
    )


def _user_stats(postgresql: bool) -> None:
    """The log with the five columns that another bot's table of this name has."""
    milliseconds = f"((l.number >> 22) + {_EPOCH}) / 1000.0"
    time = (
        f"""to_char(to_timestamp({milliseconds}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
        if postgresql
        else f"strftime('%Y-%m-%dT%H:%M:%fZ', {milliseconds}, 'unixepoch')"
    )
    op.execute(
        f"""CREATE VIEW user_stats AS
        SELECT u.key AS user_id, c.key AS guild_id, h.name AS channel_name, l.message_text AS message_content,
               {time} AS timestamp
        FROM chat_log l JOIN channels h ON h.id = l.channel_id JOIN communities c ON c.id = h.community_id
             JOIN users u ON u.user_id = l.user_id"""
    )
