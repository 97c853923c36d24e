"""What becomes of each content: decided from the whole set of contents known, never from the order they came in."""

from collections.abc import Iterable

import msgspec

from muster.store.files import FileRow, FileStatus


def decide(rows: Iterable[FileRow]) -> list[FileRow]:
    """The rows with the status and reason they deserve beside each other.

    Of several contents under one name on one server the fullest is the round: most players, then most bytes.
    One content under several names is one round, under the first name. A file without players stays as it is:
    two empty servers look alike.
    """
    rows = list(rows)
    sound = [row for row in rows if row.players is not None]
    best: dict[tuple[str, str], FileRow] = {}
    for row in sound:
        key = (row.server, row.filename)
        if key not in best or _rank(row) > _rank(best[key]):
            best[key] = row
    holders: dict[tuple[str, bytes], str] = {}
    for row in best.values():
        if row.players:
            key_of_content = (row.server, row.sha256)
            holders[key_of_content] = min(holders.get(key_of_content, row.filename), row.filename)
    return [_judge(row, best, holders) if row.players is not None else row for row in rows]


def _rank(row: FileRow) -> tuple[int, int, bytes]:
    return row.players or 0, row.size, row.sha256


def _judge(row: FileRow, best: dict[tuple[str, str], FileRow], holders: dict[tuple[str, bytes], str]) -> FileRow:
    winner = best[row.server, row.filename]
    if winner.sha256 != row.sha256:
        reason = f"another content of the same name is fuller ({winner.players} players, {winner.size} bytes)"
        return _with(row, FileStatus.SUPERSEDED, reason)
    if not row.players:
        return _with(row, FileStatus.EMPTY, "no player lines: nobody was on the server when the round ended")
    holder = holders[row.server, row.sha256]
    if holder != row.filename:
        return _with(row, FileStatus.DUPLICATE, f"same content as {holder}")
    return _with(row, FileStatus.IMPORTED, None)


def _with(row: FileRow, status: FileStatus, reason: str | None) -> FileRow:
    return msgspec.structs.replace(row, status=status.value, reason=reason)
