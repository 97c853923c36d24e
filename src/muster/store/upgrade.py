"""Bringing a database to the schema of this program, and refusing one that is ahead of it."""

import re
from pathlib import Path

import sqlalchemy as sa

from muster.store.engine import Reader, Store, StoreError

_PART = re.compile(r"chat_log_(default|time|\d{4}_\d{2})")
_MIGRATIONS = Path(__file__).parent / "migrations"


class WrongSchema(StoreError):
    """The database is there, and its tables are not those this program can work with."""


def revisions() -> list[str]:
    """Revisions this program knows, oldest first. A revision is the number its file begins with."""
    return sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def head() -> str:
    """The revision this program works with."""
    return revisions()[-1]


async def revision(reader: Reader) -> str | None:
    """The revision a database is at; None for an empty one."""
    if not await _has_table(reader, "alembic_version"):
        return None
    return await reader.scalar(sa.text("SELECT version_num FROM alembic_version"))  # type: ignore[no-any-return]


async def upgrade(store: Store) -> tuple[str | None, str]:
    """Migrates a database; returns the revisions before and after.

    Raises StoreError where the database was made by a newer program, holds somebody else's tables, or can't
    be reached.
    """
    _make_folder(store)
    async with store.read() as reader:
        before = await revision(reader)
    if before == head():
        return before, before
    async with store.write() as writer:
        before = await revision(writer)
        if before is None and await _has_table(writer, "rounds"):
            raise WrongSchema(
                "the database has a table `rounds` that is not Muster's; choose another database with --db"
            )
        if before is not None and before not in revisions():
            raise WrongSchema(
                f"the database is at revision {before}, newer than this program's {head()}: update Muster"
            )
        if before != head():
            await writer.run_sync(_migrate)
    return before, head()


async def behind(store: Store) -> bool:
    """Whether a database has an older schema of this program: what runs on it now does not know the new one."""
    _make_folder(store)
    async with store.read() as reader:
        now = await revision(reader)
    return now in revisions()[:-1]


async def check(store: Store) -> None:
    """Raises StoreError where a database is not at this program's revision."""
    if _is_missing(store):
        raise StoreError(f"there is no database at {store.url.database} yet: `muster import FOLDER` makes it")
    async with store.read() as reader:
        now = await revision(reader)
    if now is None:
        raise StoreError("the database is empty: `muster import FOLDER` fills it")
    if now not in revisions():
        raise StoreError(f"the database is at revision {now}, newer than this program's {head()}: update Muster")
    if now != head():
        raise StoreError(f"the database is at revision {now}, this program needs {head()}: run `muster db upgrade`")


async def _has_table(reader: Reader, name: str) -> bool:
    if reader.dialect == "sqlite":
        query = sa.text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name")
    else:
        # Asked of the catalogue as it is now: to_regclass may answer from before another process made the table.
        query = sa.text(
            "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = :name"
        )
    return await reader.scalar(query, {"name": name}) is not None


def _is_missing(store: Store) -> bool:
    return store.dialect == "sqlite" and not Path(store.url.database or "").exists()


def _make_folder(store: Store) -> None:
    if store.dialect == "sqlite" and store.url.database and store.url.database != ":memory:":
        folder = Path(store.url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"can't make the folder {folder}: {error.strerror}") from error


def _migrate(connection: sa.Connection) -> None:
    # Alembic is only needed where there is something to migrate, and takes a while to load.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_compared(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a thing in a database can be found in the schema in code: parts of tables by month can't."""
    return name is None or kind not in ("table", "index") or _PART.fullmatch(name) is None
