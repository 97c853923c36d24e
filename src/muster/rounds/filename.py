"""What the name of a file in a server's stats folder says."""

import re
from datetime import datetime

from muster.model.rounds import RoundName

_ROUND = re.compile(r"(\d{4}-\d\d-\d\d-\d{6})-([^/\\\x00-\x1f\x7f\ud800-\udfff]{1,64})-round-([12])\.txt", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
_COMPANION = re.compile(r".+-round-[12](?:-endstats|_ws)\.txt", re.ASCII)


class NotARoundFile(ValueError):
    """The name is not that of a round file; the message says what such a name looks like."""


def read_name(file: str) -> RoundName:
    """Stamp, map and round number from `YYYY-MM-DD-HHMMSS-<map>-round-<1|2>.txt`.

    Raises NotARoundFile for anything else, path separators included.
    """
    match = _ROUND.fullmatch(file)
    if match is None:
        raise NotARoundFile(f"file name: {file!r} is not YYYY-MM-DD-HHMMSS-<map>-round-<1 or 2>.txt")
    try:
        stamp = datetime.strptime(match[1], "%Y-%m-%d-%H%M%S")  # noqa: DTZ007 - naive by nature: the server's wall clock
    except ValueError:
        raise NotARoundFile(f"file name: {match[1]!r} is not a date and a time of day") from None
    if not _FIRST_YEAR <= stamp.year <= _LAST_YEAR:
        raise NotARoundFile(f"file name: no round was played in the year {stamp.year}")
    return RoundName(file, stamp, match[2], int(match[3]))


def is_companion(file: str) -> bool:
    """True for the files a server writes beside a round file (`-endstats`, `_ws`), which hold no round."""
    return _COMPANION.fullmatch(file) is not None
