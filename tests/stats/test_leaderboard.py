"""Rankings against what really happened."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from muster.stats.leaderboard import NotForWeapon, leaderboard, standings
from muster.stats.metrics import METRICS
from muster.stats.periods import parse
from muster.stats.ranking import Candidate, ranking
from muster.stats.values import EVERYTHING, Gates, PlayerRef, Scope
from muster.stats.weapons import UnknownWeapon
from tests.stats.asking import asked
from tests.stats.truth import BOT, HITS, KILLS, SHOTS, Line, Truth, accuracy, dpm, total

NOW = datetime(2025, 11, 12, 20, tzinfo=UTC)
OPEN = Gates(1, 1, 0)


def wanted(lines: Iterable[Line], of: Callable[[list[Line]], float]) -> dict[str, float]:
    """Key → value, of everybody but bots."""
    by_key: dict[str, list[Line]] = {}
    for line in lines:
        if not line.key.startswith(BOT):
            by_key.setdefault(line.key, []).append(line)
    return {key: of(own) for key, own in by_key.items()}


async def test_sums_and_ratios(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        metrics: dict[str, Callable[[list[Line]], float]] = {
            "kills": lambda lines: total(lines, "kills"),
            "xp": lambda lines: total(lines, "xp"),
            "damage_given": lambda lines: total(lines, "damage_given"),
            "headshot_kills": lambda lines: total(lines, "headshot_kills"),
            "rounds": len,
            "accuracy": accuracy,
            "dpm": dpm,
            "win_rate": lambda lines: 100 * sum(x.won is True for x in lines) / sum(x.won is not None for x in lines),
        }
        for metric, of in metrics.items():
            board = await leaderboard(reader, metric, gates=OPEN, limit=1000)
            values = wanted(months.lines, of)
            assert {e.player.key: e.value for e in board.entries} == pytest.approx(values), metric
            assert [e.value for e in board.entries] == sorted((e.value for e in board.entries), reverse=True)
            assert (board.total, board.left_out) == (len(values), 0)


async def test_unknown_fields_are_left_out_of_both_sums(db_url: str, months: Truth) -> None:
    def revive_rate(lines: list[Line]) -> float:
        known = [line for line in lines if line["revives_given"] is not None]
        return total(known, "revives_given") / len(known) if known else -1

    def useful(lines: list[Line]) -> float:
        known = [line for line in lines if line["useful_kills"] is not None]
        return 100 * total(known, "useful_kills") / total(known, "kills")

    async with asked(db_url, months.folder) as reader:
        for metric, of in (("revive_rate", revive_rate), ("useful_share", useful)):
            board = await leaderboard(reader, metric, gates=OPEN, limit=1000)
            values = {key: value for key, value in wanted(months.lines, of).items() if value >= 0}
            assert {e.player.key: e.value for e in board.entries} == pytest.approx(values)


@pytest.mark.parametrize("period", ["2025-11", "season", "2025", "week", "2025-11-12"])
async def test_periods(sqlite_url: str, months: Truth, period: str) -> None:
    chosen = parse(period, NOW)
    lines = [line for line in months.lines if chosen.first_day <= line.day <= chosen.last_day]
    assert lines
    async with asked(sqlite_url, months.folder) as reader:
        board = await leaderboard(reader, "kills", Scope(chosen), gates=OPEN, limit=1000)
    assert {e.player.key: e.value for e in board.entries} == wanted(lines, lambda own: total(own, "kills"))
    assert {e.player.key: e.rounds for e in board.entries} == wanted(lines, len)


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(map="supply"), Scope(parse("2025-11", NOW))])
async def test_one_weapon(sqlite_url: str, months: Truth, scope: Scope) -> None:
    def mp40(lines: list[Line], counter: int) -> int:
        return sum(line.weapons(counter, lambda weapon: weapon == "MP40") for line in lines)

    days = range(scope.period.first_day, scope.period.last_day + 1)
    lines = [line for line in months.lines if line.day in days and scope.map in (None, line.map)]
    lines = [line for line in lines if any(line.player["weapons"].get("MP40", [0]))]
    async with asked(sqlite_url, months.folder) as reader:
        board = await leaderboard(reader, "kills", scope, weapon="mp40", gates=OPEN, limit=1000)
        assert board.weapon == "MP40"
        assert {e.player.key: e.value for e in board.entries} == wanted(lines, lambda own: mp40(own, KILLS))
        board = await leaderboard(reader, "accuracy", scope, weapon="MP40", gates=Gates(1, 1, 50), limit=1000)
        shooters = {key: n for key, n in wanted(lines, lambda own: mp40(own, SHOTS)).items() if n >= 50}
        hits = wanted(lines, lambda own: mp40(own, HITS))
        assert {e.player.key: e.value for e in board.entries} == pytest.approx(
            {key: 100 * hits[key] / shots for key, shots in shooters.items()}
        )
        assert board.left_out == sum(0 < n < 50 for n in wanted(lines, lambda own: mp40(own, SHOTS)).values())


async def test_what_a_weapon_cannot_be_asked(sqlite_url: str) -> None:
    async with asked(sqlite_url) as reader:
        with pytest.raises(UnknownWeapon, match="MP40"):
            await leaderboard(reader, "kills", weapon="MP4")
        with pytest.raises(NotForWeapon, match="one weapon"):
            await leaderboard(reader, "dpm", weapon="MP40")
        with pytest.raises(NotForWeapon, match="PANZERFAUST"):
            await leaderboard(reader, "accuracy", weapon="panzerfaust")


async def test_gates_leave_people_out_and_say_how_many(sqlite_url: str, months: Truth) -> None:
    rounds = wanted(months.lines, len)
    async with asked(sqlite_url, months.folder) as reader:
        board = await leaderboard(reader, "kd", gates=Gates(10, 60, 500), limit=1000)
    assert {e.player.key for e in board.entries} == {key for key, n in rounds.items() if n >= 60}
    assert board.left_out == sum(n < 60 for n in rounds.values()) > 0
    assert (board.min_rounds, board.min_shots) == (60, 0)


async def test_paging_and_worst_first(sqlite_url: str, months: Truth) -> None:
    async with asked(sqlite_url, months.folder) as reader:
        everybody = (await leaderboard(reader, "dpm", gates=OPEN, limit=1000)).entries
        page = await leaderboard(reader, "dpm", gates=OPEN, limit=3, offset=2)
        assert page.entries == everybody[2:5]
        assert page.total == len(everybody)
        worst = await leaderboard(reader, "dpm", gates=OPEN, limit=1000, worst_first=True)
        assert [e.player for e in worst.entries] == [e.player for e in reversed(everybody)]
        fewest_deaths = await leaderboard(reader, "dpr", gates=OPEN, limit=1000)
        assert fewest_deaths.ascending
        assert [e.value for e in fewest_deaths.entries] == sorted(e.value for e in fewest_deaths.entries)
        most_deaths = await leaderboard(reader, "deaths", gates=OPEN)
        assert not most_deaths.ascending


async def test_no_bot_is_ranked(sqlite_url: str, months: Truth) -> None:
    assert any(line.key.startswith(BOT) for line in months.lines)
    async with asked(sqlite_url, months.folder) as reader:
        for metric in METRICS:
            for weapon in (None, "MP40") if METRICS[metric].of_weapon else (None,):
                board = await leaderboard(reader, metric, weapon=weapon, gates=OPEN, limit=1000)
                assert not [e for e in board.entries if e.player.is_bot or e.player.key.startswith(BOT)]


async def test_standings_are_the_places_of_the_leaderboards(db_url: str, months: Truth) -> None:
    key = months.busiest[2]
    async with asked(db_url, months.folder) as reader:
        gates = Gates(30, 50, 500)
        for standing in await standings(reader, key, list(METRICS), gates=gates):
            board = await leaderboard(reader, standing.metric, gates=gates, limit=1000)
            entry = next((e for e in board.entries if e.player.key == key), None)
            assert (standing.rank, standing.total) == (entry.rank if entry else None, board.total)
            if entry:
                behind = sum(e.rank >= entry.rank for e in board.entries) - 1
                assert standing.value == entry.value
                assert standing.percentile == pytest.approx(100 * behind / (board.total - 1))


def test_equal_values_share_a_rank() -> None:
    field = [
        Candidate(PlayerRef(k, k), v, rounds=r) for k, v, r in (("a", 1, 9), ("b", 5, 5), ("c", 5, 7), ("d", 3, 5))
    ]
    places = ranking(field, ascending=False, min_rounds=1, min_shots=0).places
    assert [(p.rank, p.candidate.player.key) for p in places] == [(1, "c"), (1, "b"), (3, "d"), (4, "a")]
    places = ranking(field, ascending=True, min_rounds=6, min_shots=0).places
    assert [(p.rank, p.candidate.player.key) for p in places] == [(1, "a"), (2, "c")]
