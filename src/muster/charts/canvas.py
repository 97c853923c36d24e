"""A picture to draw on in pixels, the first line on top: a thin layer over matplotlib's figure, without axes.

Axes, ticks and layout engines take most of the time of an ordinary matplotlib picture; here everything has its
place already.
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Final, Literal

import matplotlib
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image

from muster.charts import style
from muster.charts.style import Box

Point = tuple[float, float]
Align = Literal["left", "center", "right"]

DPI: Final = 72
"""One point is one pixel."""
_CAPITALS: Final = 0.365
"""Half the height of the font's capitals, of its size."""
_COLOURS: Final = 256
_COMPRESSION: Final = 5


def picture(width: int, height: int, paint: Callable[["Canvas"], None]) -> bytes:
    """A PNG of what `paint` puts on a canvas: the same bytes for the same strokes, whatever matplotlibrc lies about."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["text.hinting"] = "none"  # as text is measured
        canvas = Canvas(width, height)
        paint(canvas)
        return canvas.png()


class Canvas:
    """A picture in the making. Later strokes cover earlier ones."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=style.BACKGROUND)
        self._agg = FigureCanvasAgg(self._figure)
        self._pixels = Affine2D().scale(1, -1).translate(0, height)

    def box(self, box: Box, colour: str, radius: float = 0, alpha: float = 1) -> None:
        """A filled rectangle, its corners rounded."""
        path = _rounded(box, min(radius, box.width / 2, box.height / 2))
        self._add(PathPatch(path, facecolor=colour, edgecolor="none", linewidth=0, alpha=alpha))

    def text(
        self, x: float, y: float, text: str, size: float, colour: str = style.TEXT, *, bold: bool = False,
        align: Align = "left",
    ) -> None:  # fmt: skip
        """One line of printable text whose capitals have their middle at `y`."""
        font = FontProperties(fname=str(style.BOLD if bold else style.REGULAR), size=size)
        self._add(
            Text(
                x, y + _CAPITALS * size, text, color=colour, fontproperties=font, horizontalalignment=align,
                verticalalignment="baseline", parse_math=False,
            )
        )  # fmt: skip

    def line(self, points: Sequence[Point], colour: str, width: float, alpha: float = 1) -> None:
        """A line through the points."""
        xs, ys = zip(*points, strict=True)
        self._add(
            Line2D(xs, ys, color=colour, linewidth=width, alpha=alpha, solid_capstyle="round", solid_joinstyle="round")
        )

    def dots(self, points: Sequence[Point], colour: str, radius: float, alpha: float = 1) -> None:
        """A disc at each point."""
        xs, ys = zip(*points, strict=True) if points else ((), ())
        self._add(
            Line2D(
                xs, ys, linestyle="none", marker="o", markersize=2 * radius, markerfacecolor=colour,
                markeredgecolor="none", markeredgewidth=0, alpha=alpha,
            )
        )  # fmt: skip

    def area(self, points: Sequence[Point], colour: str, alpha: float = 1) -> None:
        """A filled polygon."""
        self._add(Polygon(points, closed=True, facecolor=colour, edgecolor="none", alpha=alpha))

    def png(self) -> bytes:
        """The picture as a PNG file of 256 colours: a tenth of the size of all colours, and sooner written."""
        self._agg.draw()  # type: ignore[no-untyped-call]  # not savefig, which draws everything twice
        rgba = self._agg.buffer_rgba()  # type: ignore[no-untyped-call]
        pixels = Image.frombuffer("RGBA", (self.width, self.height), rgba)
        out = BytesIO()
        flat = pixels.convert("RGB").quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        flat.save(out, "PNG", compress_level=_COMPRESSION)
        return out.getvalue()

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._pixels)
        artist.set_zorder(0)
        self._figure.add_artist(artist)


def _rounded(box: Box, radius: float) -> Path:
    if radius <= 0:
        corners = [(box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom), (box.x, box.y)]
        return Path(corners, [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY])
    left, top, right, bottom = box.x, box.y, box.right, box.bottom
    points = [
        (left + radius, top),
        (right - radius, top), (right, top), (right, top + radius),
        (right, bottom - radius), (right, bottom), (right - radius, bottom),
        (left + radius, bottom), (left, bottom), (left, bottom - radius),
        (left, top + radius), (left, top), (left + radius, top),
        (left + radius, top),
    ]  # fmt: skip
    side = [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path(points, [Path.MOVETO, *side * 4, Path.CLOSEPOLY])
