"""Made-up answers for the tests of what a terminal shows, and a console to show them on."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console, RenderableType

from muster.stats.metrics import METRICS
from muster.stats.values import (
    Award,
    MapShare,
    MatchPage,
    MatchPlayer,
    MatchUp,
    PlayedMap,
    PlayerLine,
    PlayerRef,
    Result,
    RoundHead,
    RoundPage,
    RoundPlayer,
    SessionHead,
    SessionOverview,
    SessionPlayer,
    SideReport,
    Stint,
    TeamReport,
    Totals,
)

NIGHT = datetime(2025, 10, 26, 19, 30, 1, tzinfo=UTC)
NAMES = (
    "bordle",
    "jalpel",
    "kesfo",
    "Gnavo",
    "urbxo",
    "morbin",
    "zugard",
    "fisoon",
    "huxtik",
    "croyas",
    "dulzel",
    "ibonox",
)
HOSTILE = (
    "[red]boo[/red]",
    "[link=https://example.org]x",
    "\x1b[31mred\x1b[0m",
    "\x9b31mcsi",
    "\u202egnol",
    "@everyone",
    "line\nbreak\ttab",
    "🐭🐭mouse",
    "👨\u200d👩\u200d👧fam",
    "名無し名無し",
    "שלום",
    "zal" + "\u0301" * 40 + "go",
    "\u3164",
    "",
    "Żółw " * 12,
    ":smile: [/]",
)


def lines(page: RenderableType, width: int = 80) -> list[str]:
    """A page as a pipe gets it."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(page)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def coloured(page: RenderableType, width: int = 80) -> str:
    """A page as a terminal gets it."""
    file = io.StringIO()
    Console(
        file=file, width=width, highlight=False, force_terminal=True, color_system="standard", legacy_windows=False
    ).print(page)
    return file.getvalue()


def ref(number: int, name: str | None = None) -> PlayerRef:
    """A player by number; his name where none is given."""
    return PlayerRef(f"{0xA0000000 + number:08X}", NAMES[number % len(NAMES)] if name is None else name)


def totals(number: int = 0, **sums: int) -> Totals:
    """A round of somebody; the number makes it differ from another's."""
    usual = Totals(
        rounds=1, rounds_won=1, seconds=720, timed_damage=3200 - 130 * number, kills=21 - number, deaths=12 + number,
        headshots=14, hits=160, shots=470, aimed_hits=150, aimed_shots=430 + 5 * number,
        damage_given=3200 - 130 * number, damage_received=2500 + 40 * number, gibs=3, xp=88, headshot_kills=5,
        revives_given=number, revives_of_rounds=1,
    )  # fmt: skip
    return msgspec.structs.replace(usual, **sums)


def line(number: int, kind: type[Any] = PlayerLine, name: str | None = None, **more: Any) -> Any:
    """A player's numbers as a kind of line; `sums` instead of the usual ones."""
    sums = more.pop("sums", totals(number))
    ratios = {key: METRICS[key].of(sums) for key in ("kd", "dpm", "accuracy", "headshot_rate")}
    return kind(player=ref(number, name), totals=sums, **ratios, **more)


def head(number: int = 1, **changed: Any) -> RoundHead:
    """A round's head."""
    usual = RoundHead(
        file=f"2025-10-26-203001-supply-round-{number}.txt", server="dry.dock", played_at=NIGHT, map="supply",
        config="legacy6", round=number, defender="axis", winner="allies", outcome="completed", seconds=443.0,
        status="paired", valid=True, flags=(), session_id="s", match_id="m", match_up=1, axis_team="A", winner_team="B",
    )  # fmt: skip
    return msgspec.structs.replace(usual, **changed)


def round_player(number: int, side: str, name: str | None = None, **changed: Any) -> RoundPlayer:
    """A player in a round."""
    player: RoundPlayer = line(
        number,
        RoundPlayer,
        name,
        side=side,
        team="A" if side == "axis" else "B",
        eligible=True,
        confidence=None,
        killing_spree=4,
        death_spree=3,
        flags=(),
    )
    return msgspec.structs.replace(player, **changed)


def round_page(axis: Sequence[RoundPlayer], allies: Sequence[RoundPlayer], **changed: Any) -> RoundPage:
    """A round with these players."""
    best = sorted((*axis, *allies), key=lambda p: -p.totals.kills)[:5]
    usual = RoundPage(
        head=head(2),
        axis=SideReport("axis", "A", False, Result.LOST, tuple(axis), totals(0, kills=50, deaths=70)),
        allies=SideReport("allies", "B", True, Result.WON, tuple(allies), totals(0, kills=70, deaths=50)),
        others=(),
        leaders=tuple(best),
        totals=totals(0, kills=120, deaths=120),
    )
    return msgspec.structs.replace(usual, **changed)


def match_player(number: int, name: str | None = None, **changed: Any) -> MatchPlayer:
    """A player in a match."""
    player: MatchPlayer = line(
        number, MatchPlayer, name, seconds=870, both=False, rating=1100 - number, rating_change=12 - 3 * number
    )
    return msgspec.structs.replace(player, **changed)


def match_page(players: int = 3, **changed: Any) -> MatchPage:
    """A match of so many on each side."""
    ours = tuple(match_player(n) for n in range(players))
    theirs = tuple(match_player(n) for n in range(players, 2 * players))
    usual = MatchPage(
        match_id="2025-10-26-202000-supply@dry.dock",
        match_up_id="u",
        session_id="s",
        server="dry.dock",
        map="supply",
        played_at=NIGHT,
        valid=True,
        rounds=(head(1, outcome="held", winner="axis", winner_team="A", seconds=720.0), head(2)),
        first_attackers="B",
        team_a=TeamReport("A", 2, Result.WON, ours, totals()),
        team_b=TeamReport("B", 0, Result.LOST, theirs, totals()),
        leaders=tuple(sorted((*ours, *theirs), key=lambda p: -p.totals.kills)[:5]),
        margin=0.2,
    )
    return msgspec.structs.replace(usual, **changed)


def session_head(**changed: Any) -> SessionHead:
    """An evening's head."""
    ended = NIGHT.replace(hour=22)
    usual = SessionHead("2025-10-26-200001@dry.dock", "dry.dock", NIGHT, ended, 20251026, 9300.0, 18, 9, 12, 1)
    return msgspec.structs.replace(usual, **changed)


def played_map(**changed: Any) -> PlayedMap:
    """A map as it was played."""
    usual = PlayedMap("supply", "m", 1, head(1), head(2, outcome="held", seconds=720.0), 2, 0, "A")
    return msgspec.structs.replace(usual, **changed)


def session_player(number: int, team: str = "A", name: str | None = None, **changed: Any) -> SessionPlayer:
    """A player over an evening."""
    stints = (Stint(1, team),)
    player: SessionPlayer = line(
        number, SessionPlayer, name, maps=9, stints=stints, won=5, drawn=1, lost=3, killing_spree=7, death_spree=5
    )
    return msgspec.structs.replace(player, **changed)


def match_up(number: int = 1, **changed: Any) -> MatchUp:
    """Two teams of an evening."""
    usual = MatchUp(number, f"u{number}", (ref(0), ref(2)), (ref(1), ref(3)), 9, 11, 7, 5, 3, 1)
    return msgspec.structs.replace(usual, **changed)


def session(players: Sequence[SessionPlayer], **changed: Any) -> SessionOverview:
    """An evening with these players."""
    usual = SessionOverview(
        head=session_head(),
        totals=totals(0, rounds=18, kills=1200, deaths=1200, damage_given=345678),
        players=tuple(players),
        played=(played_map(), played_map(map="te_escape2", score_a=1, score_b=1, first_attackers="B")),
        match_ups=(match_up(),),
        awards=(
            Award("most_kills", "kills", ref(0), 1245.0, 0, 0),
            Award("best_accuracy", "accuracy", ref(2), 41.25, 3, 100),
        ),
        weapons=(),
        maps=(MapShare("supply", 4, 1800.0, 300),),
        trend=(),
    )
    return msgspec.structs.replace(usual, **changed)
