"""The ladder and the forecasts."""

from muster.stats.leaderboard import leaderboard
from muster.stats.ratings import forecasts, ladder, skills
from muster.stats.values import Gates, Scope
from tests.stats.asking import asked
from tests.stats.truth import Truth

OPEN = Gates(1, 1, 0)


async def test_the_ladder(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        whole = await ladder(reader, gates=OPEN, limit=1000)
        worth = [entry.mu - 3 * entry.sigma for entry in whole.entries]
        assert worth == sorted(worth, reverse=True)
        assert [e.rank for e in whole.entries] == list(range(1, whole.total + 1))
        for entry in whole.entries:
            assert entry.shown == round(1000 + 40 * (entry.mu - 3 * entry.sigma))
            assert entry.uncertainty == round(40 * entry.sigma)
            assert entry.rounds == len(months.of(entry.player.key))
        page = await ladder(reader, gates=OPEN, limit=3, offset=2)
        assert page.entries == whole.entries[2:5]
        gated = await ladder(reader, gates=Gates(50, 1, 0), limit=1000)
        assert {e.player.key for e in gated.entries} == {e.player.key for e in whole.entries if e.rounds >= 50}
        assert gated.left_out == whole.total - gated.total > 0


async def test_the_leaderboard_by_rating_is_the_ladder(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        for scope in (Scope(), Scope(map="supply")):
            rungs = await ladder(reader, scope, gates=OPEN, limit=1000)
            board = await leaderboard(reader, "rating", scope, gates=OPEN, limit=1000)
            assert [(e.rank, e.player, e.value, e.uncertainty, e.rounds) for e in board.entries] == [
                (e.rank, e.player, e.shown, e.uncertainty, e.rounds) for e in rungs.entries
            ]


async def test_forecasts_are_the_rated_matches(db_url: str, week: Truth) -> None:
    async with asked(db_url, week.folder) as reader:
        found = await forecasts(reader)
    assert len(found) == len(week.valid_matches)
    drawn = sum(match["score"]["A"] == match["score"]["B"] for match in week.valid_matches)
    assert sum(f.result == 0.5 for f in found) == drawn
    assert all(f.result in (0.0, 0.5, 1.0) for f in found)
    assert found[0].margin == 0.0


async def test_skills(db_url: str, week: Truth) -> None:
    async with asked(db_url, week.folder) as reader:
        wanted = {e.player.key: (e.mu, e.sigma) for e in (await ladder(reader, gates=OPEN, limit=99)).entries}
        found = await skills(reader, week.busiest[:4])
    assert [(s.player.key, s.mu, s.sigma) for s in found] == [(key, *wanted[key]) for key in week.busiest[:4]]
