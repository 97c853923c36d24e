"""How pictures look: colours, sizes and the font, in one place.

Made for Discord's dark theme and for a phone: a picture 1080 px wide is shown there about 400 wide, so text is never
below 22 px. Data colours are Okabe and Ito's, which people with any colour blindness tell apart, lightened where they
would drown in the dark.
"""

from pathlib import Path
from typing import Final

import matplotlib
import msgspec

WIDTH: Final = 1080
MARGIN: Final = 18
GAP: Final = 14
PADDING: Final = 20
RADIUS: Final = 14

BACKGROUND: Final = "#1e1f22"
CARD: Final = "#2b2d31"
TRACK: Final = "#35373d"
GRID: Final = "#3f4248"
TEXT: Final = "#f2f3f5"
QUIET: Final = "#b5bac1"

SKY: Final = "#56b4e9"
ORANGE: Final = "#e69f00"
GREEN: Final = "#2cb58e"
PURPLE: Final = "#d48bb4"
YELLOW: Final = "#f0e442"
GREY: Final = "#949ba4"

TEAM_COLOURS: Final = {"A": SKY, "B": ORANGE}
"""By team; a player of neither is GREY."""
FIRST: Final = SKY
SECOND: Final = ORANGE

HERO: Final = 76
HEADLINE: Final = 46
TITLE: Final = 30
BODY: Final = 26
SMALL: Final = 23

FONTS: Final = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
REGULAR: Final = FONTS / "DejaVuSans.ttf"
BOLD: Final = FONTS / "DejaVuSans-Bold.ttf"


class Box(msgspec.Struct, frozen=True):
    """A rectangle in pixels from the top left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height

    def inset(self, by: float) -> "Box":
        """The box without a border of so many pixels."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)

    def columns(self, count: int, gap: float) -> tuple["Box", ...]:
        """The box cut into columns of one width."""
        width = (self.width - gap * (count - 1)) / count
        return tuple(Box(self.x + i * (width + gap), self.y, width, self.height) for i in range(count))


def team_colour(team: str | None) -> str:
    """The colour of team `A` or `B`, or the neutral one."""
    return TEAM_COLOURS.get(team or "", GREY)
