"""Who does not want to be counted, and what people asked to be done with what is stored of them."""

import sqlalchemy as sa

from muster.store.schema.base import Name, UtcTime, metadata, plain_id

hidden_people = sa.Table(
    "hidden_people",
    metadata,
    sa.Column("person", Name, primary_key=True, comment="keyed hash of platform and id"),
    sa.Column("until", sa.BigInteger, nullable=False, comment="milliseconds; what he wrote up to then is nobody's"),
)

privacy_requests = sa.Table(
    "privacy_requests",
    metadata,
    plain_id(),
    sa.Column("person", Name, nullable=False, comment="keyed hash of platform and id"),
    sa.Column("action", Name, nullable=False),
    sa.Column("asked_by", Name, nullable=False, comment="himself or operator"),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("privacy_requests_person", "person"),
)
