"""The chat log: policies, what was written, and the view with other systems' names."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_EPOCH = 1_420_070_400_000
_TIME = f"to_timestamp(((number >> 22) + {_EPOCH}) / 1000.0)"
_LITE_TIME = f"strftime('%Y-%m-%dT%H:%M:%fZ', ((number >> 22) + {_EPOCH}) / 1000.0, 'unixepoch')"


def upgrade() -> None:
    """Makes tables and view; on PostgreSQL the log is parted by month, and a default part takes all else."""
    op.create_table(
        "chat_logging_config",
        sa.Column("config_id", _TEXT, comment="only for those who name a policy by it"),
        sa.Column("platform", _TEXT, nullable=False),
        sa.Column("channel", _TEXT, nullable=False, comment="the channel's key, or a name"),
        sa.Column("channel_key", _TEXT, comment="the channel a name is bound to"),
        sa.Column("is_enabled", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("retention_days", sa.Integer(), nullable=False, server_default="30"),
        sa.Column("sampling_rate", sa.Double(), nullable=False, server_default="1"),
        sa.Column("pre_drop_pipeline_id", _TEXT, comment="steps before anything is deleted"),
        sa.CheckConstraint("retention_days >= 0", name="chat_logging_config_retention_days"),
        sa.CheckConstraint("sampling_rate >= 0 AND sampling_rate <= 1", name="chat_logging_config_sampling_rate"),
        sa.PrimaryKeyConstraint("platform", "channel"),
    )
    op.create_table(
        "chat_log",
        # Two numbers of 4 bytes side by side, so that PostgreSQL has nothing to fill up before the one of 8.
        sa.Column("channel_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_text", sa.Text(), nullable=False),
        sa.Column("rate", sa.REAL(), comment="the sampling rate it was kept at; NULL for 1"),
        sa.Column("metadata", sa.Text(), comment="JSON; NULL where there is nothing to say"),
        sa.PrimaryKeyConstraint("channel_id", "number"),
        comment="one row a kept message; the view chat_messages has the names of other systems",
        postgresql_partition_by="RANGE (number)",
        sqlite_with_rowid=False,
    )
    op.create_index("chat_log_user", "chat_log", ["user_id"])
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("CREATE TABLE chat_log_default PARTITION OF chat_log DEFAULT")
        # The time of a row is in its number; this index serves conditions on the view's timestamp.
        op.execute(f"CREATE INDEX chat_log_time ON chat_log USING brin (({_TIME}))")
    op.execute(
        f"""CREATE VIEW chat_messages AS
        SELECT l.number AS message_id, c.platform, h.name AS channel, l.user_id, l.message_text,
               {_TIME if postgresql else _LITE_TIME} AS timestamp, {"l.metadata::jsonb" if postgresql else "l.metadata"}
               AS metadata, l.rate AS sampling_rate, h.key AS channel_key
        FROM chat_log l JOIN channels h ON h.id = l.channel_id JOIN communities c ON c.id = h.community_id"""
    )
