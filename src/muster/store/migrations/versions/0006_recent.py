"""Less is written for a message: numbers beyond the mark are packed, and sessions are found by their beginning."""

from array import array
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table and packs what is there."""
    numbers = op.create_table(
        "recent_numbers",
        sa.Column("channel_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), autoincrement=False, nullable=False, comment="the greatest of them"),
        sa.Column("numbers", sa.LargeBinary(), nullable=False, comment="8 bytes each"),
        sa.PrimaryKeyConstraint("channel_id", "last"),
        comment="of messages beyond the mark of their channel that are counted, as they came in together",
        sqlite_with_rowid=False,
    )
    found = op.get_bind().execute(sa.text("SELECT channel_id, number FROM recent_messages ORDER BY 1, 2")).all()
    for channel, rows in groupby(found, key=lambda row: row.channel_id):
        packed = array("q", [row.number for row in rows])
        last = packed[-1]
        op.execute(sa.insert(numbers).values(channel_id=channel, last=last, numbers=_little(packed).tobytes()))
    op.drop_table("recent_messages")
    # A session grows with every message: an index that holds its end would be written anew each time.
    op.drop_index("chat_sessions_user", "chat_sessions")
    op.create_index("chat_sessions_place", "chat_sessions", ["user_id", "channel_id", "joined_at"])


def _little(values: "array[int]") -> "array[int]":
    import sys

    if sys.byteorder == "big":
        values.byteswap()
    return values
