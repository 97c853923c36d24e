"""What an import did."""

import msgspec


class BadLine(msgspec.Struct, frozen=True):
    """A line that could not be read: server, day, number from 1, reason."""

    guild: str
    day: str
    line: int
    reason: str


class PendingDay(msgspec.Struct, frozen=True):
    """A day that could not be read."""

    guild: str
    day: str
    reason: str


class HistoryReport(msgspec.Struct):
    """Counts of one import. `known`: messages that were counted already; `days`: read to their end by now."""

    days: int = 0
    lines: int = 0
    messages: int = 0
    known: int = 0
    edits: int = 0
    bad: int = 0
    unfinished: int = 0
    exports: int = 0
    bad_lines: list[BadLine] = []
    pending: list[PendingDay] = []
    unbound: list[tuple[str, str]] = []
    seconds: float = 0.0
