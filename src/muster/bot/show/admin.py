"""Looking after the database, as pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from muster.bot import text
from muster.bot.pages import GREEN, ORANGE, RED, Answer, Page, in_pages, in_parts, said
from muster.bot.pages import Table as TextTable
from muster.rounds.filename import NotARoundFile, read_name
from muster.store.admin import DatabaseSize, Engine, Records, SchemaCheck, TableInfo
from muster.store.backup import Backup
from muster.store.files import FileRow, FileStatus
from muster.store.info import DatabaseInfo

STATUS: Final[Mapping[str, str]] = {
    FileStatus.IMPORTED: "imported",
    FileStatus.EMPTY: "nobody played",
    FileStatus.REJECTED: "failed",
    FileStatus.DUPLICATE: "same content twice",
    FileStatus.SUPERSEDED: "a fuller one came",
}
"""What became of a file."""

_UNITS: Final = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB"))
_TWO_LINES: Final = 16
_REASON: Final = 400
_MOST_DIFFERENCES: Final = 40
_LONGEST: Final = 120


def amount(size: int | None) -> str:
    """Bytes in a unit that fits."""
    if size is None:
        return "–"
    for factor, unit in _UNITS:
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size} B"


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago something was, for a code block."""
    if then is None:
        return "never"
    seconds = max((now - then).total_seconds(), 0)
    for factor, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * factor:
            return f"{seconds / factor:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def schema(check: SchemaCheck) -> Answer:
    """Whether the schema is what the migrations make."""
    more = ["Also there, and in nobody's way:", *_differences(check.extra)] if check.extra else []
    if check.ok:
        words = f"Revision `{check.revision}`. Tables, columns, indexes and views are what the migrations make."
        return Answer(in_parts("The schema is right", [words, *more], colour=GREEN))
    if check.revision != check.head:
        cure = "`muster db upgrade` brings it up to date; it can run while the bot is stopped."
    else:
        cure = "Somebody changed it by hand: bring a backup back, or import the files into a fresh database."
    revision = f"Revision `{check.revision or 'none'}`, this program works with `{check.head}`."
    parts = [revision, cure, *_differences(check.lacking), *more]
    return Answer(in_parts("The schema is not right", parts, colour=RED))


def _differences(lines: Sequence[str]) -> list[str]:
    shown = [f"- {text.called(line, longest=_LONGEST)}" for line in lines[:_MOST_DIFFERENCES]]
    rest = len(lines) - len(shown)
    return [*shown, f"- and {rest:,} more"] if rest > 0 else shown


def tables(found: Sequence[TableInfo]) -> Answer:
    """Tables with their rows, and views."""
    rows = [(text.cell(one.name), "view" if one.rows is None else text.number(one.rows)) for one in found]
    views = sum(one.rows is None for one in found)
    above = f"{text.counted(len(found) - views, 'table')}, {text.counted(views, 'view')}"
    lines = text.table(("table", "rows"), rows)
    return Answer(in_pages("Tables", lines[1:], head=lines[:1], above=above, rows=30))


def records(found: Records) -> Answer:
    """What is stored, counted."""
    rows = [
        ("rounds", text.number(found.rounds)),
        ("  that count", text.number(found.valid_rounds)),
        ("gaming sessions", text.number(found.sessions)),
        ("matches", text.number(found.matches)),
        ("players", text.number(found.players)),
        ("  rated", text.number(found.rated)),
        ("  names they used", text.number(found.names)),
        ("bots", text.number(found.bots)),
        ("players' rounds", text.number(found.player_rows)),
        ("weapons in them", text.number(found.weapon_rows)),
        ("game servers", text.number(found.servers)),
        ("files", text.number(sum(found.files.values()))),
        *((f"  {STATUS.get(name, text.cell(name))}", text.number(n)) for name, n in found.files.items()),
        ("  kept as they came", text.number(found.contents)),
        ("linked users", text.number(found.links)),
        ("posts", text.number(found.posts)),
    ]
    empty = "" if found.files else "Nothing yet: `sync_all` imports what the servers have."
    return Answer((Page("Records", "\n".join(filter(None, (empty, text.block(text.table(("", ""), rows)))))),))


def recent_imports(found: Sequence[FileRow], now: datetime) -> Answer:
    """The files that came last: which, what became of them, when."""
    if not found:
        return said("No file has come yet", "`sync_all` imports what the game servers have.")
    lines: list[str] = []
    for row in found:
        what = STATUS.get(row.status, row.status)
        lines += (_file_line(row), text.fit(f"  {what} · {ago(row.processed_at, now)} · {text.cell(row.server)}", 40))
    lines = [line.rstrip() for line in lines]
    return Answer(in_pages("Recent imports", lines, above="-# latest first", rows=_TWO_LINES))


def _file_line(row: FileRow) -> str:
    """Map, round and stamp of a file, in 40 characters."""
    try:
        name = read_name(row.filename)
    except NotARoundFile:
        return text.fit(text.cell(row.filename), text.WIDTH)
    after = f" R{name.round} {name.stamp:%y-%m-%d %H:%M}"
    return text.fit(text.cell(name.map), text.WIDTH - len(after)) + after


def failed_imports(found: Sequence[FileRow], total: int, now: datetime) -> Answer:
    """Files that can't be parsed, each with its reason."""
    if not found:
        return Answer((Page("No file has failed", "Everything that came could be read.", colour=GREEN),))
    parts = [_failed(row, now) for row in found]
    if total > len(found):
        parts.append(f"-# and {total - len(found):,} older ones")
    title = f"{text.counted(total, 'file')} can't be read"
    return Answer(in_parts(title, parts, colour=ORANGE, rows=10))


def _failed(row: FileRow, now: datetime) -> str:
    reason = text.plain(row.reason or "no reason was noted")
    shown = reason if len(reason) <= _REASON else reason[: _REASON - 1] + "…"
    when = f"-# {text.called(row.server)} · {amount(row.size)} · {ago(row.processed_at, now)}"
    return f"**{text.called(row.filename, longest=120)}**\n{text.name(shown)}\n{when}"


def retried(counts: dict[str, int], reasons: Sequence[tuple[str, str]]) -> Answer:
    """What reading the failed files again came to."""
    failed = counts.get(FileStatus.REJECTED.value, 0)
    good = sum(counts.values()) - failed
    if not counts:
        return said("Nothing to read again", "Of the files that failed no content is kept: they were too large.")
    words = f"{text.counted(good, 'file')} could be read now, {failed:,} still can't."
    lines = [f"- **{text.called(file, longest=120)}**: {text.name(reason[:_REASON])}" for file, reason in reasons[:5]]
    colour = GREEN if good and not failed else ORANGE
    return Answer((Page("Read again", "\n".join([words, *lines]), colour=colour),))


def size(found: DatabaseSize) -> Answer:
    """How large the database is, and what takes the room."""
    about = [f"**{amount(found.total)}** in all"]
    if found.free is not None:
        about.append(f"{amount(found.free)} of it free (`vacuum_database` gives that back)")
    if found.log:
        about.append(f"{amount(found.log)} in the log beside it")
    if found.disk is not None:
        about.append(f"{amount(found.disk)} left on the disk")
    if found.tables is None:
        return said("Size of the database", "\n".join(about))
    rows = [(text.cell(name), amount(number)) for name, number in found.tables]
    lines = text.table(("table with its indexes", "size"), rows)
    return Answer(in_pages("Size of the database", lines[1:], head=lines[:1], above="\n".join(about), rows=25))


def info(engine: Engine, found: DatabaseInfo, head: str, version: int, log: int | None) -> Answer:
    """Everything about the database on a page."""
    span = "no round yet"
    if found.first_round and found.last_round:
        span = f"{text.moment(found.first_round, 'd')} to {text.moment(found.last_round, 'd')}"
    current = "up to date" if found.revision == head else f"this program works with `{head}`: `muster db upgrade`"
    lines = [
        f"**{engine.name} {text.name(engine.version)}**, database “{text.called(engine.database)}”",
        f"Revision `{found.revision}`, {current}",
        f"{amount(found.size)}" + (f", of it {amount(log)} in the log" if log else ""),
        f"Rounds: {span}",
        f"-# version {version:,} of the data: it grows with every import that changes answers",
    ]
    rows = [(name, text.number(count)) for name, count in found.tables.items()]
    rows += [(f"files {STATUS.get(name, name)}", text.number(n)) for name, n in found.files.items()]
    zones = [(text.cell(server.name), text.cell(server.timezone)) for server in found.servers]
    parts: list[str | TextTable] = ["\n".join(lines), TextTable(tuple(text.table(("", ""), rows)))]
    if zones:
        head_line, *server_lines = text.table(("game server", "clock"), zones)
        parts.append(TextTable(tuple(server_lines), (head_line,)))
    return Answer(in_parts("The database", parts))


def backup(made: Backup, where: str, seconds: float) -> Answer:
    """A backup that was made, and where it lies in words."""
    name = text.called(Path(made.path).name, longest=120)
    if made.checked:
        about = "It was restored into a scratch database and says the same: fingerprint and rows of every table agree."
    else:
        about = f"⚠ It was not restored to check it: {text.name(made.why_not)}."
    lines = [
        f"**{name}**, {amount(made.size)}, {where}, in {seconds:.1f} s",
        about,
        f"-# fingerprint {made.fingerprint[:16]}…",
    ]
    return Answer((Page("Backup made", "\n".join(lines), colour=GREEN if made.checked else ORANGE),))


def vacuumed(before: int, after: int, seconds: float) -> Answer:
    """What tidying up came to."""
    won = before - after
    words = f"{amount(before)} before, **{amount(after)}** now" + (f": {amount(won)} given back" if won > 0 else "")
    return Answer((Page("Tidied up", f"{words}, in {seconds:.1f} s.", colour=GREEN),))
