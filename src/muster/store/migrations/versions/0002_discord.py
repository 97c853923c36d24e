"""What the Discord bot keeps: links, settings changed at run time, posts to be sent, the version of the data."""

import sqlalchemy as sa
from alembic import op

from muster.store.schema import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables; the version of the data begins at 1."""
    version = op.create_table(
        "data_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "version", sa.BigInteger(), nullable=False, comment="grows with every transaction that changes answers"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(version, [{"id": 1, "version": 1}])
    op.create_table(
        "bot_config",
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "links",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Discord user"),
        sa.Column("player_key", _TEXT, nullable=False),
        sa.Column("linked_by", sa.BigInteger(), nullable=False, comment="who confirmed it"),
        sa.Column("linked_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("player_key"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", _TEXT, nullable=False, comment="what is posted where: once, ever"),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False, comment="JSON: what the post is about"),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("error", _TEXT),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("outbox_status", "outbox", ["status", "channel_id", "id"])
