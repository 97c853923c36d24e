"""What really happened in simulated rounds, counted from `truth.json` in plain loops: what answers are held against.

Shares no code with the program but the simulator, which shares none with the parser.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from muster.rounds.simulate import simulate

SHORTEST = 60
BOT = "OMNIBOT0"
AIMED = frozenset(("LUGER", "COLT", "MP40", "THOMPSON", "STEN", "FG42", "CARBINE", "KAR98", "GARAND", "K43", "MP34"))
HITS, SHOTS, KILLS, DEATHS, HEADSHOTS = range(5)


@dataclass(frozen=True)
class Line:
    """One player in one valid round."""

    round: dict[str, Any]
    player: dict[str, Any]

    @property
    def key(self) -> str:
        key: str = self.player["key"]
        return key

    @property
    def map(self) -> str:
        name: str = self.round["map"]
        return name

    @property
    def day(self) -> int:
        return int(self.round["stamp"][:10].replace("-", ""))

    @property
    def won(self) -> bool | None:
        side = {"axis": 1, "allies": 2}.get(self.player["side"])
        return None if side is None or not self.round["winner"] else side == self.round["winner"]

    @property
    def seconds(self) -> int | None:
        """As far as the file tells: tenths of a minute."""
        minutes = self.player["time_played_min"]
        return None if minutes is None else round(minutes * 60)

    def __getitem__(self, name: str) -> Any:
        return self.player[name]

    def weapons(self, counter: int, only: Callable[[str], bool] = lambda _: True) -> int:
        return sum(row[counter] for weapon, row in self.player["weapons"].items() if only(weapon))


@dataclass(frozen=True)
class Truth:
    """A simulated season."""

    folder: Path
    told: dict[str, Any]

    @cached_property
    def rounds(self) -> list[dict[str, Any]]:
        rounds: list[dict[str, Any]] = self.told["rounds"]
        return rounds

    @cached_property
    def lines(self) -> list[Line]:
        """Every row that counts."""
        return [Line(r, p) for r in self.rounds if is_valid(r) for p in r["players"] if p["time_played_min"] != 0]

    def of(self, key: str) -> list[Line]:
        """The rows of one player that count."""
        return [line for line in self.lines if line.key == key]

    @cached_property
    def busiest(self) -> list[str]:
        """Keys of people, most rounds first."""
        keys = sorted({line.key for line in self.lines if not line.key.startswith(BOT)})
        return sorted(keys, key=lambda key: -len(self.of(key)))

    @cached_property
    def valid_matches(self) -> list[dict[str, Any]]:
        """Matches both of whose rounds are valid."""
        by_file = {r["file"]: r for r in self.rounds}
        return [m for m in self.told["matches"] if is_valid(by_file[m["r1"]]) and is_valid(by_file[m["r2"]])]


def is_valid(r: dict[str, Any]) -> bool:
    """Whether a round counts."""
    playing = [p for p in r["players"] if p["time_played_min"] != 0]
    bots = sum(p["guid"] == BOT for p in playing)
    sound = r["status"] in ("paired", "single") and r["outcome"] is not None and r["seconds"] >= SHORTEST
    return bool(sound and playing and 2 * bots <= len(playing))


def season(folder: Path, **arguments: Any) -> Truth:
    """A simulated season in this folder."""
    summary = simulate(folder, **arguments)
    return Truth(folder, json.loads(summary.truth.read_text(encoding="utf-8")))


def total(lines: Iterable[Line], name: str) -> int:
    """A field added up, unknown ones left out."""
    return sum(line[name] or 0 for line in lines)


def accuracy(lines: Iterable[Line]) -> float:
    """Percent, aimed weapons only."""
    lines = list(lines)
    hits = sum(line.weapons(HITS, AIMED.__contains__) for line in lines)
    return 100 * hits / sum(line.weapons(SHOTS, AIMED.__contains__) for line in lines)


def dpm(lines: Iterable[Line]) -> float:
    """Damage per minute over rounds whose time is known."""
    known = [line for line in lines if line.seconds is not None]
    damage: int = sum(line["damage_given"] for line in known)
    return 60 * damage / sum(line.seconds or 0 for line in known)


def sides_of(told: dict[str, Any]) -> dict[str, int]:
    """Key → the side somebody played on in a round, 1 or 2."""
    return {p["key"]: {"axis": 1, "allies": 2}.get(p["played_side"], 0) for p in told["players"]}
