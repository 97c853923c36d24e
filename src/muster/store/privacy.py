"""Who is not counted, and what is taken out of every table when somebody wants nothing of him to be stored."""

import json
import secrets
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.store import chat, history, notes
from muster.store.chat import NOBODY, UserRow
from muster.store.drivers import driver_errors
from muster.store.engine import Reader, Store, StoreError, Writer
from muster.store.files import next_id
from muster.store.outbox import PIPELINE
from muster.store.schema import (
    bot_config,
    chat_log,
    chat_log_access,
    chat_sessions,
    chat_summary_users,
    data_version,
    hidden_people,
    links,
    member_events,
    message_moments,
    outbox,
    privacy_requests,
    quarantine,
    user_days,
    user_emoji,
    user_hours,
    user_totals,
    user_words,
    users,
    voice_days,
    voice_sessions,
)

_CHANGES: Final = 10
"""The row of `data_version` that counts how often somebody was hidden, shown again or erased."""

_KEY: Final = "privacy_key"
_UNFINISHED: Final = "privacy_unfinished"
"""Settings: the key of the hashes; that rows were erased whose bytes may still be in the files."""

_LONG: Final = 15
"""Digits from which on a number can only be an id: then it goes wherever it stands, else only as a mention."""

OF_USERS: Final = (
    chat_log,
    chat_sessions,
    chat_summary_users,
    member_events,
    message_moments,
    user_days,
    user_emoji,
    user_hours,
    user_totals,
    user_words,
    voice_days,
    voice_sessions,
    users,
)
"""Tables whose rows belong to one user, by `user_id`."""

LOOKED_THROUGH: Final = (bot_config, chat_log_access, links, outbox, quarantine)
"""Tables that may hold an id among other things."""

PSEUDONYMOUS: Final = (hidden_people, privacy_requests)
"""Tables that hold keyed hashes of ids; what keeps somebody out is in them."""

_TEXTS: Final = (
    (chat_log, "message_text"),
    (chat_log_access, "who"),
    (chat_log_access, "about"),
    (bot_config, "value"),
    (outbox, "subject"),
    (outbox, "error"),
)
"""Columns in which an id may stand among other words."""

_PATIENCE: Final = 5_000
"""Milliseconds that others who read are waited for, so that SQLite's log can be emptied."""


class Request(msgspec.Struct, frozen=True):
    """What was asked to be done, when, and by whom: `himself` or `operator`."""

    at: datetime
    action: str
    asked_by: str


async def changes(reader: Reader) -> int:
    """How often somebody was hidden, shown again or erased. While it stays the same, what is known of users holds."""
    return int(await reader.scalar(sa.select(data_version.c.version).where(data_version.c.id == _CHANGES)) or 0)


async def key(reader: Reader) -> bytes:
    """The key of the hashes; empty where none was made yet."""
    return bytes.fromhex(await notes.noted(reader, _KEY) or "")


async def make_key(writer: Writer) -> bytes:
    """The key of the hashes, made at random where there is none."""
    found = await key(writer)
    if not found:
        found = secrets.token_bytes(32)
        await notes.note(writer, _KEY, found.hex())
    return found


async def hidden(reader: Reader) -> dict[str, int]:
    """Until when (milliseconds since 1970) what somebody wrote is nobody's, by the hash of the person."""
    return {row.person: row.until for row in await reader.all(sa.select(hidden_people))}


async def hide(writer: Writer, person: str, until: int) -> None:
    """From now on what somebody wrote up to a moment is nobody's."""
    await writer.upsert(hidden_people, [(person, until)], {"until": "new.until"})
    await writer.upsert(data_version, [(_CHANGES, 1)], {"version": "old.version + 1"})


async def note_request(writer: Writer, person: str, request: Request) -> None:
    """Keeps what was asked."""
    row = await next_id(writer, privacy_requests), person, request.action, request.asked_by, request.at
    await writer.insert(privacy_requests, [row])


async def requests_of(reader: Reader, person: str) -> list[Request]:
    """What was asked about a person, the oldest first."""
    r = privacy_requests.c
    rows = await reader.all(sa.select(r.at, r.action, r.asked_by).where(r.person == person).order_by(r.id))
    return [Request(*row) for row in rows]


async def users_named(reader: Reader, platform: str, name: str) -> list[UserRow]:
    """The users of a platform who go by a name, whatever its case."""
    u = users.c
    query = sa.select(users).where(u.platform == platform, sa.func.lower(u.global_username) == name.lower())
    return [UserRow(*row) for row in await reader.all(query.order_by(u.key))]


def account(platform: str, key: str) -> int | None:
    """The number of a Discord account; None for what is none."""
    is_one = platform == "discord" and key.isascii() and key.isdecimal() and len(key) <= 19 and int(key) < 1 << 63
    return int(key) if is_one else None


def forms(key: str) -> tuple[tuple[str, str], ...]:
    """How an id may stand in a text, each with what takes its place."""
    return ((key, "0"),) if len(key) >= _LONG else ((f"<@{key}>", "<@0>"), (f"<@!{key}>", "<@0>"))


def without(text: str, key: str) -> str:
    """A text without an id."""
    for form, instead in forms(key):
        text = text.replace(form, instead)
    return text


async def erase(writer: Writer, platform: str, key: str) -> dict[str, int]:
    """Takes a person out of every table; returns the rows that went or were changed, by table. Channels' counts stay.

    When he wrote becomes when somebody wrote: a message that comes again, from a log or an export, is known by it.
    """
    if writer.dialect == "sqlite":
        await writer.run(sa.text("PRAGMA secure_delete=ON"))
    done: dict[str, int] = {}
    found = await chat.users_of(writer, platform, [key])
    for user in found:
        await chat.never_again(writer, user.user_id)
        await _disown(writer, user.user_id)
        for table in OF_USERS:
            done[table.name] = await writer.run(sa.delete(table).where(table.c.user_id == user.user_id))
    done["quarantine"] = await _clean_quarantine(writer, platform, key)
    if (number := account(platform, key)) is not None:
        done["links"] = await notes.unlink_wholly(writer, number)
    done["outbox"] = await _drop_notices(writer, key)
    for table, column in _TEXTS:
        done[table.name] = done.get(table.name, 0) + await _clean(writer, table.c[column], key)
    done = {name: count for name, count in done.items() if count}
    if done:
        await notes.note(writer, _UNFINISHED, value=True)
    if writer.dialect == "sqlite":
        await writer.run(sa.text("PRAGMA secure_delete=OFF"))
    return done


async def _disown(writer: Writer, user: int) -> None:
    m = message_moments.c
    query = sa.select(m.channel_id, m.day, m.exact, m.logged).where(m.user_id == user)
    await history.add_moments(writer, [(NOBODY, *row) for row in await writer.all(query)])


async def _drop_notices(writer: Writer, key: str) -> int:
    """Drops what pipelines told of somebody, and what they have yet to tell: it names him."""
    about_him = outbox.c.subject.contains(f'"key":{json.dumps(key)}', autoescape=True)
    return await writer.run(sa.delete(outbox).where(outbox.c.kind == PIPELINE, about_him))


async def _clean(writer: Writer, column: sa.Column[Any], key: str) -> int:
    """Takes an id out of a column of texts; returns the rows that held it."""
    count = 0
    for form, instead in forms(key):
        changed = sa.update(column.table).where(column.contains(form, autoescape=True))
        count += await writer.run(changed.values({column.name: sa.func.replace(column, form, instead)}))
    return count


async def _clean_quarantine(writer: Writer, platform: str, key: str) -> int:
    """Drops rows that somebody wrote, and takes his id out of the others."""
    q = quarantine.c
    own: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for number, reason, row in await writer.all(sa.select(q.id, q.reason, q.row)):
        raw = row.decode("utf-8", "replace")
        if author_of(raw) == (platform, key):
            own.append({"i": number})
        elif (without(raw, key), without(reason, key)) != (raw, reason):
            changed.append({"i": number, "r": without(raw, key).encode(), "w": without(reason, key)})
    await writer.run(sa.delete(quarantine).where(q.id == sa.bindparam("i")), own)
    values: dict[str, Any] = {"row": sa.bindparam("r"), "reason": sa.bindparam("w")}
    await writer.run(sa.update(quarantine).where(q.id == sa.bindparam("i")).values(values), changed)
    return len(own) + len(changed)


def author_of(raw: str) -> tuple[str, str] | None:
    """Platform and key of who wrote what was set aside; None where it is no message."""
    try:
        author = json.loads(raw)["author"]
        return author["platform"], author["key"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


async def unfinished(reader: Reader) -> bool:
    """Whether rows were erased whose bytes may still be in the database's files."""
    return bool(await notes.noted(reader, _UNFINISHED))


async def scrub(store: Store) -> bool:
    """Rewrites what held erased rows, so that their bytes go as well; False where SQLite's log is held by others.

    On PostgreSQL the tables are vacuumed. Raises StoreError.
    """
    try:
        is_clean = await _scrub(store)
    except driver_errors() as error:
        raise StoreError(f"rows are erased, but their room in the files can't be cleared: {error}") from error
    if is_clean:
        async with store.write() as writer:
            await notes.note(writer, _UNFINISHED, None)
    return is_clean


async def _scrub(store: Store) -> bool:
    async with store.engine.connect() as connection:
        # Outside a transaction, which only the driver's own connection can do.
        driver: Any = (await connection.get_raw_connection()).driver_connection
        if store.dialect == "postgresql":
            names = sorted({table.name for table in (*OF_USERS, *LOOKED_THROUGH)})
            await driver.execute(f"VACUUM (ANALYZE) {', '.join(names)}")
            return True
        (patience,) = await (await driver.execute("PRAGMA busy_timeout")).fetchone()
        # Samples of rows are renewed before the file is written anew; a large one not in memory.
        for statement in ("PRAGMA analysis_limit=400", "ANALYZE", "PRAGMA temp_store=FILE", "VACUUM"):
            await driver.execute(statement)
        await driver.execute("PRAGMA temp_store=MEMORY")
        await driver.execute(f"PRAGMA busy_timeout={_PATIENCE}")
        (is_busy, *_) = await (await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")).fetchone()
        await driver.execute(f"PRAGMA busy_timeout={int(patience)}")
        return not is_busy
