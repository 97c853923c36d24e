"""How each collector is, told by the program that runs."""

import sqlalchemy as sa
from alembic import op

from muster.store.schema.base import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "collector_states",
        sa.Column("server", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False, comment="folder, sftp or push"),
        sa.Column("place", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("detail", _TEXT, nullable=False, comment="what is wrong"),
        sa.Column("cure", _TEXT, nullable=False),
        sa.Column("looked", UtcTime(), comment="when it was last sound"),
        sa.Column("came", UtcTime(), comment="when rounds were last stored"),
        sa.Column("newest", _TEXT, comment="the newest file of those"),
        sa.Column("noted", UtcTime(), nullable=False, comment="when this was written: old where nothing runs"),
        sa.PrimaryKeyConstraint("server", "kind"),
    )
