"""The chat log's tables: policies, texts, months."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa

from muster.model.chat import moment_of, number_at
from muster.store.engine import Reader, Writer
from muster.store.schema import bot_config, channels, chat_log, chat_logging_config, communities, users

_P = chat_logging_config.c
_L = chat_log.c
_KEY = itemgetter(0, 1)


class PolicyRow(msgspec.Struct, frozen=True):
    """What is kept of a channel. `channel` is its key or a name; `channel_key` the channel a name is bound to."""

    platform: str
    channel: str
    channel_key: str | None
    is_enabled: bool
    retention_days: int
    sampling_rate: float
    pre_drop_pipeline_id: str | None


class TextRow(msgspec.Struct, frozen=True):
    """A kept message, with the keys and names of where and who."""

    platform: str
    community: str
    channel: str
    channel_name: str
    number: int
    user: str
    user_name: str
    text: str
    rate: float
    metadata: str | None


class LogChannel(msgspec.Struct, frozen=True):
    """A channel that has texts: its id, platform, keys, name, and its oldest number."""

    id: int
    platform: str
    community: str
    key: str
    name: str
    parent: str | None
    oldest: int


async def policies(reader: Reader) -> list[PolicyRow]:
    """Every policy."""
    names = PolicyRow.__struct_fields__
    return [PolicyRow(*row) for row in await reader.all(sa.select(*(_P[name] for name in names)))]


async def defaults(reader: Reader) -> dict[str, Any]:
    """What is set for channels without a policy, by the part of the name after `chat_logging.`."""
    c = bot_config.c
    rows = await reader.all(sa.select(c.key, c.value).where(c.key.startswith("chat_logging.", autoescape=True)))
    found: dict[str, Any] = {}
    for key, value in rows:
        try:
            found[key.partition(".")[2]] = msgspec.json.decode(value)
        except msgspec.DecodeError:  # written by hand, and no JSON: as if it were not there
            continue
    return found


async def put_policy(writer: Writer, row: PolicyRow) -> None:
    """Stores a policy in the place of the one that stood there."""
    values = {name: getattr(row, name) for name in PolicyRow.__struct_fields__}
    await writer.run(sa.delete(chat_logging_config).where(_P.platform == row.platform, _P.channel == row.channel))
    await writer.run(sa.insert(chat_logging_config).values(**values))


async def drop_policy(writer: Writer, platform: str, channel: str) -> bool:
    """Forgets a policy; False where there was none."""
    gone = sa.delete(chat_logging_config).where(_P.platform == platform, _P.channel == channel)
    return await writer.run(gone) > 0


async def bind(writer: Writer, platform: str, channel: str, key: str) -> None:
    """From now on the policy that was given to a name follows that channel, whatever it is called."""
    where = (_P.platform == platform, _P.channel == channel, _P.channel_key.is_(None))
    await writer.run(sa.update(chat_logging_config).where(*where).values(channel_key=key))


async def add_texts(writer: Writer, rows: Sequence[tuple[int, int, int, str, float | None, str | None]]) -> None:
    """Stores texts: channel, number, user, text, rate, metadata."""
    if rows and writer.dialect == "postgresql":
        await make_months(writer, {_month(row[1]) for row in rows})
    # Channel after channel: rows that are neighbours in the table and in its key leave no gaps in PostgreSQL's index.
    await writer.insert(chat_log, sorted(rows, key=_KEY))


async def keep_texts(writer: Writer, rows: Sequence[tuple[int, int, int, str, float | None, str | None]]) -> None:
    """Stores texts as `add_texts` does; one that is there already is from now on kept whatever the rate."""
    if rows and writer.dialect == "postgresql":
        await make_months(writer, {_month(row[1]) for row in rows})
    await writer.upsert(chat_log, rows, {"rate": "NULL"})


async def make_months(writer: Writer, months: set[tuple[int, int]]) -> None:
    """Makes the parts of these months (PostgreSQL), unless rows of them stand in the default part already."""
    if writer.dialect != "postgresql":
        return
    there = await writer.all(sa.text("SELECT relid::regclass::text FROM pg_partition_tree('chat_log')"))
    names = {name for (name,) in there}
    for year, month in sorted(months):
        name = f"chat_log_{year:04}_{month:02}"
        first, last = _bounds(year, month)
        if name in names:
            continue
        stray = await writer.scalar(
            sa.text("SELECT EXISTS (SELECT 1 FROM chat_log_default WHERE number >= :a AND number < :b)"),
            {"a": first, "b": last},
        )
        if not stray:
            await writer.run(
                sa.text(f"CREATE TABLE {name} PARTITION OF chat_log FOR VALUES FROM ({first}) TO ({last})")
            )
            # Rows of a month only ever come at the end of each channel: no room need be left between them.
            for index in (f"{name}_pkey", f"{name}_user_id_idx"):
                await writer.run(sa.text(f"ALTER INDEX {index} SET (fillfactor = 100)"))


async def drop_months(writer: Writer, before: int) -> list[str]:
    """Drops whole months that end at or before a number (PostgreSQL); returns their names."""
    if writer.dialect != "postgresql":
        return []
    rows = await writer.all(sa.text("SELECT relid::regclass::text FROM pg_partition_tree('chat_log') WHERE isleaf"))
    parts = [name.removeprefix("chat_log_").split("_") for (name,) in rows if name != "chat_log_default"]
    gone = [f"chat_log_{year}_{month}" for year, month in parts if _bounds(int(year), int(month))[1] <= before]
    for name in gone:
        await writer.run(sa.text(f"DROP TABLE {name}"))
    return gone


def months_ahead(now: datetime, count: int) -> set[tuple[int, int]]:
    """This month and the next ones."""
    found = {(now.year, now.month)}
    for _ in range(count):
        year, month = max(found)
        found.add((year + month // 12, month % 12 + 1))
    return found


def _month(number: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(moment_of(number) / 1000, UTC)
    return moment.year, moment.month


def _bounds(year: int, month: int) -> tuple[int, int]:
    begin = datetime(year, month, 1, tzinfo=UTC)
    end = (begin + timedelta(days=31)).replace(day=1)
    return number_at(int(begin.timestamp() * 1000)), number_at(int(end.timestamp() * 1000))


async def change_text(writer: Writer, channel_id: int, number: int, text: str) -> None:
    """A message says something else now."""
    where = (_L.channel_id == channel_id, _L.number == number)
    await writer.run(sa.update(chat_log).where(*where).values(message_text=text))


async def drop_texts(writer: Writer, channel_id: int, numbers: Sequence[int] | None) -> None:
    """Forgets messages of a channel; None: all."""
    which = [] if numbers is None else [_L.number.in_(numbers)]
    await writer.run(sa.delete(chat_log).where(_L.channel_id == channel_id, *which))


async def log_channels(reader: Reader) -> list[LogChannel]:
    """The channels that have texts."""
    oldest = sa.select(sa.func.min(_L.number)).where(_L.channel_id == channels.c.id).scalar_subquery()
    query = sa.select(
        channels.c.id,
        communities.c.platform,
        communities.c.key,
        channels.c.key,
        channels.c.name,
        channels.c.parent,
        oldest,
    ).join_from(channels, communities, communities.c.id == channels.c.community_id)
    return [LogChannel(*row) for row in await reader.all(query) if row[-1] is not None]


async def texts(reader: Reader, channel_id: int, first: int, before: int, limit: int) -> list[TextRow]:
    """Messages of a channel from a number on and before another, in order."""
    query = _rows().where(_L.channel_id == channel_id, _L.number >= first, _L.number < before)
    return [TextRow(*row) for row in await reader.all(query.order_by(_L.number).limit(limit))]


def _rows() -> sa.Select[Any]:
    """Texts with where and who, in the order of TextRow."""
    return (
        sa.select(
            communities.c.platform,
            communities.c.key,
            channels.c.key,
            channels.c.name,
            _L.number,
            users.c.key,
            users.c.global_username,
            _L.message_text,
            sa.func.coalesce(_L.rate, 1.0),
            _L.metadata,
        )
        .join_from(chat_log, channels, channels.c.id == _L.channel_id)
        .join(communities, communities.c.id == channels.c.community_id)
        .join(users, users.c.user_id == _L.user_id)
    )


async def drop_span(writer: Writer, channel_id: int, first: int, last: int) -> int:
    """Forgets texts of a channel between two numbers, both included; returns how many."""
    where = (_L.channel_id == channel_id, _L.number >= first, _L.number <= last)
    return await writer.run(sa.delete(chat_log).where(*where))


async def counts(reader: Reader) -> dict[int, int]:
    """How many texts are kept, by channel."""
    query = sa.select(_L.channel_id, sa.func.count().label("texts")).group_by(_L.channel_id)
    return {row.channel_id: row.texts for row in await reader.all(query)}


async def search(
    reader: Reader,
    text: str,
    limit: int,
    *,
    community: tuple[str, str] | None = None,
    keys: Sequence[str] | None = None,
) -> list[TextRow]:
    """Messages that contain a text, whatever its case, latest first. `community` (platform and key) and `keys` of
    channels leave all others out.
    """
    found = _rows().where(_L.message_text.icontains(text, autoescape=True))
    if community is not None:
        found = found.where(communities.c.platform == community[0], communities.c.key == community[1])
    if keys is not None:
        found = found.where(channels.c.key.in_(keys))
    return [TextRow(*row) for row in await reader.all(found.order_by(_L.number.desc()).limit(limit))]


async def put_back(writer: Writer, rows: Sequence[TextRow]) -> int:
    """Stores messages that are not there, of channels and users that are known; returns how many."""
    community_ids = {(c.platform, c.key): c.id for c in await _all(writer, communities)}
    channel_ids = {(c.community_id, c.key): c.id for c in await _all(writer, channels)}
    keys = {row.user for row in rows}
    known = await writer.all(sa.select(users.c.platform, users.c.key, users.c.user_id).where(users.c.key.in_(keys)))
    user_ids = {(platform, key): user for platform, key, user in known}
    full: dict[tuple[int, int], tuple[int, int, int, str, float | None, str | None]] = {}
    for row in rows:
        channel = channel_ids.get((community_ids.get((row.platform, row.community), 0), row.channel))
        user = user_ids.get((row.platform, row.user))
        if channel is not None and user is not None:
            rate = None if row.rate == 1 else row.rate
            full[channel, row.number] = (channel, row.number, user, row.text, rate, row.metadata)
    there: set[tuple[int, int]] = set()
    for channel in {channel for channel, _ in full}:
        numbers = [number for of, number in full if of == channel]
        query = sa.select(_L.number).where(_L.channel_id == channel, _L.number.in_(numbers))
        there |= {(channel, number) for (number,) in await writer.all(query)}
    await add_texts(writer, [row for key, row in full.items() if key not in there])
    return len(full) - len(there)


async def _all(reader: Reader, table: sa.Table) -> Sequence[Any]:
    return await reader.all(sa.select(table))
