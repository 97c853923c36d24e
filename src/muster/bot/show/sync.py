"""Fetching files by command, as pages: how far it is, and what came of it."""

from typing import Final

from muster.bot import text
from muster.bot.pages import BLUE, GREEN, ORANGE, RED, Answer, Page, in_parts
from muster.collect.sync import Phase, Progress, SyncReport
from muster.rounds.importer import FileResult

CELLS: Final = 20
"""Characters of the progress bar."""

_PHASES: Final = {
    Phase.LISTING: "Looking for files",
    Phase.READING: "Fetching files",
    Phase.IMPORTING: "Importing",
}
_COUNTS: Final = {
    "imported": "imported",
    "known": "known before",
    "empty": "nobody played",
    "duplicate": "same content under another name",
    "superseded": "a fuller file is there",
    "rejected": "can't be read",
    "unreadable": "could not be opened",
    "refused": "no round files",
}
_BAD: Final = ("rejected", "unreadable", "refused")
_MOST_FAILURES: Final = 40
_LONGEST_REASON: Final = 300


def bar(done: int, total: int) -> str:
    """A bar of blocks with its share."""
    share = min(done / total, 1.0) if total else 1.0
    full = int(share * CELLS)
    return f"{'█' * full}{'░' * (CELLS - full)} {share:4.0%}"


def progress(now: Progress, what: str) -> Page:
    """How far it is."""
    where = f" · {text.called(now.server)}" if now.server else ""
    counts = "" if now.phase is Phase.LISTING else f"{now.done:,} of {text.counted(now.total, 'file')}"
    lines = [f"{_PHASES[now.phase]}{where}", text.block([bar(now.done, now.total), counts] if counts else ["…"])]
    return Page(f"Sync · {text.called(what)}", "\n".join(lines), colour=BLUE)


def done(report: SyncReport, what: str, seconds: float) -> Answer:
    """What came of it: counts, then failures with their reasons."""
    counts = report.imported.counts
    bad = sum(counts.get(status, 0) for status in _BAD)
    parts = [_head(report, seconds)]
    rows = [
        (_COUNTS.get(status, text.cell(status)), text.number(counts[status]))
        for status in (*_COUNTS, *counts)
        if counts.get(status)
    ]
    rows = list(dict.fromkeys(rows))
    if rows:
        parts.append(text.block(text.table(("", ""), rows)))
    parts += [f"⚠ **{text.called(one.server)}**: {text.name(_short(one.reason))}" for one in report.failures]
    failed = [one for one in report.imported.notable if one.status in _BAD]
    parts += [_failed(one) for one in failed[:_MOST_FAILURES]]
    if len(failed) > _MOST_FAILURES:
        parts.append(f"-# and {len(failed) - _MOST_FAILURES:,} more; `failed_imports` lists them")
    parts += [
        f"-# New game server **{text.called(server.name)}**, its clock in {text.name(server.timezone)}"
        for server in report.imported.new_servers
    ]
    nothing = not report.wanted and report.failures
    colour = RED if nothing else ORANGE if bad or report.failures else GREEN
    return Answer(in_parts(f"Sync done · {text.called(what)}", parts, colour=colour))


def _head(report: SyncReport, seconds: float) -> str:
    new = len(report.imported.played)
    if not report.listed:
        words = "No round file is there." if not report.failures else "Nothing could be listed."
    elif not report.wanted:
        words = f"Of {text.counted(report.listed, 'file')} none is of that time."
    elif not new:
        words = "Nothing new: everything was imported before."
    else:
        words = f"**{text.counted(new, 'new round')}**."
    of = f"{report.wanted:,} of {text.counted(report.listed, 'file')} looked at" if report.listed else "nothing to do"
    return f"{words}\n-# {of}, {seconds:.1f} s"


def stopped(what: str, reason: str) -> Page:
    """It could not be finished."""
    words = f"{reason}\nWhat was imported is kept; the same command goes on from there."
    return Page(f"Sync stopped · {text.called(what)}", words, colour=RED)


def _failed(result: FileResult) -> str:
    return f"- **{text.called(result.file, longest=120)}**: {text.name(_short(result.reason or result.status))}"


def _short(words: str) -> str:
    plain = text.plain(words)
    return plain if len(plain) <= _LONGEST_REASON else plain[: _LONGEST_REASON - 1] + "…"
