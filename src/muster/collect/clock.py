"""A game server's clock: what its files' names and times tell, beside the clock here."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from muster.collect.collector import Listed
from muster.rounds.filename import read_name
from muster.rounds.importer.servers import moment

MOST: Final = timedelta(minutes=3)
"""As far as clocks may be apart."""

DAY: Final = timedelta(hours=26)
"""As far as a wrong time zone, or a clock set to one, may put them apart; what is older was copied there."""

Wrong = tuple[str, str]
"""What is wrong, and what would help."""


def judge(file: Listed, zone: str, now: datetime) -> Wrong | None:
    """What is wrong with the clock of a server that wrote this file a moment ago; None where nothing is.

    The name tells the server's wall clock, the file's time its clock in UTC.
    """
    written = datetime.fromtimestamp(file.written, UTC)
    stamped = moment(read_name(file.name).stamp, zone)
    if written - now > MOST or -DAY < written - now < -MOST:
        return _apart("the server's clock", written - now)
    if MOST < abs(stamped - written) < DAY:
        what = f"names of files are {_words(stamped - written)} what the time zone {zone} gives"
        return what, "set `timezone` of this server right, then `muster rebuild --zone SERVER=ZONE`"
    return None


def ahead(files: Sequence[Listed], now: datetime) -> Wrong | None:
    """What is wrong where the newest of files is from the future, whenever it came."""
    newest = max((file.written for file in files), default=0.0)
    off = datetime.fromtimestamp(newest, UTC) - now
    return _apart("the server's clock", off) if off > MOST else None


def pushed(name: str, zone: str, now: datetime) -> Wrong | None:
    """What is wrong where a file that is pushed is from the future. It may well be old."""
    off = moment(read_name(name).stamp, zone) - now
    return _apart(f"the server's clock (time zone {zone})", off) if off > MOST else None


def _apart(whose: str, off: timedelta) -> Wrong:
    return f"{whose} is {_words(off)} this machine's", "switch on time synchronisation on both"


def _words(off: timedelta) -> str:
    minutes = round(abs(off).total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    length = f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{minutes} min"
    return f"{length} {'ahead of' if off > timedelta(0) else 'behind'}"
