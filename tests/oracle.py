"""An independent, slow and plain reader of ET:Legacy round files: the oracle the real importer is compared with.

Written from the specification (``stats-files.md``, ``commands.md`` §5) alone; it imports nothing of the program under
test. Standard library only. Everything is computed with integers and fractions and turned into a float at the very end.

Conventions of the answer (:class:`Reading`):

* ``played_at``, ``started_at``, ``ended_at`` are *naive server-local* ISO stamps (the export has UTC).
* ``session_id`` is an index into ``Reading.sessions``; ``match_id`` is the tuple ``(r1_file, r2_file)``, pairs only.
* ``server`` is the raw hostname of the header; ``team`` is not given (persistent teams are an opinion, not in a file).
* ``player_rounds`` and ``weapon_rounds`` hold the rows of EVERY round, whatever its status (that is ``--all``); a round
  that could not be derived (an orphan R2) holds the file's own, cumulative, numbers.
* ``weapon_rounds`` leaves out rows whose five counters are all zero.
* Besides the export's columns some rows carry more: ``guid_on_side``, ``r1_attackers`` … (see the code).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str]
"""Identity of a player: (GUID, "") or, for bots, which all share one GUID, (GUID, raw name)."""

FILE_NAME = re.compile(r"^(\d{4}-\d\d-\d\d)-(\d{6})-(.+)-round-([12])\.txt$")
COLOUR = re.compile("\\^[!-\\]_-~\x80-\U0010ffff]")
BOT_GUID = "OMNIBOT0"
PAIR_WINDOW = timedelta(minutes=45)
SESSION_GAP = timedelta(minutes=60)
MIN_SECONDS = 60
SIDES = {1: "axis", 2: "allies"}

# fmt: off
WEAPONS = (
    "KNIFE", "KNIFE_KBAR", "LUGER", "COLT", "MP40", "THOMPSON", "STEN", "FG42", "PANZERFAUST", "BAZOOKA",
    "FLAMETHROWER", "GRENADE", "MORTAR", "MORTAR2", "DYNAMITE", "AIRSTRIKE", "ARTILLERY", "SATCHEL",
    "GRENADELAUNCHER", "LANDMINE", "MG42", "BROWNING", "CARBINE", "KAR98", "GARAND", "K43", "MP34", "SYRINGE",
)
# fmt: on
WEAPON_COUNTERS = ("hits", "shots", "kills", "deaths", "headshots")  # the order in the file

# fmt: off
TAB_FIELDS = (
    "damage_given", "damage_received", "team_damage_given", "team_damage_received", "gibs", "self_kills",
    "team_kills", "team_gibs", "time_played_pct", "xp", "killing_spree", "death_spree", "kill_assists",
    "kill_steals", "headshot_kills", "objectives_stolen", "objectives_returned", "dynamites_planted",
    "dynamites_defused", "times_revived", "bullets_fired", "dpm", "time_played_min", "tank_meatshield",
    "time_dead_ratio", "time_dead_min", "kd", "useful_kills", "denied_playtime", "multi2", "multi3", "multi4",
    "multi5", "multi6", "useless_kills", "full_selfkills", "repairs", "revives_given",
)
# fmt: on
CUMULATIVE = TAB_FIELDS[:8]  # integers; time_played_min (22) is cumulative too and time_played_pct (8) a ratio of sums
FLOATS = ("time_played_pct", "dpm", "time_played_min", "tank_meatshield", "time_dead_ratio", "time_dead_min", "kd")


def layout(count: int) -> tuple[str, ...]:
    """The names of the extended fields of a line that has ``count`` of them."""
    if count == 32:
        return tuple(name for name in TAB_FIELDS[:34] if name not in ("time_played_min", "denied_playtime"))
    if count == 33:
        return tuple(name for name in TAB_FIELDS[:34] if name != "denied_playtime")
    if count >= 34:
        return TAB_FIELDS[:38][:count]
    raise ValueError(f"unknown layout: {count} extended fields")


# ---------------------------------------------------------------------------------------------------- one file, raw


@dataclass
class RawPlayer:
    guid: str
    name: str
    rounds: int
    team: int
    weapons: dict[int, tuple[int, int, int, int, int]]
    """Weapon index -> hits, shots, kills, deaths, headshots, as in the file."""
    tab: dict[str, Fraction]
    """Extended fields that the layout has, exact, as in the file."""
    extended_count: int

    @property
    def key(self) -> Key:
        return (self.guid, self.name if self.guid == BOT_GUID else "")

    def weapon_sum(self, counter: str) -> int:
        return sum(block[WEAPON_COUNTERS.index(counter)] for block in self.weapons.values())


@dataclass
class RawRound:
    file: str
    stamp: datetime
    server: str
    map: str
    config: str
    round: int
    defender: int
    winner: int
    limit: Fraction | None
    """Header field 7 in seconds."""
    next_limit: Fraction | None
    """Header field 8 in seconds."""
    playtime: Fraction | None
    """Header field 9 in seconds, None when absent or not usable."""
    players: list[RawPlayer]

    @property
    def hold(self) -> bool:
        return self.winner == self.defender


def clean_name(name: str) -> str:
    return COLOUR.sub("", name)


def clock_seconds(text: str) -> Fraction | None:
    """``M:SS``, or decimal minutes, as seconds."""
    text = text.strip()
    if match := re.fullmatch(r"(\d+):(\d+)", text):
        return Fraction(int(match[1]) * 60 + int(match[2]))
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return Fraction(text) * 60
    return None


def playtime_seconds(text: str) -> Fraction | None:
    """Header field 9: seconds, or milliseconds when above 10000; None when not positive, not finite, not a number."""
    try:
        value = Fraction(text.strip())
    except ValueError:  # "", "nan", "inf", words
        return None
    if value <= 0:
        return None
    return value / 1000 if value > 10000 else value


def parse_player(line: str) -> RawPlayer:
    guid, name, rounds, team, rest = line.split("\\", 4)
    if "\t" in rest:
        head, *extended = rest.split("\t")
        numbers = head.split()
    else:
        numbers, extended = rest.split(), []
    mask = int(numbers[0])
    indices = [bit for bit in range(28) if mask >> bit & 1]
    if mask >> 28:
        raise ValueError(f"weapon mask {mask} has unknown bits")
    end = 1 + 5 * len(indices)
    if "\t" not in rest:
        extended = numbers[end:]
    elif len(numbers) != end:
        raise ValueError(f"weapon mask {mask} wants {end - 1} numbers, found {len(numbers) - 1}")
    weapons: dict[int, tuple[int, int, int, int, int]] = {}
    for position, index in enumerate(indices):
        hits, shots, kills, deaths, headshots = (int(n) for n in numbers[1 + 5 * position : 6 + 5 * position])
        weapons[index] = (hits, shots, kills, deaths, headshots)
    extended = [value.strip() for value in extended]
    tab = {name: Fraction(value) for name, value in zip(layout(len(extended)), extended, strict=False)}
    return RawPlayer(guid, name, int(rounds), int(team), weapons, tab, len(extended))


def parse_file(path: Path) -> RawRound:
    match = FILE_NAME.match(path.name)
    if match is None:
        raise ValueError(f"not a round file: {path.name}")
    text = path.read_bytes().replace(b"\r\n", b"\n").decode("utf-8", errors="replace")
    lines = [line for line in text.split("\n") if line.strip()]
    header = lines[0].split("\\")
    return RawRound(
        file=path.name,
        stamp=datetime.fromisoformat(f"{match[1]}T{match[2][:2]}:{match[2][2:4]}:{match[2][4:]}"),
        server=header[0],
        map=header[1],
        config=header[2],
        round=int(header[3]),
        defender=int(header[4].strip() or 1),
        winner=int(header[5].strip() or 1),
        limit=clock_seconds(header[6]),
        next_limit=clock_seconds(header[7]),
        playtime=playtime_seconds(header[8]) if len(header) > 8 else None,
        players=[parse_player(line) for line in lines[1:]],
    )


# ------------------------------------------------------------------------------------------------- one round, derived


@dataclass
class Player:
    """One player in one round, with the numbers of that round only."""

    raw: RawPlayer
    weapons: dict[int, tuple[int, ...]]
    tab: dict[str, Fraction | None]

    def total(self, counter: str) -> int:
        return sum(block[WEAPON_COUNTERS.index(counter)] for block in self.weapons.values())


def difference(second: RawPlayer, first: RawPlayer) -> Player:
    """Round 2 minus round 1 of a player whose counters ran on."""
    weapons: dict[int, tuple[int, ...]] = {}
    for index, block in second.weapons.items():
        before = first.weapons.get(index, (0, 0, 0, 0, 0))
        weapons[index] = tuple(max(0, now - then) for now, then in zip(block, before, strict=True))
    tab: dict[str, Fraction | None] = dict(second.tab)
    for name in CUMULATIVE:
        tab[name] = second.tab[name] - first.tab[name]
    time2, time1 = second.tab.get("time_played_min"), first.tab.get("time_played_min")
    pct2, pct1 = second.tab["time_played_pct"], first.tab["time_played_pct"]
    if time2 is None or time1 is None:  # a layout without the time
        tab["time_played_min"] = tab["time_played_pct"] = None
    else:
        tab["time_played_min"] = time2 - time1
        alive = pct2 * time2 - pct1 * time1
        share = alive / (time2 - time1) if time2 != time1 else None
        tab["time_played_pct"] = None if share is None else min(Fraction(100), max(Fraction(0), share))
    return Player(second, weapons, tab)


def stood_aside(second: RawPlayer, first: RawPlayer) -> bool:
    """He kept his row but did not play round 2: same time and not one cumulative counter moved."""
    same_time = second.tab.get("time_played_min") == first.tab.get("time_played_min")
    same_tab = all(second.tab[name] == first.tab[name] for name in CUMULATIVE)
    return same_time and same_tab and second.weapons == first.weapons


def as_is(raw: RawPlayer) -> Player:
    return Player(raw, dict(raw.weapons), dict(raw.tab))


def derive(current: RawRound, partner: RawRound | None) -> list[Player]:
    before = {player.key: player for player in partner.players} if partner is not None else {}
    players = []
    for raw in current.players:
        first = before.get(raw.key)
        if first is None or raw.rounds - first.rounds != 1:
            players.append(as_is(raw))
        elif not stood_aside(raw, first):
            players.append(difference(raw, first))
    return players


def recompute(player: Player) -> None:
    """Replace the fields that the file has wrong or mixed by their definition; only those that the layout has."""
    tab = player.tab
    kills, deaths, shots = player.total("kills"), player.total("deaths"), player.total("shots")
    given, received, minutes = tab["damage_given"], tab["damage_received"], tab.get("time_played_min")
    assert given is not None
    assert received is not None
    ratio = Fraction(kills, deaths) if deaths else Fraction(kills)
    shield = received / max(deaths, 1) / 130
    alive = tab["time_played_pct"]
    tab["kd"] = ratio
    tab["bullets_fired"] = Fraction(shots)
    tab["dpm"] = given / minutes if minutes else None
    tab["tank_meatshield"] = shield if received > 1000 and shield > 3 else Fraction(0)
    tab["time_dead_ratio"] = None if alive is None else 100 - alive


def duration(current: RawRound, players: list[Player]) -> Fraction | None:
    if not current.players:
        return None
    if current.playtime is not None:
        return current.playtime
    if current.winner == 0:
        return None
    if not current.hold:
        return current.next_limit
    times = [time for player in players if (time := player.tab.get("time_played_min"))]
    candidates = [limit for limit in (current.limit, max(times) * 60 if times else None) if limit]
    return min(candidates) if candidates else None


def plain(name: str, value: Fraction | None) -> int | float | None:
    """An exact number as the number a reader expects."""
    if value is None:
        return None
    return float(value) if name in FLOATS or value.denominator != 1 else int(value)


# ------------------------------------------------------------------------------------------------------ a folder


@dataclass
class Reading:
    player_rounds: list[Row] = field(default_factory=list)
    weapon_rounds: list[Row] = field(default_factory=list)
    rounds: list[Row] = field(default_factory=list)
    matches: list[Row] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)
    raw: dict[str, RawRound] = field(default_factory=dict)
    """Every file as it stands, for tests that look deeper."""
    partner: dict[str, str] = field(default_factory=dict)
    """R2 file -> R1 file."""


def order(one: RawRound) -> tuple[datetime, int, str]:
    return (one.stamp, one.round, one.file)


def find_partner(second: RawRound, played: list[RawRound]) -> RawRound | None:
    """The file of the same server and map just before this R2, if that is an R1 of at most 45 minutes ago."""
    earlier = [r for r in played if (r.server, r.map) == (second.server, second.map) and order(r) < order(second)]
    if not earlier:
        return None
    last = max(earlier, key=order)
    return last if last.round == 1 and second.stamp - last.stamp <= PAIR_WINDOW else None


def find_sessions(played: list[RawRound]) -> list[list[RawRound]]:
    sessions: list[list[RawRound]] = []
    for server in sorted({one.server for one in played}):
        last: RawRound | None = None
        for one in sorted((r for r in played if r.server == server), key=order):
            if last is None or one.stamp - last.stamp > SESSION_GAP:
                sessions.append([])
            sessions[-1].append(one)
            last = one
    return sorted(sessions, key=lambda session: order(session[0]))


def is_abandoned(first: RawRound, session: list[RawRound]) -> bool:
    """Another R1 of the same map follows in the same session before any R2 of it."""
    later = [one for one in session if one.map == first.map and order(one) > order(first)]
    return bool(later) and min(later, key=order).round == 1


def status_of(one: RawRound, partner: dict[str, str], session: list[RawRound]) -> str:
    if not one.players:
        return "empty"
    if one.winner == 0:
        return "cancelled"
    if one.file in partner or one.file in partner.values():
        return "paired"
    if one.round == 1:
        return "abandoned" if is_abandoned(one, session) else "single"
    return "orphan_r2" if any(player.rounds >= 1 for player in one.players) else "single"


def zero_sum_flags(players: list[Player]) -> list[str]:
    def tab(name: str) -> Fraction | None:
        values = [player.tab.get(name) for player in players]
        return None if None in values else sum((v for v in values if v is not None), Fraction(0))

    flags = []
    if tab("damage_given") != tab("damage_received"):
        flags.append("zero_sum:damage")
    if sum(p.total("kills") for p in players) != sum(p.total("deaths") for p in players):
        flags.append("zero_sum:kills")
    if tab("team_damage_given") != tab("team_damage_received"):
        flags.append("zero_sum:team_damage")
    if tab("revives_given") is not None and tab("revives_given") != tab("times_revived"):
        flags.append("zero_sum:revives")
    return flags


def read_folder(folder: Path) -> Reading:
    files = sorted(path for path in folder.iterdir() if FILE_NAME.match(path.name))
    everything = sorted((parse_file(path) for path in files), key=order)
    played = [one for one in everything if one.players]

    reading = Reading(raw={one.file: one for one in everything})
    for one in played:
        first = find_partner(one, played) if one.round == 2 else None
        if first is not None:
            reading.partner[one.file] = first.file

    sessions = find_sessions(played)
    session_of = {one.file: number for number, session in enumerate(sessions) for one in session}
    match_of: dict[str, tuple[str, str]] = {}
    for second_file, first_file in reading.partner.items():
        match_of[second_file] = match_of[first_file] = (first_file, second_file)

    seconds_of: dict[str, int | float | None] = {}
    for one in everything:
        first_file_or_none = reading.partner.get(one.file)
        players = derive(one, reading.raw[first_file_or_none] if first_file_or_none else None)
        for player in players:
            recompute(player)
        number = session_of.get(one.file)
        status = status_of(one, reading.partner, sessions[number] if number is not None else [])
        seconds = duration(one, players)
        bots = sum(1 for player in players if player.raw.guid == BOT_GUID)
        valid = (
            status in ("paired", "single")
            and seconds is not None
            and seconds >= MIN_SECONDS
            and not bots * 2 > len(players)
        )
        seconds_of[one.file] = plain("seconds", seconds)
        common: Row = {"file": one.file, "server": one.server, "played_at": one.stamp.isoformat(), "map": one.map}
        places: Row = {"match_id": match_of.get(one.file), "session_id": number}
        reading.rounds.append(
            common
            | {"config": one.config, "round": one.round, "defender": one.defender, "winner": one.winner}
            | {"outcome": None if status in ("empty", "cancelled") else "held" if one.hold else "completed"}
            | {"seconds": seconds_of[one.file], "status": status, "valid": valid, "flags": zero_sum_flags(players)}
            | places
            | {"players": len(players)}
        )
        for player in players:
            reading.player_rounds.append(
                common
                | {"round": one.round, "status": status, "valid": valid}
                | places
                | {"guid": player.raw.guid, "name": clean_name(player.raw.name), "side": SIDES.get(player.raw.team)}
                | {counter: player.total(counter) for counter in ("kills", "deaths", "hits", "shots", "headshots")}
                | {name: plain(name, player.tab.get(name)) for name in TAB_FIELDS}
            )
            for index in sorted(player.weapons):
                if any(player.weapons[index]):
                    reading.weapon_rounds.append(
                        {"file": one.file, "guid": player.raw.guid, "weapon": WEAPONS[index]}
                        | dict(zip(WEAPON_COUNTERS, player.weapons[index], strict=True))
                    )

    for second_file, first_file in sorted(reading.partner.items(), key=lambda pair: order(reading.raw[pair[1]])):
        first, second = reading.raw[first_file], reading.raw[second_file]
        # Team a attacked in round 1 (the oracle's own naming), team b in round 2.
        attackers1, attackers2 = 3 - first.defender, 3 - second.defender
        score = (0, 2) if not second.hold else (2, 0) if not first.hold else (1, 1)
        reading.matches.append(
            {"match_id": (first_file, second_file), "session_id": session_of[first_file]}
            | {"server": first.server, "map": first.map, "r1_file": first_file, "r2_file": second_file}
            | {"team_a": team(first, attackers1, second, 3 - attackers2)}
            | {"team_b": team(first, 3 - attackers1, second, attackers2)}
            | {"score_a": score[0], "score_b": score[1]}
            | {"r1_seconds": seconds_of[first_file], "r2_seconds": seconds_of[second_file]}
        )

    for number, session in enumerate(sessions):
        inside = {one.file for one in session}
        reading.sessions.append(
            {"session_id": number, "server": session[0].server}
            | {"started_at": session[0].stamp.isoformat(), "ended_at": session[-1].stamp.isoformat()}
            | {"rounds": len(session), "files": [one.file for one in session]}
            | {"matches": sum(1 for first_file in reading.partner.values() if first_file in inside)}
            | {"players": len({r["guid"] for r in reading.player_rounds if r["file"] in inside})}
        )
    return reading


def team(first: RawRound, side1: int, second: RawRound, side2: int) -> list[str]:
    """GUIDs that stood on ``side1`` in round 1 or on ``side2`` in round 2 (a player may turn up in both teams)."""
    one = {player.guid for player in first.players if player.team == side1}
    two = {player.guid for player in second.players if player.team == side2}
    return sorted(one | two)
