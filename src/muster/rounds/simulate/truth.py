"""``truth.json``: what really happened, round by round, told from the battle and never from the files."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from .arsenal import WEAPONS
from .battle import Fighter
from .community import Person
from .files import PLACES
from .names import SERVER
from .played import Played
from .tally import FIELDS, PLAYED_MIN

SESSION_GAP = timedelta(minutes=60)
SIDES = {1: "axis", 2: "allies", 3: None}

_LACKS = {
    layout: dict.fromkeys([name for place, name in enumerate(FIELDS) if place not in places])
    for layout, places in PLACES.items()
}
_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Truth:
    """The file being written: one line a round, so that ten thousand rounds take no memory.

    Leaving the ``with`` block writes the sessions, the matches and the latent skills of ``people``."""

    def __init__(self, path: Path, seed: int, people: list[Person]) -> None:
        self.people = people
        self.sessions: list[list[str]] = []
        self.matches: list[dict[str, Any]] = []
        self.rounds = 0
        self._last: datetime | None = None
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write(f'{{"seed":{seed},"server":{_dumps(SERVER)},"rounds":[')

    def __enter__(self) -> "Truth":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        rest = {"sessions": self.sessions, "matches": self.matches, "latent": {p.guid: latent(p) for p in self.people}}
        self._file.write("\n]," + _dumps(rest)[1:] + "\n")
        self._file.close()

    def add(self, played: Played) -> None:
        """The next round in the order of time."""
        self._file.write(",\n" if self.rounds else "\n")
        self._file.write(_dumps(told(played, self._session(played))))
        self.rounds += 1
        if played.number == 2 and played.partner is not None:
            self.matches.append(match(played.partner, played))

    def _session(self, played: Played) -> int | None:
        """Index of its gaming session: files with players, gaps up to an hour."""
        if not played.fighters:
            return None
        if self._last is None or played.stamp - self._last > SESSION_GAP:
            self.sessions.append([])
        self.sessions[-1].append(played.file)
        self._last = played.stamp
        return len(self.sessions) - 1


def told(played: Played, session: int | None) -> dict[str, Any]:
    """One round. ``contains_sums``: rows of the file hold both rounds; every number here is of this round alone."""
    return {
        "file": played.file,
        "companion": played.companion,
        "map": played.area.name,
        "round": played.number,
        "stamp": played.stamp.isoformat(),
        "defender": played.area.defender,
        "winner": played.winner,
        "outcome": played.outcome,
        "seconds": played.seconds,
        "layout": played.night.layout,
        "status": played.status,
        "partner": played.partner.file if played.partner else None,
        "session": session,
        "matchup": played.matchup,
        "contains_sums": any(fighter.before is not None for fighter in played.fighters),
        "oddities": played.quirks,
        "kept_rows": [fighter.key for fighter in played.idle],
        "team_by_guid": {fighter.key: fighter.team for fighter in played.fighters},
        "players": [player(fighter, played.night.layout) for fighter in played.fighters],
    }


def player(fighter: Fighter, layout: int) -> dict[str, Any]:
    """One player in one round: latent team, sides, sums over weapons, and the TAB fields (null: not in this layout)."""
    fields, weapons = fighter.fields, fighter.weapons
    hits, shots, kills, deaths, headshots = map(sum, zip(*weapons.values(), strict=True))
    if fighter.before is not None:
        both = round((fighter.seconds + fighter.before.seconds) / 60, 1)
        fields[PLAYED_MIN] = round(both - fighter.before.fields[PLAYED_MIN], 1)
    return {
        "key": fighter.key,
        "guid": fighter.person.guid,
        "name_raw": fighter.alias.raw,
        "name": fighter.alias.clean,
        "side": SIDES[fighter.team_in_file],
        "played_side": SIDES[fighter.side],
        "team": fighter.team,
        "rounds": fighter.counter,
        "cumulative": fighter.before is not None,
        "seconds": round(fighter.seconds, 3),
        "oddities": fighter.quirks,
        "kills": kills,
        "deaths": deaths,
        "headshots": headshots,
        "hits": hits,
        "shots": shots,
        "weapons": {WEAPONS[weapon]: weapons[weapon] for weapon in sorted(weapons)},
        **dict(zip(FIELDS, fields, strict=True)),
        **_LACKS[layout],
    }


def match(first: Played, second: Played) -> dict[str, Any]:
    """The stopwatch score of two rounds: 2–0 to who did it in time, and last; 1–1 when both held."""
    winner = next((played.attackers() for played in (second, first) if played.outcome == "completed"), None)
    return {
        "map": first.area.name,
        "r1": first.file,
        "r2": second.file,
        "matchup": first.matchup,
        "score": {team: 1 if winner is None else 2 * (team == winner) for team in "AB"},
    }


def latent(person: Person) -> dict[str, Any]:
    """What the simulation knew about somebody and no file says."""
    return {
        "nick": person.nick,
        "role": person.role,
        "style": person.style,
        "skill": person.skill,
        "accuracy": person.aim,
        "headshot_share": person.headshots,
        "activity": person.activity,
        "names": [name.clean for name in person.aliases],
    }
