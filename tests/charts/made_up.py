"""Answers made up for the pictures: an evening of so many players, with the names of a real server's oddest night."""

from datetime import UTC, datetime, timedelta
from random import Random

from muster.stats.values import (
    Award,
    MapShare,
    MatchUp,
    PlayedMap,
    PlayerRef,
    RoundHead,
    SessionHead,
    SessionOverview,
    SessionPlayer,
    Stint,
    Totals,
    TrendPlayer,
    TrendPoint,
    WeaponLine,
    WeaponTotals,
)

PLAIN = (
    "Gnadle", "wobdle", "borcus.", "SkibberKraut", "vexax", "zugcus", "fox", "//^?/M-Lanternjaw", "o t t e r",
    "dUffle", "mOrbin", "bogs", "halyard", "Fisax", "yargus", "snOrk", "QO-RULC", "Keelson2026", "tavbin", "ORLAx",
)  # fmt: skip
ODD = (
    "$x^2$ \\frac{1}{2}", "Żółw_Śpioch", "Δέλτα-Ωμέγα", "Ёжик в тумане", "★彡 ninja 彡★", "名無しさん",
    "\U0001f42dmouse", "*_bold_*", "\u202eevil", "Z\u0335\u0321\u0322\u0334a\u0315\u0300l\u0301g\u0302o", "𝕱𝖗𝖆𝖐𝖙𝖚𝖗",
    "a" * 60, "^^1x", "@everyone", "مرحبا", "  ", "$", "100% \\ $_$", "<b>&amp;", "ﬁne™®♥☠",
)  # fmt: skip
MAPS = ("supply", "etl_adlernest", "te_escape2", "sw_goldrush_te", "etl_sp_delivery", "et_brewdog", "erdenberg_t2")
WEAPONS = ("THOMPSON", "MP40", "GRENADE", "PANZERFAUST", "COLT", "LUGER", "STEN", "ARTILLERY", "GRENADELAUNCHER",
           "FG42", "KNIFE", "MORTAR2", "SYRINGE")  # fmt: skip
START = datetime(2025, 10, 12, 18, 30, tzinfo=UTC)


def names(count: int, *, odd: bool = False) -> list[str]:
    """So many different names."""
    pool = (*ODD, *PLAIN) if odd else (*PLAIN, *ODD)
    return [pool[i] if i < len(pool) else f"{pool[i % len(pool)]}{i}" for i in range(count)]


def overview(players: int = 12, maps: int = 6, *, odd: bool = False, match_ups: int = 1) -> SessionOverview:
    """An evening of `maps` maps played both ways by two teams."""
    dice = Random(players * 100 + maps)
    people = [PlayerRef(f"{i:032X}", name) for i, name in enumerate(names(players, odd=odd))]
    team = {p.key: "AB"[i % 2] for i, p in enumerate(people)}
    points, played = [], []
    for number in range(maps):
        number_of_match_up = number * match_ups // maps + 1
        heads = [_head(number, half, number_of_match_up) for half in (1, 2)]
        a = dice.choice((2, 0, 1))
        played.append(PlayedMap(heads[0].map, heads[0].match_id, number_of_match_up, heads[0], heads[1], a, 2 - a, "A"))
        points += [_point(head, people, team, dice) for head in heads]
    lines = sorted((_player(p, team[p.key], points, dice, match_ups) for p in people), key=lambda p: -(p.dpm or 0))
    return SessionOverview(
        head=_session(points, maps, players, match_ups),
        totals=Totals(),
        players=tuple(lines),
        played=tuple(played),
        match_ups=tuple(_match_up(i + 1, people, team, played) for i in range(match_ups)),
        awards=(Award("mvp", "dpm", lines[0].player, 400.0, 2, 0),) if lines else (),
        weapons=tuple(_weapon(i, name) for i, name in enumerate(WEAPONS)),
        maps=tuple(_shares(points)),
        trend=tuple(points),
    )


def empty() -> SessionOverview:
    """A session whose rounds do not count."""
    head = SessionHead("s", "", START, START, 20251012, 0.0, 1, 0, 0, 0)
    return SessionOverview(head, Totals(), (), (), (), (), (), (), ())


def _head(number: int, half: int, match_up: int) -> RoundHead:
    bsp = MAPS[number % len(MAPS)]
    return RoundHead(
        file=f"{number}-{bsp}-round-{half}.txt", server="dry.dock's only", played_at=START, map=bsp, config="legacy3",
        round=half, defender="axis", winner="allies", outcome="completed", seconds=480.0 + 13 * number, status="paired",
        valid=True, flags=(), session_id="s", match_id=f"m{number}", match_up=match_up, axis_team="A", winner_team="B",
    )  # fmt: skip


def _point(head: RoundHead, people: list[PlayerRef], team: dict[str, str], dice: Random) -> TrendPoint:
    lines = []
    for i, player in enumerate(people):
        if dice.random() < 0.06 and len(people) > 1:
            continue
        dpm = max(dice.gauss(380 - 170 * i / len(people), 70), 20)
        lines.append(TrendPlayer(player, team[player.key], dice.randrange(2, 26), dice.randrange(2, 22), dpm, 35.0))
    kills = {t: sum(p.kills for p in lines if p.team == t) for t in "AB"}
    known = [p.dpm or 0 for p in lines]
    return TrendPoint(head, kills["A"], kills["B"], sum(known) / len(known) if known else None, tuple(lines))


def _player(ref: PlayerRef, team: str, points: list[TrendPoint], dice: Random, match_ups: int) -> SessionPlayer:
    mine = [p for point in points for p in point.players if p.player == ref]
    kills, deaths = sum(p.kills for p in mine), sum(p.deaths for p in mine)
    dpms = [p.dpm or 0 for p in mine]
    return SessionPlayer(
        player=ref, totals=Totals(rounds=len(mine), kills=kills, deaths=deaths), kd=kills / (deaths or 1),
        dpm=sum(dpms) / len(dpms) if dpms else None, accuracy=dice.uniform(22, 46), headshot_rate=dice.uniform(6, 24),
        maps=len(mine) // 2, stints=tuple(Stint(i + 1, team) for i in range(match_ups)), won=2, drawn=1, lost=2,
        killing_spree=7, death_spree=4,
    )  # fmt: skip


def _session(points: list[TrendPoint], maps: int, players: int, match_ups: int) -> SessionHead:
    seconds = sum(p.head.seconds + 95 for p in points)
    return SessionHead(
        "s", "dry.dock's only", START, START + timedelta(seconds=seconds), 20251012, seconds, 2 * maps, maps, players,
        match_ups,
    )  # fmt: skip


def _match_up(number: int, people: list[PlayerRef], team: dict[str, str], played: list[PlayedMap]) -> MatchUp:
    mine = [m for m in played if m.match_up == number]
    scores = [(m.score_a or 0, m.score_b or 0) for m in mine]
    return MatchUp(
        number, f"u{number}", tuple(p for p in people if team[p.key] == "A"),
        tuple(p for p in people if team[p.key] == "B"), len(mine), sum(a for a, _ in scores), sum(b for _, b in scores),
        sum(a > b for a, b in scores), sum(b > a for a, b in scores), sum(a == b for a, b in scores),
    )  # fmt: skip


def _weapon(place: int, name: str) -> WeaponLine:
    kills = 0 if name == "SYRINGE" else 420 // (place + 1)
    aimed = name in {"THOMPSON", "MP40", "COLT", "LUGER", "STEN", "FG42"}
    totals = WeaponTotals(rounds=4, hits=kills * 9, shots=kills * 27, kills=kills, deaths=kills // 2)
    return WeaponLine(name, aimed, totals, 33.3 - place if aimed else None, 14.0 if aimed else None)


def _shares(points: list[TrendPoint]) -> list[MapShare]:
    shares: dict[str, MapShare] = {}
    for point in points:
        old = shares.get(point.head.map, MapShare(point.head.map, 0, 0.0, 0))
        shares[old.map] = MapShare(
            old.map, old.rounds + 1, old.seconds + point.head.seconds, old.kills + point.kills_a + point.kills_b
        )
    return sorted(shares.values(), key=lambda share: -share.seconds)
