"""Teams, sides, line-ups and pairs against what really happened."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Any

import pytest

from muster.stats.formulas import SURE, interval
from muster.stats.source import UnknownPlayer
from muster.stats.teams import last_teams, sides_of, teams_of
from muster.stats.teams_lineups import team_history, teams_with, versus
from muster.stats.teams_sides import objectives, sides
from muster.stats.teams_synergy import best_pairs, synergy
from muster.stats.values import Record, Scope
from muster.stats.values.teams import Attacks, SideSheet, Tally
from muster.store.engine import Reader
from tests.stats.asking import asked
from tests.stats.truth import BOT, Line, Truth, is_valid, total

OTHER = {"A": "B", "B": "A"}
SIDES = {"axis": 1, "allies": 2}


@dataclass(frozen=True)
class Game:
    """A valid match as one team saw it."""

    match: dict[str, Any]
    team: str
    keys: frozenset[str]

    @property
    def ahead(self) -> int:
        score: dict[str, int] = self.match["score"]
        return score[self.team] - score[OTHER[self.team]]


def games(truth: Truth) -> list[Game]:
    rounds = {r["file"]: r for r in truth.rounds}
    found = []
    for match in truth.valid_matches:
        teams = rounds[match["r1"]]["team_by_guid"] | rounds[match["r2"]]["team_by_guid"]
        for team in "AB":
            found.append(Game(match, team, frozenset(key for key, own in teams.items() if own == team)))
    return found


def tally(own: Iterable[Game]) -> Tally:
    listed = list(own)
    won, drawn, lost = (sum(game.ahead in found for game in listed) for found in ({1, 2}, {0}, {-1, -2}))
    points = sum(game.match["score"][game.team] for game in listed)
    return Tally(Record(won, drawn, lost), points, 2 * len(listed) - points)


def attacks(rounds: Iterable[dict[str, Any]]) -> Attacks:
    listed = list(rounds)
    times = [r["seconds"] for r in listed if r["outcome"] == "completed"]
    return Attacks(len(listed), len(times), min(times, default=None), median(times) if times else None)


def assert_attacks(found: Attacks, wanted: Attacks) -> None:
    assert (found.rounds, found.completed) == (wanted.rounds, wanted.completed)
    for name in ("best", "median"):
        # A file tells the time in whole seconds, or to the millisecond.
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), abs=1) or wanted.completed == 0


def assert_totals(sheet: SideSheet, lines: list[Line]) -> None:
    defends = [line for line in lines if line.round["defender"] == SIDES[sheet.side]]
    attacks_ = [line for line in lines if line.round["defender"] != SIDES[sheet.side]]
    for totals, own in ((sheet.totals, lines), (sheet.attacking, attacks_), (sheet.defending, defends)):
        assert (totals.rounds, totals.kills, totals.deaths) == (len(own), total(own, "kills"), total(own, "deaths"))
        assert totals.damage_given == total(own, "damage_given")
        assert totals.damage_received == total(own, "damage_received")
        assert totals.useful_kills == total(own, "useful_kills")
        assert totals.useful_of_kills == sum(line["kills"] for line in own if line["useful_kills"] is not None)
        assert totals.seconds == sum(line.seconds or 0 for line in own)


async def test_sides_and_objectives(db_url: str, months: Truth) -> None:
    valid = [r for r in months.rounds if is_valid(r)]
    async with asked(db_url, months.folder) as reader:
        for map_ in (None, "supply"):
            rounds = [r for r in valid if map_ in (None, r["map"])]
            found = await sides(reader, Scope(map=map_))
            for sheet in (found.axis, found.allies):
                own = SIDES[sheet.side]
                assert sheet.rounds == len(rounds)
                assert sheet.won == sum(r["winner"] == own for r in rounds)
                assert sheet.lost == sum(r["winner"] == 3 - own for r in rounds)
                assert_attacks(sheet.attack, attacks(r for r in rounds if r["defender"] != own))
                assert_attacks(sheet.defence, attacks(r for r in rounds if r["defender"] == own))
                lines = [line for line in months.lines if map_ in (None, line.map) and line["side"] == sheet.side]
                assert_totals(sheet, lines)
        everywhere = await objectives(reader)
        on_supply = await objectives(reader, Scope(map="supply"))
        pairs = (await best_pairs(reader, least=1, limit=10_000)).pairs
        nights = (await team_history(reader, months.busiest[0])).nights
    people = [player for one in pairs for player in (one.first, one.second)]
    people += [mate.player for night in nights for mate in night.mates]
    assert len(people) > 100
    assert not any(player.key.startswith(BOT) for player in people)
    counts = Counter((r["map"], 3 - r["defender"]) for r in valid)
    assert Counter({(one.map, SIDES[one.side]): one.attacks.rounds for one in everywhere.maps}) == counts
    assert [one.attacks.rounds for one in everywhere.maps] == sorted(counts.values(), reverse=True)
    for one in everywhere.maps:
        assert_attacks(
            one.attacks, attacks(r for r in valid if (r["map"], 3 - r["defender"]) == (one.map, SIDES[one.side]))
        )
        assert one.by_round == ()
    (supply,) = on_supply.maps
    for number, told in enumerate(supply.by_round, 1):
        assert_attacks(told, attacks(r for r in valid if r["map"] == "supply" and r["round"] == number))
    wanted = sorted(r["seconds"] for r in valid if r["map"] == "supply" and r["outcome"] == "completed")
    assert [fast.seconds for fast in on_supply.fastest] == pytest.approx(wanted[:10], abs=1)
    assert everywhere.fastest == ()


async def test_the_teams_of_an_evening(db_url: str, week: Truth) -> None:
    rounds = [r for r in week.rounds if r["session"] == 2]
    async with asked(db_url, week.folder) as reader:
        found, page = await last_teams(reader), await sides_of(reader)
        assert found is not None
        assert found == await teams_of(reader, found.overview.head.session_id)
        assert page == await sides_of(reader, found.overview.head.session_id)
        assert await teams_of(reader, "nothing") is None
        assert await sides_of(reader, "nothing") is None
    assert page is not None
    assert page.head.file == found.last_file == rounds[-1]["file"]
    (sheet,) = found.match_ups
    assert sheet.rounds == len(rounds)
    counts = {
        team: Counter(key for r in rounds for key, own in r["team_by_guid"].items() if own == team) for team in "AB"
    }
    for team in (sheet.team_a, sheet.team_b):
        latent = max("AB", key=lambda own: counts[own][team.members[0].player.key])
        members = {key for key, count in counts[latent].items() if count > counts[OTHER[latent]][key]}
        assert {one.player.key for one in team.members} == members
        lines = [line for line in week.lines if line.round["session"] == 2 and line["team"] == latent]
        assert (team.totals.kills, team.totals.rounds) == (total(lines, "kills"), len(lines))
        for one in team.members:
            own = [line for line in lines if line.key == one.player.key]
            assert (one.totals.kills, one.totals.rounds) == (total(own, "kills"), len(own))
            assert one.elsewhere == counts[OTHER[latent]][one.player.key]
        attackers = {r["file"]: attacking(r) for r in rounds}
        assert_attacks(team.attack, attacks(r for r in rounds if attackers[r["file"]] == latent))
        assert_attacks(team.defence, attacks(r for r in rounds if attackers[r["file"]] != latent))
        won = sum((r["winner"] == 3 - r["defender"]) == (attackers[r["file"]] == latent) for r in rounds)
        assert (team.rounds_won, team.rounds_lost) == (won, len(rounds) - won)


def attacking(r: dict[str, Any]) -> str:
    """The team that attacked."""
    side = {1: "allies", 2: "axis"}[r["defender"]]
    team: str = next(p["team"] for p in r["players"] if p["played_side"] == side)
    return team


async def test_line_ups(db_url: str, week: Truth) -> None:
    played = games(week)
    async with asked(db_url, week.folder) as reader:
        for key in week.busiest[:4]:
            own = [game for game in played if key in game.keys]
            await assert_history(reader, key, own)
            found = await teams_with(reader, key, limit=1000)
            assert (found.tally, found.sessions) == (tally(own), len({game.match["matchup"] for game in own}))
            lineups = {frozenset(one.key for one in lineup.players): lineup.tally for lineup in found.lineups}
            assert lineups == {keys: tally(game for game in own if game.keys == keys) for keys in {g.keys for g in own}}
            counts = Counter(mate for game in own for mate in game.keys - {key})
            assert [mate.matches for mate in found.mates] == [n for _, n in counts.most_common(8)]
        for first, second in combinations(week.busiest[:5], 2):
            await assert_two(reader, week, first, second)
        with pytest.raises(UnknownPlayer):
            await team_history(reader, "nobody")


async def assert_history(reader: Reader, key: str, own: list[Game]) -> None:
    found = await team_history(reader, key)
    numbers = list(dict.fromkeys(game.match["matchup"] for game in reversed(own)))
    assert found.total == len(found.nights) == len(numbers)
    for night, number in zip(found.nights, numbers, strict=True):
        there = [game for game in own if game.match["matchup"] == number]
        assert night.tally == tally(there)
        assert night.day == int(there[0].match["r1"][:10].replace("-", ""))
        counts = Counter(mate for game in there for mate in game.keys - {key})
        assert {mate.player.key: mate.matches for mate in night.mates} == counts
    page = await team_history(reader, key, limit=1)
    assert (page.nights, page.total) == (found.nights[:1], found.total)


async def assert_two(reader: Reader, truth: Truth, first: str, second: str) -> None:
    played = games(truth)
    own = [game for game in played if first in game.keys]
    others = [game for game in played if second in game.keys]
    met = {game.match["r1"] for game in others if first not in game.keys}
    opposed = [game for game in own if game.match["r1"] in met]
    found = await versus(reader, first, second)
    assert found.total.tally == tally(opposed)
    assert found.total.rounds_won == sum(wins(truth, game) for game in opposed)
    assert found.total.rounds_won + found.total.rounds_lost == 2 * len(opposed)
    assert sum(one.tally.matches for one in found.match_ups) == len(opposed)
    assert {one.map: one.tally.matches for one in found.maps} == Counter(game.match["map"] for game in opposed)
    pair = await synergy(reader, first, second)
    assert pair.against == tally(opposed)
    assert pair.pair.tally == tally(game for game in own if second in game.keys)
    assert (pair.first.usual, pair.second.usual) == (tally(own), tally(others))
    assert pair.first.apart == tally(game for game in own if second not in game.keys)
    assert pair.second.apart == tally(game for game in others if first not in game.keys)


def wins(truth: Truth, game: Game) -> int:
    """Rounds of a match that a team won."""
    rounds = [r for r in truth.rounds if r["file"] in (game.match["r1"], game.match["r2"])]
    return sum((r["winner"] == 3 - r["defender"]) == (attacking(r) == game.team) for r in rounds)


async def test_pairs(db_url: str, week: Truth) -> None:
    played = games(week)

    def decided(keys: frozenset[str]) -> tuple[int, int, int]:
        ahead = [game.ahead for game in played if keys <= game.keys]
        return sum(n > 0 for n in ahead), sum(n == 0 for n in ahead), sum(n < 0 for n in ahead)

    def rate(keys: frozenset[str]) -> float:
        won, _, lost = decided(keys)
        return 100 * won / (won + lost)

    met = {frozenset(two) for game in played for two in combinations(game.keys, 2)}
    enough = {two for two in met if decided(two)[0] + decided(two)[2] >= 3}
    async with asked(db_url, week.folder) as reader:
        found = await best_pairs(reader, least=3, limit=1000)
        own = await best_pairs(reader, key=week.busiest[0], least=3, limit=1000)
        first = await best_pairs(reader, least=3, limit=2)
        single = await synergy(reader, found.pairs[0].first.key, found.pairs[0].second.key)
        none = await best_pairs(reader, least=1000)
    assert {frozenset((one.first.key, one.second.key)) for one in found.pairs} == enough
    assert (found.total, found.left_out) == (len(enough), len(met) - len(enough))
    for one in found.pairs:
        two = frozenset((one.first.key, one.second.key))
        assert one.tally.record == Record(*decided(two))
        expected = sum(rate(frozenset({key})) for key in two) / 2
        won, _, lost = decided(two)
        assert one.expected == pytest.approx(expected)
        assert one.gain == pytest.approx(rate(two) - expected)
        assert one.sure_gain == pytest.approx(interval(won, won + lost, SURE)[0] - expected)
    gains = [one.sure_gain for one in found.pairs]
    assert gains == sorted(gains, key=lambda gain: -(gain or 0))
    assert first.pairs == found.pairs[:2]
    assert list(own.pairs) == [one for one in found.pairs if own.player in (one.first, one.second)]
    assert single.pair.sure_gain == found.pairs[0].sure_gain
    assert (none.pairs, none.total, none.left_out) == ((), 0, len(met))


async def test_nothing_stored(db_url: str, tmp_path: Any) -> None:
    async with asked(db_url, tmp_path) as reader:
        assert await last_teams(reader) is None
        assert await sides_of(reader) is None
        found = await sides(reader)
        assert (found.axis.rounds, found.axis.attack, found.axis.totals.kills) == (0, Attacks(), 0)
        assert (await objectives(reader)).maps == (await objectives(reader, Scope(map="supply"))).maps == ()
        assert (await best_pairs(reader)).pairs == ()
