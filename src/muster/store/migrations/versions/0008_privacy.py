"""Who does not want to be counted, and what people asked to be done with what is stored of them."""

import sqlalchemy as sa
from alembic import op

from muster.store.schema import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "hidden_people",
        sa.Column("person", _TEXT, nullable=False, comment="keyed hash of platform and id"),
        sa.Column(
            "until", sa.BigInteger(), nullable=False, comment="milliseconds; what he wrote up to then is nobody's"
        ),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "privacy_requests",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", _TEXT, nullable=False, comment="keyed hash of platform and id"),
        sa.Column("action", _TEXT, nullable=False),
        sa.Column("asked_by", _TEXT, nullable=False, comment="himself or operator"),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("privacy_requests_person", "privacy_requests", ["person"])
