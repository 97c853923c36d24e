"""Colours by what they mean: named ANSI ones, which a terminal shows in its own palette, dark or light."""

from typing import Final

from muster.stats.values import Result

TITLE: Final = "bold cyan"
HEAD: Final = "bold"
FRAME: Final = "cyan"
GOOD: Final = "green"
BAD: Final = "red"
BEST: Final = "bold green"
DECIDES: Final = "bold"
BAR: Final = "cyan"
PLAIN: Final = ""

TEAMS: Final = {"A": "cyan", "B": "magenta"}
SIDES: Final = {"axis": "red", "allies": "bright_blue"}
RESULTS: Final = {Result.WON: GOOD, Result.DRAWN: PLAIN, Result.LOST: BAD}
