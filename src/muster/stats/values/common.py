"""Values that several questions share."""

from datetime import datetime
from enum import StrEnum

import msgspec

from muster.stats.periods import ALL_TIME, Period


class Scope(msgspec.Struct, frozen=True):
    """What part of the history a question is about. `map` is a bsp name, `server` a game server's name."""

    period: Period = ALL_TIME
    map: str | None = None
    server: str | None = None


EVERYTHING = Scope()


class Result(StrEnum):
    """How a round, match or session ended for one side of it."""

    WON = "won"
    DRAWN = "drawn"
    LOST = "lost"


class PlayerRef(msgspec.Struct, frozen=True):
    """A player. `key` is his GUID (a bot's GUID and name) and what questions take; `name` is clean, the latest."""

    key: str
    name: str
    is_bot: bool = False

    @property
    def shown(self) -> str:
        """The name, or the key of somebody whose name was nothing but colours."""
        return self.name.strip() or self.key


class Totals(msgspec.Struct, frozen=True):
    """Sums over eligible rounds, one field for each measure of the rollups, in their order.

    Unknown values are left out; the `..._of_...` fields sum the other half of a ratio over the same rounds.
    What can be said about them is in `metrics`: `METRICS["dpm"].of(totals)`.
    """

    rounds: int = 0
    rounds_won: int = 0
    rounds_lost: int = 0
    seconds: int = 0
    timed_damage: int = 0
    alive_seconds: int = 0
    alive_of_seconds: int = 0
    alive_damage: int = 0
    useful_of_kills: int = 0
    denied_playtime: int = 0
    denied_of_seconds: int = 0
    repairs_of_rounds: int = 0
    revives_of_rounds: int = 0
    dpm_rounds: int = 0
    dpm_sum: int = 0
    dpm_squares: int = 0
    kills: int = 0
    deaths: int = 0
    headshots: int = 0
    hits: int = 0
    shots: int = 0
    aimed_hits: int = 0
    aimed_shots: int = 0
    damage_given: int = 0
    damage_received: int = 0
    team_damage_given: int = 0
    team_damage_received: int = 0
    gibs: int = 0
    self_kills: int = 0
    team_kills: int = 0
    team_gibs: int = 0
    xp: int = 0
    killing_spree: int = 0
    death_spree: int = 0
    kill_assists: int = 0
    kill_steals: int = 0
    headshot_kills: int = 0
    objectives_stolen: int = 0
    objectives_returned: int = 0
    dynamites_planted: int = 0
    dynamites_defused: int = 0
    times_revived: int = 0
    useful_kills: int = 0
    multi2: int = 0
    multi3: int = 0
    multi4: int = 0
    multi5: int = 0
    multi6: int = 0
    useless_kills: int = 0
    full_selfkills: int = 0
    repairs: int = 0
    revives_given: int = 0


class WeaponTotals(msgspec.Struct, frozen=True):
    """Sums over eligible rounds in which a weapon did anything. `deaths` are deaths by it."""

    rounds: int = 0
    hits: int = 0
    shots: int = 0
    kills: int = 0
    deaths: int = 0
    headshots: int = 0


class WeaponLine(msgspec.Struct, frozen=True):
    """One weapon. Percentages are None without shots (hits) and for weapons that cannot score headshots."""

    weapon: str
    aimed: bool
    totals: WeaponTotals
    accuracy: float | None
    headshot_rate: float | None


class PlayerLine(msgspec.Struct, frozen=True):
    """A player's numbers over one or more rounds. `kd` ratio, `dpm` HP/min, the others percent; None is unknown."""

    player: PlayerRef
    totals: Totals
    kd: float | None
    dpm: float | None
    accuracy: float | None
    headshot_rate: float | None


class Record(msgspec.Struct, frozen=True):
    """Results counted."""

    won: int = 0
    drawn: int = 0
    lost: int = 0


class Rating(msgspec.Struct, frozen=True):
    """A player's rating now. `shown` and `uncertainty` (one sigma) are in shown points; `rank` is of `ranked`."""

    mu: float
    sigma: float
    matches: int
    shown: int
    uncertainty: int
    rank: int
    ranked: int


class RoundHead(msgspec.Struct, frozen=True):
    """A round without its players.

    `played_at` is the round's end, UTC. `seconds` is its duration. `outcome` is `held`, `completed` or None.
    `defender` and `winner` are `axis`, `allies` or None; `winner_team` and `axis_team` are `A`, `B` or None.
    `partner` is the file of the other round of the pair.
    """

    file: str
    server: str
    played_at: datetime
    map: str
    config: str
    round: int
    defender: str | None
    winner: str | None
    outcome: str | None
    seconds: float
    status: str
    valid: bool
    flags: tuple[str, ...]
    session_id: str | None
    match_id: str | None
    match_up: int | None
    axis_team: str | None
    winner_team: str | None
    partner: str | None = None
