"""Rollups are the sums of what counts, after any coming and going of rounds: counted again here, independently."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from muster.model.rounds import Flag
from muster.rounds.importer import Importer
from muster.rounds.simulate import simulate
from muster.store.engine import Store
from muster.store.measures import MEASURES
from muster.store.schema import player_rollup, weapon_rollup
from tests.building import player, put, put_pair, six
from tests.importer.working import mark_after, opened, pieces, query, rounds_in, shuffled, take

Sums = dict[tuple[Any, ...], dict[str, int]]

_SAME = (
    *("kills", "deaths", "headshots", "hits", "shots", "aimed_hits", "aimed_shots"),
    *("damage_given", "damage_received", "team_damage_given", "team_damage_received", "gibs", "self_kills"),
    *("team_kills", "team_gibs", "xp", "killing_spree", "death_spree", "kill_assists", "kill_steals"),
    *("headshot_kills", "objectives_stolen", "objectives_returned", "dynamites_planted", "dynamites_defused"),
    *("times_revived", "useful_kills", "multi2", "multi3", "multi4", "multi5", "multi6", "useless_kills"),
    *("full_selfkills", "repairs", "revives_given"),
)


def counted(row: Any) -> dict[str, int]:
    """What one eligible row adds, from the meaning of each measure."""
    sums = {name: getattr(row, name) or 0 for name in _SAME}
    seconds, damage, share = row.seconds, row.damage_given, row.time_played_pct
    timed, shared = seconds is not None, seconds is not None and share is not None
    denied = row.denied_playtime is not None and not row.flags & Flag.DENIED_OUTLIER
    pace = round(damage * 600 / seconds) if timed and seconds > 60 else None
    sums |= {
        "rounds": 1,
        "rounds_won": int(row.winner in (1, 2) and row.side in (1, 2) and row.side == row.winner),
        "rounds_lost": int(row.winner in (1, 2) and row.side in (1, 2) and row.side != row.winner),
        "seconds": seconds or 0,
        "timed_damage": damage if timed else 0,
        "alive_seconds": round(share * seconds / 100) if shared else 0,
        "alive_of_seconds": seconds if shared else 0,
        "alive_damage": damage if shared else 0,
        "useful_of_kills": row.kills if row.useful_kills is not None else 0,
        "denied_playtime": row.denied_playtime if denied else 0,
        "denied_of_seconds": (seconds or 0) if denied else 0,
        "repairs_of_rounds": int(row.repairs is not None),
        "revives_of_rounds": int(row.revives_given is not None),
        "dpm_rounds": int(pace is not None),
        "dpm_sum": pace or 0,
        "dpm_squares": (pace or 0) ** 2,
    }
    return sums


def add(sums: Sums, key: tuple[Any, ...], row: dict[str, int]) -> None:
    into = sums.setdefault(key, dict.fromkeys(row, 0))
    for name, value in row.items():
        into[name] += value


async def players_counted(store: Store) -> Sums:
    sums: Sums = {}
    async with store.read() as reader:
        rows = await reader.all(
            sa.text(
                "SELECT e.*, r.map, r.day, r.winner, r.server_id FROM eligible_stats e "
                "JOIN rounds r ON r.id = e.round_id"
            )
        )
    for row in rows:
        month = row.day // 100
        for map_, when in (("", 0), ("", month), (row.map, 0)):
            add(sums, (map_, when, row.player_id, row.server_id), counted(row))
    return sums


async def weapons_counted(store: Store) -> Sums:
    sums: Sums = {}
    rows = await query(
        store,
        "SELECT w.weapon, r.day, w.player_id, r.server_id, w.hits, w.shots, w.kills, w.deaths, w.headshots "
        "FROM weapon_stats w JOIN eligible_stats e ON e.round_id = w.round_id AND e.player_id = w.player_id "
        "JOIN rounds r ON r.id = w.round_id",
    )
    for weapon, day, player_id, server, *numbers in rows:
        row = dict(zip(("rounds", "hits", "shots", "kills", "deaths", "headshots"), (1, *numbers), strict=True))
        for when in (0, day // 100):
            add(sums, (weapon, when, player_id, server), row)
    return sums


async def stored(store: Store, table: sa.Table) -> Sums:
    keys = [column.name for column in table.primary_key.columns]
    values = [column.name for column in table.columns if column.name not in keys]
    async with store.read() as reader:
        rows = await reader.all(sa.select(table))
    return {tuple(getattr(row, name) for name in keys): {name: getattr(row, name) for name in values} for row in rows}


async def assert_counted(store: Store) -> None:
    assert await stored(store, player_rollup) == await players_counted(store)
    assert await stored(store, weapon_rollup) == await weapons_counted(store)


def test_every_measure_is_counted_here() -> None:
    row: defaultdict[str, int] = defaultdict(int)
    fake = type("Row", (), {"__getattr__": lambda _, name: row[name]})()
    assert set(counted(fake)) == {measure.name for measure in MEASURES}


async def test_after_every_step_of_an_import(db_url: str, tmp_path: Path) -> None:
    """Rounds of every kind come in a bad order: some change their status and validity, some go again."""
    simulate(tmp_path, nights=8, players=6, seed=11, rounds_per_night=6)
    async with opened(db_url) as store:
        for portion in pieces(shuffled(rounds_in(tmp_path), 1), 9):
            await Importer(store).run(portion)
            await assert_counted(store)


async def test_the_corpus(db_url: str, corpus: Path) -> None:
    async with opened(db_url) as store:
        await take(store, corpus)
        await assert_counted(store)


async def test_two_servers_are_counted_apart(db_url: str, tmp_path: Path) -> None:
    for name in ("alps", "sea"):
        put_pair(tmp_path / name, server=name)
    async with opened(db_url) as store:
        await take(store, tmp_path)
        await assert_counted(store)
        assert await query(store, "SELECT count(DISTINCT server_id) FROM player_rollup") == [(2,)]


async def test_what_a_round_said_goes_with_it(db_url: str, tmp_path: Path) -> None:
    """A fuller content of the same name takes the place of the first; who was only in that one is forgotten."""
    first = put(tmp_path / "first", "2025-01-01-200000", 1, player("BBBBBBB1", weapons={5: (1, 2, 3, 4, 0)}))
    fuller = put(tmp_path / "fuller", "2025-01-01-200000", 1, *six())
    async with opened(db_url) as store:
        await take(store, first)
        assert await query(store, "SELECT count(*) FROM weapon_rollup WHERE weapon = 5") == [(2,)]
        await take(store, fuller)
        await assert_counted(store)
        assert await query(store, "SELECT count(*) FROM players WHERE key = 'BBBBBBB1'") == [(0,)]
        assert await query(store, "SELECT count(*) FROM weapon_rollup WHERE weapon = 5") == [(0,)]


async def test_a_round_that_loses_its_validity_is_counted_no_more(db_url: str, tmp_path: Path) -> None:
    """A later round 1 of the same map makes this one abandoned."""
    first = put(tmp_path, "2025-01-01-200000", 1, *six())
    again = put(tmp_path, "2025-01-01-201000", 1, *six(kills=4, deaths=4))
    async with opened(db_url) as store:
        await take(store, first)
        assert await query(store, "SELECT sum(rounds) FROM player_rollup WHERE map = '' AND month = 0") == [(6,)]
        await take(store, again)
        await assert_counted(store)
        assert await query(store, "SELECT sum(rounds) FROM player_rollup WHERE map = '' AND month = 0") == [(6,)]


@pytest.mark.parametrize("order", ["012", "1 02", "2 1 0"])
async def test_ratings_follow_the_matches(db_url: str, tmp_path: Path, order: str) -> None:
    """Replayed from the first match that changed, never carried on from a wrong state."""
    nights = [put_pair(tmp_path, f"2025-01-0{day}", winner=1 if day == 2 else 2) for day in (1, 2, 3)]
    straight = await mark_after(str(tmp_path / "straight.db"), [path for night in nights for path in night])
    async with opened(db_url) as store:
        for portion in order.split():
            await take(store, *(path for at in portion for path in nights[int(at)]))
    assert await mark_after(db_url) == straight
    async with opened(db_url) as store:
        assert await query(store, "SELECT DISTINCT matches FROM ratings") == [(3,)]
