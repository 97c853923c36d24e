"""A session as a CSV file: a row for every player, every number of his."""

import csv
import io
import re
from typing import Any, Final

from muster.bot.pages import Upload
from muster.stats.metrics import METRICS
from muster.stats.values import SessionOverview, SessionPlayer

_METRICS: Final = tuple(key for key in METRICS if key != "rating")
COLUMNS: Final = (
    *("session_id", "guid", "name", "bot", "teams", "maps", "won", "drawn", "lost", "killing_spree", "death_spree"),
    *_METRICS,
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def upload(overview: SessionOverview) -> Upload:
    """The file. A metric that is unknown is empty; ratios have four decimals, percentages are percent."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(overview, player) for player in overview.players)
    name = re.sub(r"[^\w.-]+", "_", overview.head.session_id)[:80].strip("_")
    return Upload(f"session-{name}.csv" if name else "session.csv", text.getvalue().encode())


def _row(overview: SessionOverview, player: SessionPlayer) -> list[Any]:
    return [
        _harmless(overview.head.session_id),
        _harmless(player.player.key),
        _harmless(player.player.name),
        "true" if player.player.is_bot else "false",
        " ".join(f"{stint.match_up}{stint.team}" for stint in player.stints),
        *(player.maps, player.won, player.drawn, player.lost, player.killing_spree, player.death_spree),
        *(_number(METRICS[key].of(player.totals)) for key in _METRICS),
    ]


def _number(value: float | None) -> float | str:
    return "" if value is None else round(value, 4)


def _harmless(text: str) -> str:
    """A foreign text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
