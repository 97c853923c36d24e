"""Import of other programs' logs: moments of messages, how far each day has come, lines that can't be read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables, and the view that answers how far a server's import has come."""
    op.create_table(
        "message_moments",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False, comment="days since 1970, in UTC"),
        sa.Column(
            "exact", sa.LargeBinary(), nullable=False, comment="milliseconds of the day, 4 bytes each, by the platform"
        ),
        sa.Column("logged", sa.LargeBinary(), nullable=False, comment="the same, by the clock of whoever logged it"),
        sa.PrimaryKeyConstraint("user_id", "channel_id", "day"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history_channels",
        sa.Column("channel_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="milliseconds; nothing later was imported"),
        sa.Column(
            "exact_until", sa.BigInteger(), nullable=False, comment="the same, of messages with the platform's time"
        ),
        sa.PrimaryKeyConstraint("channel_id"),
    )
    op.create_table(
        "log_migration_state",
        sa.Column("guild_id", _TEXT, nullable=False),
        sa.Column("day", _TEXT, nullable=False, comment="YYYYMMDD, the folder"),
        sa.Column("byte_offset", sa.BigInteger(), nullable=False, comment="everything before is counted"),
        sa.Column("status", _TEXT, nullable=False, comment="pending, partial or done"),
        sa.Column("reason", _TEXT, comment="why it is pending"),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("lines", "messages")),
        sa.Column("known", sa.BigInteger(), nullable=False, comment="of the messages: counted already"),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("edits", "bad")),
        sa.PrimaryKeyConstraint("guild_id", "day"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_bad_lines",
        sa.Column("guild_id", _TEXT, nullable=False),
        sa.Column("day", _TEXT, nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False, comment="from 1"),
        sa.Column("reason", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "day", "line"),
        comment="the first of each day; what stands there is not kept",
        sqlite_with_rowid=False,
    )
    op.execute(
        """CREATE VIEW log_migration_dates AS
        SELECT guild_id, max(day) AS last_date FROM log_migration_state WHERE status = 'done' GROUP BY guild_id"""
    )
