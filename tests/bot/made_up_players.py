"""Answers about players, made up by hand: small enough to see by eye what a page has to say."""

from datetime import UTC, datetime

from muster.stats.values import (
    EVERYTHING,
    GATES,
    Alias,
    Career,
    Company,
    History,
    MapLine,
    Maps,
    PlayerLine,
    PlayerRef,
    Rating,
    Recent,
    RecentRound,
    Record,
    Result,
    RoundHead,
    Scope,
    SessionLine,
    Totals,
    WeaponLine,
    Weapons,
    WeaponTotals,
)
from muster.stats.values.players import HeadToHead, Together
from muster.stats.values.progress import Best, Judged, Milestone, Sheet, SheetLine, Verdict
from muster.stats.values.rankings import Standing

ALICE = PlayerRef("A" * 32, "alice")
BOB = PlayerRef("B" * 32, "bob")
HOSTILE = PlayerRef("C" * 32, "**`x`** @everyone <@1> [l](http://a.b) ||s||")
HOSTILE_TITLE = r"\*\*\`x\`\*\* @" + "\u200b" + r"everyone \<@" + "\u200b" + r"1\> \[l\]\(http\://a\.b\) …"
"""The hostile name where markdown would be read."""
INVISIBLE = PlayerRef("DDDDDDDD", "\u3164\u200b")
ON_SUPPLY = Scope(map="supply")
ENOUGH = Totals(
    rounds=40, rounds_won=24, rounds_lost=16, seconds=24_000, timed_damage=120_000, alive_seconds=18_000,
    alive_of_seconds=24_000, alive_damage=120_000, useful_of_kills=500, repairs_of_rounds=40, revives_of_rounds=40,
    kills=500, deaths=400, headshots=330, aimed_hits=3_000, aimed_shots=8_000, damage_given=120_000,
    damage_received=100_000, useful_kills=250, kill_assists=80, dynamites_planted=12, repairs=4, revives_given=60,
    dpm_rounds=40, dpm_sum=120_000, dpm_squares=372_000_000,
)  # fmt: skip
ONE = Totals(rounds=1, rounds_lost=1, kills=3)
"""A round of somebody whose time is unknown, as the oldest servers wrote it."""


def when(day: int, hour: int = 20) -> datetime:
    """A moment of October 2025."""
    return datetime(2025, 10, day, hour, tzinfo=UTC)


def career(player: PlayerRef = ALICE, totals: Totals = ENOUGH, scope: Scope = EVERYTHING) -> Career:
    """A career with a rating and two names; of no rating and one name where there is hardly a round."""
    known = totals.rounds > 1
    return Career(
        player=player,
        scope=scope,
        totals=totals,
        matches=Record(10, 1, 7) if known else Record(),
        sessions=5 if known else 1,
        rating=Rating(25.0, 2.5, 18, 1700, 100, 2, 31) if known else None,
        first_seen=when(1),
        last_seen=when(12),
        aliases=(
            Alias(player.name, 39, when(1), when(12)),
            *((Alias("*al*", 1, when(2), when(2)),) if known else ()),
        ),
    )


def head(map_: str = "supply", day: int = 12, number: int = 1) -> RoundHead:
    """A round of an evening in October."""
    return RoundHead(
        file=f"2025-10-{day:02}-200000-{map_}-round-{number}.txt",
        server="s",
        played_at=when(day),
        map=map_,
        config="legacy6",
        round=number,
        defender="axis",
        winner="allies",
        outcome="completed",
        seconds=600.0,
        status="paired",
        valid=True,
        flags=(),
        session_id="s1",
        match_id=None,
        match_up=None,
        axis_team=None,
        winner_team=None,
    )


def sheet(player: PlayerRef = ALICE, totals: Totals = ENOUGH, scope: Scope = EVERYTHING) -> Sheet:
    """Four metrics: a sum with a rank, one nobody wants to lead, a ratio, and one without a value."""
    lines = (
        SheetLine("kills", 500, 12.5, 1, 9),
        SheetLine("deaths", 400, 10.0, 3, 9),
        SheetLine("kd", 1.25, None, 4, 7),
        SheetLine("consistency", None, None, None, 7),
    )
    return Sheet(player, scope, totals, GATES, lines if totals.rounds else ())


def best(what: str = "kills", value: float = 25) -> Best:
    """A best round."""
    return Best(what, value, head("te_escape2"))


def standing(metric: str, value: float | None, rank: int | None, total: int) -> Standing:
    """A place in a ranking."""
    return Standing(metric, value, rank, total, None if rank is None else 100 * (total - rank) / (total - 1))


def weapons(player: PlayerRef = ALICE) -> Weapons:
    """One weapon that is aimed, one that is not, and one never fired."""
    return Weapons(
        player,
        (
            WeaponLine("MP40", True, WeaponTotals(40, 1_200, 3_000, 310, 200, 130), 40.0, 130 / 12),
            WeaponLine("GRENADELAUNCHER", False, WeaponTotals(8, 10, 40, 4, 9, 0), None, None),
            WeaponLine("FG42", True, WeaponTotals(1, 0, 0, 0, 1, 0), None, None),
        ),
    )


def map_line(name: str, rounds: int, dpm: float | None = 300.0) -> MapLine:
    """A map with its differences; those of an unknown DPM are unknown."""
    totals = Totals(rounds=rounds, rounds_won=rounds, kills=5, deaths=4, aimed_hits=30, aimed_shots=90)
    return MapLine(name, totals, 1.25, dpm, 100 / 3, 0.104, None if dpm is None else dpm - 300.4, -4.1667)


def maps(player: PlayerRef = ALICE) -> Maps:
    """Three maps, the last one without times."""
    lines = (map_line("te_escape2", 22), map_line("sw_goldrush_te", 12, 340.0), map_line("supply", 6, None))
    return Maps(player, ENOUGH, lines)


def session(day: int, *, maps: tuple[str, ...] = ("supply", "etl_adlernest"), known: bool = True) -> SessionLine:
    """An evening."""
    return SessionLine(
        session_id=f"s{day}",
        server="s",
        started_at=when(day),
        day=20251000 + day,
        maps=maps,
        totals=Totals(rounds=4),
        kd=1.1 + day / 100,
        dpm=300.0 + day if known else None,
        accuracy=38.25 if known else None,
        matches=Record(2, 0, 1) if known else Record(),
        rating_change=12,
    )


def history(*days: int, player: PlayerRef = ALICE, total: int | None = None) -> History:
    """Evenings, as given."""
    return History(player, tuple(session(day) for day in days), 0, len(days) if total is None else total)


def played(map_: str = "supply", day: int = 12, result: Result | None = Result.WON) -> RecentRound:
    """A round of a player; of unknown times where it has no result."""
    totals = Totals(rounds=1, kills=11, deaths=4)
    line = PlayerLine(ALICE, totals, 2.75, 301.4 if result else None, 39.04 if result else None, None)
    return RecentRound(head(map_, day), line, "axis", "A", result)


def recent(*rounds: RecentRound, player: PlayerRef = ALICE) -> Recent:
    """Last rounds."""
    return Recent(player, rounds)


def judged(player: PlayerRef, won: int, lost: int, delta: float | None, verdict: Verdict) -> Judged:
    """Somebody met in so many rounds."""
    n = won + lost
    rate = 100 * won / n if n else None
    return Judged(Company(player, n or 12, won, lost, rate, 10.0, 310.0, 10.4), delta, verdict)


def meeting(against: int, together: int, one: PlayerRef = ALICE, other: PlayerRef = BOB) -> HeadToHead:
    """Two players in so many rounds, of which the first won every one."""

    def shared(rounds: int) -> Together:
        line = played().line
        return Together(rounds, line, line, rounds, 0, 0, 0.0)

    return HeadToHead(one, other, EVERYTHING, shared(against), shared(together), Record(3, 0, 1), 300.0, 310.0)


def milestone(key: str, value: float | None, level: int, step: int | None, reached: int | None = None) -> Milestone:
    """A place on a ladder of eight steps."""
    return Milestone(key, value, level, 8, reached, step, 1.0 if step is None else (value or 0) / step)


def described(*lines: str) -> str:
    """A description of these lines."""
    return "\n".join(lines)
