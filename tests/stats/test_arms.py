"""A player with one weapon: the same numbers as his weapons, the rankings and his rounds tell."""

from datetime import UTC, datetime

import pytest

from muster.model.fields import WEAPONS
from muster.stats.arms import armed
from muster.stats.formulas import percent
from muster.stats.leaderboard import leaderboard
from muster.stats.periods import parse
from muster.stats.players import career, weapons
from muster.stats.values import EVERYTHING, Gates, Scope
from muster.stats.weapons import UnknownWeapon
from tests.stats.asking import asked
from tests.stats.truth import Truth

NOW = datetime(2025, 11, 12, 20, tzinfo=UTC)
OPEN = Gates(1, 1, 0)


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(parse("2025-10", NOW)), Scope(map="supply")], ids=str)
async def test_it_agrees_with_weapons_and_rankings(db_url: str, months: Truth, scope: Scope) -> None:
    async with asked(db_url, months.folder) as reader:
        best = (await leaderboard(reader, "kills", gates=OPEN)).entries[0].player
        everything = await career(reader, best.key, scope)
        for line in (await weapons(reader, best.key, scope)).weapons:
            found = await armed(reader, best.key, line.weapon.lower(), scope, gates=OPEN)
            assert found.line == line
            assert found.rounds == everything.totals.rounds
            assert found.share_of_kills == percent(line.totals.kills, everything.totals.kills)
            for parts in (found.maps, found.sessions):
                assert sum(part.rounds for part in parts) == line.totals.rounds == len(found.played)
                assert sum(part.line.totals.kills for part in parts) == line.totals.kills
                assert sum(part.line.totals.shots for part in parts) == line.totals.shots
            assert {"accuracy", "headshots"} & {one.metric for one in found.standings} == (
                {"accuracy", "headshots"} if line.aimed else set()
            )
            for standing in found.standings:
                board = await leaderboard(reader, standing.metric, scope, weapon=line.weapon, gates=OPEN, limit=1000)
                ranks = {entry.player.key: entry.rank for entry in board.entries}
                assert (standing.rank, standing.total) == (ranks.get(best.key), board.total)


async def test_what_is_never_used_and_what_is_no_weapon(db_url: str, week: Truth) -> None:
    async with asked(db_url, week.folder) as reader:
        best = (await leaderboard(reader, "kills", gates=OPEN)).entries[0].player
        used = {line.weapon for line in (await weapons(reader, best.key)).weapons}
        found = await armed(reader, best.key, next(name for name in WEAPONS if name not in used))
        assert (found.played, found.line.totals.kills, found.share_of_kills) == ((), 0, 0.0)
        with pytest.raises(UnknownWeapon):
            await armed(reader, best.key, "banana")
