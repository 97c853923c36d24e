"""The chat log: what was written, where the policy of a channel wants it kept."""

import sqlalchemy as sa

from muster.store.schema.base import Name, metadata

chat_logging_config = sa.Table(
    "chat_logging_config",
    metadata,
    sa.Column("config_id", Name, nullable=True, comment="only for those who name a policy by it"),
    sa.Column("platform", Name, primary_key=True),
    sa.Column("channel", Name, primary_key=True, comment="the channel's key, or a name"),
    sa.Column("channel_key", Name, comment="the channel a name is bound to"),
    sa.Column("is_enabled", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("retention_days", sa.Integer, nullable=False, server_default="30"),
    sa.Column("sampling_rate", sa.Double, nullable=False, server_default="1"),
    sa.Column("pre_drop_pipeline_id", Name, comment="steps before anything is deleted"),
    sa.CheckConstraint("retention_days >= 0", name="chat_logging_config_retention_days"),
    sa.CheckConstraint("sampling_rate >= 0 AND sampling_rate <= 1", name="chat_logging_config_sampling_rate"),
)

chat_log = sa.Table(
    "chat_log",
    metadata,
    sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("user_id", sa.Integer, nullable=False),
    sa.Column("message_text", sa.Text, nullable=False),
    sa.Column("rate", sa.REAL, comment="the sampling rate it was kept at; NULL for 1"),
    sa.Column("metadata", sa.Text, comment="JSON; NULL where there is nothing to say"),
    sa.Index("chat_log_user", "user_id"),
    # On PostgreSQL by months (store/migrations); to say so here would load its dialect into every program.
    comment="one row a kept message; the view chat_messages has the names of other systems",
    sqlite_with_rowid=False,
)
