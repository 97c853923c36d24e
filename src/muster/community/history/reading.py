"""The part of an import that a second process does: reading, decoding, adding up."""

from pathlib import Path

import msgspec

from muster.community.days import DayRule
from muster.community.fold import Delta, fold_moments
from muster.community.history.lines import Read, Talk, is_whole


class Piece(msgspec.Struct, frozen=True):
    """A part of a day's file: from a byte on, about up to another. `size`: of the whole file."""

    day: str
    path: str
    start: int
    stop: int
    size: int


class Job(msgspec.Struct, frozen=True):
    """Pieces of one server's log, and the rule of its days."""

    guild: str
    pieces: list[Piece]
    timezone: str
    cutoff_hour: int


class Progress(msgspec.Struct):
    """What was read of a piece, and where it ends. `reason`: why it could not be read."""

    piece: Piece
    end: int
    read: Read
    unfinished: bool = False
    reason: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether the file was read to its end."""
        return self.reason is None and (self.end >= self.piece.size or self.unfinished)


class Batch(msgspec.Struct):
    """What the pieces of a job say. Users and channels are numbers in the lists; moments are sorted."""

    guild: str
    progress: list[Progress]
    users: list[str]
    channels: list[str]
    moments: dict[tuple[int, int], list[int]]
    delta: Delta


def read(job: Job) -> Batch:
    """Reads what a job asks for."""
    talk = Talk(job.guild)
    progress = [_piece(talk, piece) for piece in job.pieces]
    for moments in talk.moments.values():
        moments.sort()
    delta = fold_moments(talk.moments, 0, _rule(job.timezone, job.cutoff_hour))
    return Batch(job.guild, progress, talk.users, talk.channels, talk.moments, delta)


_rules: dict[tuple[str, int], DayRule] = {}


def _rule(timezone: str, cutoff_hour: int) -> DayRule:
    """A rule of days. It remembers, so it is kept."""
    return _rules.setdefault((timezone, cutoff_hour), DayRule(timezone, cutoff_hour))


def _piece(talk: Talk, piece: Piece) -> Progress:
    try:
        data = _bytes(piece)
    except OSError as error:
        return Progress(piece, piece.start, Read(), reason=error.strerror or str(error))
    cut = data.rfind(b"\n") + 1
    tail = data[cut:]
    lines = data[: max(cut - 1, 0)].split(b"\n") if cut else []
    unfinished = False
    if tail and piece.start + len(data) >= piece.size:
        if not tail.strip() or is_whole(tail):
            lines.append(tail)
            cut = len(data)
        else:
            unfinished = True  # the next import looks again whether more of it is written
    return Progress(piece, piece.start + cut, talk.read(lines), unfinished)


def _bytes(piece: Piece) -> bytes:
    """A piece's bytes up to the end of its last line, or of the file."""
    with Path(piece.path).open("rb") as stream:
        stream.seek(piece.start)
        data = stream.read(piece.stop - piece.start)
        if piece.stop < piece.size and b"\n" not in data:
            data += stream.readline()
        return data
