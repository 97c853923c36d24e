"""What all tables share."""

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

metadata = sa.MetaData()


class UtcTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC, aware. `timestamptz` on PostgreSQL, seconds since 1970 on SQLite, never text."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """The column type of a database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """What is sent to the driver."""
        if value is None or dialect.name == "postgresql":
            return value
        return int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """What came from the driver, as an aware datetime in UTC."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromtimestamp(value, UTC)


Name: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that is compared byte by byte on every database."""


def plain_id() -> sa.Column[int]:
    """A primary key whose values the program gives out."""
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
