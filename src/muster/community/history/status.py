"""How far imports have come."""

import msgspec

from muster.community.history.report import BadLine, PendingDay
from muster.store import history
from muster.store.engine import Reader


class GuildStatus(msgspec.Struct):
    """A server's days: how many are read to their end, how many not, and what they held."""

    guild: str
    last_date: str | None
    days: int = 0
    pending: int = 0
    lines: int = 0
    messages: int = 0
    known: int = 0
    edits: int = 0
    bad: int = 0
    pending_days: list[PendingDay] = []
    bad_lines: list[BadLine] = []


async def status(reader: Reader) -> list[GuildStatus]:
    """Every server of which something was imported, by id."""
    last = await history.last_dates(reader)
    found: dict[str, GuildStatus] = {}
    for (guild, day), row in (await history.states(reader)).items():
        each = found.setdefault(guild, GuildStatus(guild, last.get(guild)))
        is_done = row.status == "done"
        each.days += is_done
        each.pending += not is_done
        if not is_done:
            each.pending_days.append(PendingDay(guild, day, row.reason or "not read to its end yet"))
        for name in ("lines", "messages", "known", "edits", "bad"):
            setattr(each, name, getattr(each, name) + getattr(row, name))
    for bad in await history.bad_lines(reader):
        found[bad[0]].bad_lines.append(BadLine(*bad))
    return [found[guild] for guild in sorted(found)]
