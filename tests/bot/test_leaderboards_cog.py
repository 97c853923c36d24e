"""The leaderboards as people ask for them: typed and chosen, right and wrong."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from muster.bot.client import MusterBot
from muster.config import load
from muster.rounds.importer import Importer, find
from muster.rounds.simulate import simulate
from muster.stats.leaderboard import leaderboard
from muster.stats.metrics import METRICS
from muster.stats.values import Gates, Leaderboard
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.discord_sim import DiscordSim
from tests.discord_sim.client import pointed_at, running
from tests.discord_sim.model import User

pytestmark = pytest.mark.asyncio(loop_scope="module")

GATES = Gates(5, 5, 100)


class Talk:
    """A server with a bot in it, and somebody who asks."""

    def __init__(self, sim: DiscordSim, store: Store, asker: User) -> None:
        self.sim = sim
        self.store = store
        self.asker = asker

    async def typed(self, words: str, **where: Any) -> dict[str, Any]:
        """The first embed of the answer to a typed command."""
        mark = self.sim.watch.mark()
        self.sim.act.post(self.sim.channel, self.asker, words)
        message = await self.sim.watch.message(since=mark, **where)
        return dict(message.embeds[0])

    async def chosen(self, command: str, **options: Any) -> dict[str, Any]:
        """The first embed of the answer to a slash command."""
        asked = self.sim.act.slash(self.asker, self.sim.channel, command, **options)
        answered = await asked.done()
        message = answered.response if answered.response and answered.response.embeds else await asked.followup()
        return dict(message.embeds[0])

    async def board(self, metric: str, **options: Any) -> Leaderboard:
        """What the question answers."""
        async with self.store.read() as reader:
            return await leaderboard(reader, metric, gates=GATES, limit=50, **options)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    """The bot on a small simulated season."""
    folder: Path = tmp_path_factory.mktemp("season")
    simulate(folder, nights=3, players=8, seed=4, oddities=False)
    settings = load(database_url=str(folder / "test.db"), min_rounds=5, min_rounds_ratio=5, min_shots=100)
    async with Store(parse_url(settings.url)) as store, DiscordSim() as sim:
        await upgrade(store)
        await Importer(store).run(find([folder])[0])
        asker = sim.setup.member(sim.guild, "asker")
        # A root user is not slowed down, else the tests would wait for him.
        settings = settings.model_copy(update={"guild_id": sim.guild.id, "root_users": [asker.id]})
        with pointed_at(sim, quick_identify=True):
            bot = MusterBot(settings, store)
            async with running(bot, sim.token):
                yield Talk(sim, store, asker)


def shows(embed: dict[str, Any], board: Leaderboard) -> None:
    """Every player of the first page stands there with the value that decides."""
    lines = [line for line in embed["description"].splitlines() if line[:3].strip().isdigit()]
    metric = METRICS[board.metric]
    assert len(lines) == min(len(board.entries), 15)
    for line, entry in zip(lines, board.entries, strict=False):
        assert metric.show(entry.value) in line
        assert line.split()[0] == str(entry.rank)


TOPS = {
    "top_killers": "kills",
    "top_accuracy": "accuracy",
    "top_objectives": "objective_score",
    "top_support": "support_score",
    "top_efficiency": "efficiency",
}


@pytest.mark.parametrize(("command", "metric"), TOPS.items())
async def test_each_ranking_typed_and_chosen(talk: Talk, command: str, metric: str) -> None:
    board = await talk.board(metric)
    assert board.entries
    typed = await talk.typed(f"!{command}")
    shows(typed, board)
    chosen = await talk.chosen(command)
    assert chosen["description"] == typed["description"]


async def test_any_metric(talk: Talk) -> None:
    shows(await talk.typed("!leaderboard dpm"), await talk.board("dpm"))
    shows(await talk.typed("!top Headshot rate"), await talk.board("headshot_rate"))
    shows(await talk.chosen("leaderboard", metric="kd"), await talk.board("kd"))
    shows(await talk.typed("!leaderboard kills weapon: MP40"), await talk.board("kills", weapon="MP40"))


async def test_a_part_of_the_history(talk: Talk) -> None:
    embed = await talk.typed("!top_killers 2025-11 map: supply")
    assert "2025-11 · supply" in embed["description"]


async def test_where_a_player_stands(talk: Talk) -> None:
    best = (await talk.board("kills")).entries[0]
    embed = await talk.typed(f"!rank_player {best.player.key}")
    assert f"1/{(await talk.board('kills')).total}" in embed["description"]
    assert (await talk.chosen("rank_player", player=best.player.key))["description"] == embed["description"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("!leaderboard dpn", "did you mean"),
        ("!top_killers yesteryear", "is no period"),
        ("!top_killers weapon: BANANA", "BANANA"),
        ("!top_accuracy weapon: DYNAMITE", "DYNAMITE"),
        ("!rank_player", "link yourself"),
        ("!rank_player zzzqqq", "Nobody goes by"),
        ("!worst_performers", "off here"),
        ("!top_kilers", "Did you mean"),
    ],
)
async def test_a_mistake_is_answered_in_private(talk: Talk, words: str, part: str) -> None:
    embed = await talk.typed(words)
    assert part in embed["description"]


async def test_nothing_is_said_to_what_is_not_ours(talk: Talk) -> None:
    mark = talk.sim.watch.mark()
    talk.sim.act.post(talk.sim.channel, talk.asker, "!play some music")
    with pytest.raises(TimeoutError):
        await talk.sim.watch.message(since=mark, within=0.5)


async def test_autocomplete_offers_what_there_is(talk: Talk) -> None:
    async def offered(option: str, typed: str) -> list[str]:
        choices = await talk.sim.act.autocomplete(talk.asker, talk.sim.channel, "leaderboard", option, typed)
        return [choice["name"] for choice in choices]

    assert "DPM" in await offered("metric", "dp")
    assert "supply" in await offered("map", "sup")
    assert "MP40" in await offered("weapon", "mp")
    assert "month" in await offered("period", "mo")


async def test_from_any_place_on_and_with_a_weapon(talk: Talk) -> None:
    board = await talk.board("kills")
    embed = await talk.typed("!top_killers place: 3")
    first = next(line for line in embed["description"].splitlines() if line[:3].strip().isdigit())
    assert first.split()[0] == str(board.entries[2].rank)
    assert "the last one taken" in (await talk.typed("!top_killers place: 900"))["description"]
    users = await talk.board("kills", weapon="MP40")
    embed = await talk.chosen("rank_player", player=users.entries[0].player.key, weapon="mp40")
    assert f"1/{users.total}" in embed["description"]
    assert "5 for ratios and 100 shots for accuracy" in embed["footer"]["text"]


async def test_a_ranking_of_nobody_says_why(talk: Talk) -> None:
    embed = await talk.typed("!top_killers 2031-01")
    assert "No round that counts" in embed["description"]
    assert "asks for 5 rounds" in embed["footer"]["text"]
