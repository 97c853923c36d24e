"""Two players, and a player's company, against what really happened."""

from itertools import combinations

import pytest

from muster.stats.rivals import head_to_head, opponents, teammates
from muster.stats.values import Scope
from tests.stats.asking import asked
from tests.stats.truth import BOT, Line, Truth, dpm, total


def shared(truth: Truth, first: str, second: str, same: bool, map_: str | None = None) -> list[tuple[Line, Line]]:
    """Rows of both in the rounds they stood on a side, the same or not."""
    others = {line.round["file"]: line for line in truth.of(second)}
    pairs = [(line, others[line.round["file"]]) for line in truth.of(first) if line.round["file"] in others]
    return [
        (a, b)
        for a, b in pairs
        if a["side"] and b["side"] and (a["side"] == b["side"]) == same and map_ in (None, a.map)
    ]


@pytest.mark.parametrize("map_", [None, "supply"])
async def test_head_to_head(db_url: str, months: Truth, map_: str | None) -> None:
    async with asked(db_url, months.folder) as reader:
        for first, second in combinations(months.busiest[:4], 2):
            found = await head_to_head(reader, first, second, Scope(map=map_))
            for part, same in ((found.opposed, False), (found.together, True)):
                pairs = shared(months, first, second, same, map_)
                assert part.rounds == len(pairs)
                assert part.won == sum(a.won is True for a, _ in pairs)
                assert part.lost == sum(a.won is False for a, _ in pairs)
                assert part.first.totals.kills == total([a for a, _ in pairs], "kills")
                assert part.second.totals.damage_given == total([b for _, b in pairs], "damage_given")
                if part.dpm_delta is not None:
                    wanted = dpm([a for a, _ in pairs]) - dpm([b for _, b in pairs])
                    assert part.dpm_delta == pytest.approx(wanted)
            own = [line for line in months.of(first) if map_ in (None, line.map)]
            assert found.first_dpm == pytest.approx(dpm(own))


async def test_matches_against_each_other(db_url: str, week: Truth) -> None:
    teams = {r["file"]: r["team_by_guid"] for r in week.rounds}
    async with asked(db_url, week.folder) as reader:
        for first, second in combinations(week.busiest[:5], 2):
            found = await head_to_head(reader, first, second)
            mirrored = await head_to_head(reader, second, first)
            results = []
            for match in week.valid_matches:
                own, other = (teams[match["r1"]].get(key) for key in (first, second))
                if own and other and own != other:
                    results.append(match["score"][own] - match["score"][other])
            assert (found.matches.won, found.matches.drawn, found.matches.lost) == (
                sum(n > 0 for n in results), sum(n == 0 for n in results), sum(n < 0 for n in results)
            )  # fmt: skip
            assert (mirrored.matches.won, mirrored.matches.lost) == (found.matches.lost, found.matches.won)
            assert mirrored.opposed.first == found.opposed.second


@pytest.mark.parametrize("same", [True, False])
async def test_company(db_url: str, months: Truth, same: bool) -> None:
    key = months.busiest[0]
    async with asked(db_url, months.folder) as reader:
        found = await (teammates if same else opponents)(reader, key, min_rounds=5, limit=100)
    company = {c.player.key: c for c in found.companions}
    others = {line.key for line in months.lines if not line.key.startswith(BOT)} - {key}
    assert company.keys() == {other for other in others if len(shared(months, key, other, same)) >= 5}
    for other, shown in company.items():
        own = [a for a, _ in shared(months, key, other, same)]
        won, lost = (sum(line.won is result for line in own) for result in (True, False))
        assert (shown.rounds, shown.won, shown.lost) == (len(own), won, lost)
        assert shown.win_rate == pytest.approx(100 * won / (won + lost))
        if any(line.seconds for line in own):
            assert shown.dpm == pytest.approx(dpm(own))
            assert shown.dpm_delta == pytest.approx(dpm(own) - dpm(months.of(key)))
        else:
            assert shown.dpm is shown.dpm_delta is None
        assert shown.win_margin is not None
        assert 0 < shown.win_margin < 50
    rounds = [c.rounds for c in found.companions]
    assert rounds == sorted(rounds, reverse=True)
