"""Where round files come from: what is configured, how it is, what a sync did."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.text import Text

from muster.cli.show import imports, style, text
from muster.cli.show.grid import Column, Grid, Section
from muster.cli.show.pieces import Prose, page

if TYPE_CHECKING:
    from muster.collect.probe import Found, Place
    from muster.collect.sync import SyncReport
    from muster.store.collectors import CollectorRow

STALE: Final = timedelta(minutes=3)
"""After that nobody is there who notes how collectors are."""

_GOOD: Final = ("ok",)
_FAIR: Final = ("waiting", "clock off")


def places(value: "Sequence[Place]") -> RenderableType:
    """What is configured."""
    if not value:
        return Text("Nothing collects: set folder, ssh_host or push_token_env in a [[servers]] table of muster.toml.")
    rows = [[text.plain(one.server), one.kind, text.plain(one.place), one.timezone] for one in value]
    columns = [Column("Server", left=True, style=style.HEAD), Column("Kind", left=True)]
    return Grid([*columns, Column("Place", left=True, least=20), Column("Time zone", left=True)], [Section(rows)])


def states(value: "Sequence[CollectorRow]", there: Collection[tuple[str, str]], now: datetime) -> RenderableType:
    """How each one is, and the cure where it is not well. `there`: what is configured."""
    if not there:
        return places([])
    parts: list[RenderableType] = [_state(one, now) for one in value]
    known = {(one.server, one.kind) for one in value}
    for server, kind in sorted(set(there) - known):
        parts.append(Text(f"{text.plain(server)}, {kind}: never ran; `muster run` starts it"))
    return Group(*parts)


def _state(one: "CollectorRow", now: datetime) -> RenderableType:
    colour = style.GOOD if one.state in _GOOD else style.HEAD if one.state in _FAIR else style.BAD
    head = Text.assemble((text.plain(one.server), style.HEAD), f", {one.kind}: ", (one.state, colour))
    head.append(f" since {text.minute(one.since)} · {text.plain(one.place)}")
    lines: list[RenderableType] = [head]
    if one.detail:
        lines.append(Prose(Text(text.plain(one.detail)), 2))
    if one.cure:
        lines.append(Prose(Text(f"→ {text.plain(one.cure)}"), 2))
    if one.newest and one.came:
        lines.append(Prose(Text(f"last round {text.plain(one.newest)}, stored {_ago(now - one.came)} ago"), 2))
    if now - one.noted > STALE:
        said = f"noted {_ago(now - one.noted)} ago: `muster run` does not seem to be running"
        lines.append(Prose(Text(said, style.BAD), 2))
    return Group(*lines)


def _ago(length: timedelta) -> str:
    seconds = max(length.total_seconds(), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def found(value: "Sequence[Found]") -> RenderableType:
    """What a look found."""
    return Group(*(_found(one) for one in value))


def _found(one: "Found") -> RenderableType:
    colour = style.GOOD if one.state in _GOOD else style.HEAD if one.state in _FAIR else style.BAD
    head = Text.assemble((text.plain(one.server), style.HEAD), f", {one.kind}: ", (str(one.state), colour))
    head.append(f" · {text.plain(one.place)}")
    lines: list[RenderableType] = [head]
    if one.detail:
        lines.append(Prose(Text(text.plain(one.detail)), 2))
    if one.cure:
        lines.append(Prose(Text(f"→ {text.plain(one.cure)}"), 2))
    if one.newest:
        lines.append(Prose(Text(f"{text.counted(one.files, 'round file')}, the newest {text.plain(one.newest)}"), 2))
    elif not one.detail and one.kind != "push":
        lines.append(Prose(Text("no round file is there"), 2))
    return Group(*lines)


def report(value: "SyncReport", seconds: float) -> RenderableType:
    """What a sync did."""
    rate = f", {value.wanted / seconds:,.0f} a second" if value.wanted and seconds > 1 else ""
    looked = f"{value.wanted:,} of {text.counted(value.listed, 'file')} looked at in {seconds:.1f} s{rate}"
    failures = [Prose(Text(f"{text.plain(one.server)}: {text.plain(one.reason)}", style.BAD)) for one in value.failures]
    done = [imports.render(value.imported)] if value.imported.counts else []
    return page(Text(looked), *done, *failures)
