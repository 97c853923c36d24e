"""What pages are put together from: cards, facts on a line, bars, headings, remarks."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.panel import Panel
from rich.text import Text

from muster.cli.show import style

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_SEPARATOR: Final = " · "


class Facts:
    """Short facts one after the other. A line ends between two of them, never within one."""

    def __init__(self, facts: Iterable[Text | str], separator: str = _SEPARATOR, margin: int = 0) -> None:
        self._facts = [fact if isinstance(fact, Text) else Text(fact) for fact in facts if fact]
        self._separator = separator
        self._margin = " " * margin

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Takes what there is."""
        return Measurement(1, options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines."""
        line: Text | None = None
        for fact in self._facts:
            if line is not None and line.cell_len + len(self._separator) + fact.cell_len > options.max_width:
                yield line
                line = None
            if line is None:
                line = Text(self._margin, no_wrap=True, overflow="ellipsis")
            else:
                line.append(self._separator)
            line.append_text(fact)
        if line is not None:
            yield line


class Prose:
    """Sentences, broken between words; `margin` cells stay free before each line."""

    def __init__(self, text: Text, margin: int = 0) -> None:
        self._text = text
        self._margin = margin

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines."""
        for line in self._text.wrap(console, max(options.max_width - self._margin, 1)):
            line.rstrip()
            yield Text(" " * self._margin).append_text(line)


class Bar(msgspec.Struct, frozen=True):
    """A bar over part of the width; `share` 0 to 1."""

    share: float

    def draw(self, width: int) -> Text:
        """Full blocks and one of an eighth's exactness."""
        whole, eighths = divmod(round(min(max(self.share, 0.0), 1.0) * width * 8), 8)
        return Text("█" * whole + (_EIGHTHS[eighths] if eighths else ""), style.BAR)


class Whisker(msgspec.Struct, frozen=True):
    """A value between two others, as shares of the width: `├──●──┤` without the ends."""

    low: float
    at: float
    high: float

    def draw(self, width: int) -> Text:
        """A dot on a line."""
        low, at, high = (round(min(max(share, 0.0), 1.0) * (width - 1)) for share in (self.low, self.at, self.high))
        cells = ["─" if low <= i <= high else " " for i in range(width)]
        cells[at] = "●"
        return Text("".join(cells).rstrip(), style.BAR)


def card(title: Text, *body: RenderableType) -> Panel:
    """A frame for what is most important on a page."""
    return Panel(Group(*body), title=title, title_align="left", border_style=style.FRAME)


def heading(text: str) -> Text:
    """The line over a table."""
    return Text(text, style.TITLE)


def page(*parts: RenderableType | None) -> Group:
    """Parts one below the other, a line between them."""
    shown: list[RenderableType] = []
    for part in parts:
        if part is not None:
            shown += [Text(), part] if shown else [part]
    return Group(*shown)


def remark(*facts: Text | str) -> RenderableType:
    """Facts below a table."""
    return Facts(facts, margin=1)


def names(label: str, shown: Sequence[str], total: int) -> list[Text]:
    """A label and names, and how many more there are."""
    rest = [Text(f"and {total - len(shown):,} more")] if total > len(shown) else []
    first, *others = [Text(name) for name in shown] or [Text()]
    return [Text(f"{label}  ", style.HEAD).append_text(first.copy()), *others, *rest]
