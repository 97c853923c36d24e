"""What the program keeps about itself: settings made at run time, posts, evenings, how collectors are."""

import sqlalchemy as sa

from muster.store.schema.base import Name, UtcTime, metadata, plain_id

data_version = sa.Table(
    "data_version",
    metadata,
    plain_id(),
    sa.Column("version", sa.BigInteger, nullable=False, comment="grows with every transaction that changes answers"),
)

bot_config = sa.Table(
    "bot_config",
    metadata,
    sa.Column("key", Name, primary_key=True),
    sa.Column("value", Name, nullable=False, comment="JSON"),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False, comment="Discord user"),
    sa.Column("player_key", Name, nullable=False, unique=True),
    sa.Column("linked_by", sa.BigInteger, nullable=False, comment="who confirmed it"),
    sa.Column("linked_at", UtcTime, nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    plain_id(),
    sa.Column("key", Name, nullable=False, unique=True, comment="what is posted where: once, ever"),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("kind", Name, nullable=False),
    sa.Column("subject", Name, nullable=False, comment="JSON: what the post is about"),
    sa.Column("status", Name, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("error", Name),
    sa.Column("edit_due", UtcTime, comment="when the message is to be edited"),
    sa.Column("edited_at", UtcTime, comment="when it was edited last"),
    sa.Index("outbox_status", "status", "channel_id", "id"),
    sa.Index("outbox_edit_due", "edit_due"),
)

evenings = sa.Table(
    "evenings",
    metadata,
    plain_id(),
    sa.Column("name", Name, nullable=False, unique=True, comment="what its posts are known by"),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("until", UtcTime, comment="NULL while it goes on"),
    sa.Column("source", Name, nullable=False, comment="what began it: voice, schedule, command or rounds"),
    sa.Column("reason", Name, comment="what ended it: voice, silence, command or length"),
    sa.Column("last_round", UtcTime, comment="when its newest round ended"),
    sa.Column("last_file", UtcTime, comment="when a round of it was last stored"),
    sa.Column("held", sa.Boolean, nullable=False, comment="enough people were in voice to end it by their leaving"),
    sa.Index("evenings_since", "since"),
)

collector_states = sa.Table(
    "collector_states",
    metadata,
    sa.Column("server", Name, primary_key=True),
    sa.Column("kind", Name, primary_key=True, comment="folder, sftp or push"),
    sa.Column("place", Name, nullable=False),
    sa.Column("state", Name, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("detail", Name, nullable=False, comment="what is wrong"),
    sa.Column("cure", Name, nullable=False),
    sa.Column("looked", UtcTime, comment="when it was last sound"),
    sa.Column("came", UtcTime, comment="when rounds were last stored"),
    sa.Column("newest", Name, comment="the newest file of those"),
    sa.Column("noted", UtcTime, nullable=False, comment="when this was written: old where nothing runs"),
)

job_runs = sa.Table(
    "job_runs",
    metadata,
    sa.Column("job", Name, primary_key=True),
    sa.Column("due", UtcTime, nullable=False, comment="the night it was taken for"),
    sa.Column("began", UtcTime, comment="null: it was not begun yet, since this database is there"),
    sa.Column("ended", UtcTime, comment="null: it goes on, or its process died"),
    sa.Column("succeeded", UtcTime, comment="when it last ended well"),
    sa.Column("said", Name, nullable=False, comment="what came of it"),
)

health_states = sa.Table(
    "health_states",
    metadata,
    sa.Column("process", Name, primary_key=True),
    sa.Column("noted", UtcTime, nullable=False, comment="when this was written: old where nothing runs"),
    sa.Column("state", Name, nullable=False, comment="JSON: how every part is"),
)

incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("id", Name, primary_key=True, comment="what is wrong, and since when"),
    sa.Column("key", Name, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("title", Name, nullable=False),
    sa.Column("detail", Name, nullable=False),
    sa.Column("cure", Name, nullable=False),
    sa.Column("opened", UtcTime, nullable=False),
    sa.Column("closed", UtcTime),
    sa.Column("tried", sa.Boolean, nullable=False, comment="it may have been posted"),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("shown", Name, nullable=False, comment="what the message says; empty before it is posted"),
    sa.Index("incidents_key", "key"),
)
