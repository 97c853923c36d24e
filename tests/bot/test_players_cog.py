"""The commands about players as people give them: typed, chosen and about themselves, right and wrong."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from rich.cells import cell_len

from muster.bot.client import MusterBot
from muster.bot.pages import Picture
from muster.bot.text import NARROW
from muster.config import load
from muster.rounds.importer import Importer, find
from muster.rounds.simulate import simulate
from muster.stats import history, leaderboard, periods, players, rivals
from muster.stats.metrics import METRICS, value
from muster.stats.values import Gates, PlayerRef, Scope, Totals
from muster.store import notes
from muster.store.engine import Reader, Store, parse_url
from muster.store.upgrade import upgrade
from tests.building import player, put
from tests.discord_sim import DiscordSim
from tests.discord_sim.client import pointed_at, running
from tests.discord_sim.model import Message, User

pytestmark = pytest.mark.asyncio(loop_scope="module")

GATES: Final = Gates(5, 5, 100)
ONCE, TWIN, OTHER_TWIN, ODD = (f"AAAAAA0{n}" for n in range(4))
NAMES: Final = {ONCE: "once", TWIN: "twin one", OTHER_TWIN: "twin two", ODD: "**@everyone** `<@1>`"}
PNG: Final = b"\x89PNG\r\n\x1a\n"

Expected = Callable[[Reader, str], Awaitable[dict[str, str]]]
"""What the rows of an answer have to say, by how they begin, as the questions tell it."""


class Talk:
    """A server with a bot in it, and somebody who is linked to the busiest player."""

    def __init__(self, sim: DiscordSim, bot: MusterBot, empty: Store, asker: User) -> None:
        self.sim = sim
        self.bot = bot
        self.store = bot.store
        self.empty = empty
        self.asker = asker
        self.people: list[PlayerRef] = []

    @property
    def me(self) -> PlayerRef:
        """Whom the asker is linked to."""
        return self.people[0]

    def stranger(self) -> User:
        """Somebody who is not linked, and whom nobody has asked too often."""
        return self.sim.setup.member(self.sim.guild, "stranger")

    async def typed(self, words: str, asker: User | None = None) -> Message:
        """The answer to a typed command."""
        mark = self.sim.watch.mark()
        self.sim.act.post(self.sim.channel, asker or self.asker, words)
        return await self.sim.watch.message(since=mark, within=20)

    async def chosen(self, command: str, **options: Any) -> Message:
        """The answer to a slash command."""
        asked = await self.sim.act.slash(self.asker, self.sim.channel, command, **options).done(20)
        answer = asked.response
        assert answer is not None
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    """The bot on eight simulated evenings, and a round of people with few rounds and odd names."""
    folder: Path = tmp_path_factory.mktemp("season")
    simulate(folder, nights=8, players=8, community=10, seed=4, rounds_per_night=6, oddities=False)
    odd = [player(key, name=name, side=1 + n % 2) for n, (key, name) in enumerate(NAMES.items())]
    put(folder, "2025-09-01-200000", 1, *odd)
    settings = load(database_url=str(folder / "test.db"), min_rounds=5, min_rounds_ratio=5, min_shots=100)
    empty = Store(parse_url(str(folder / "empty.db")))
    async with Store(parse_url(settings.url)) as store, empty, DiscordSim() as sim:
        await upgrade(store)
        await upgrade(empty)
        await Importer(store).run(find([folder])[0])
        asker = sim.setup.member(sim.guild, "asker")
        # A root user is not slowed down, else the tests would wait for him.
        settings = settings.model_copy(update={"guild_id": sim.guild.id, "root_users": [asker.id]})
        with pointed_at(sim, quick_identify=True):
            bot = MusterBot(settings, store)
            talk = Talk(sim, bot, empty, asker)
            async with store.read() as reader:
                ranked = await leaderboard.leaderboard(reader, "rounds", gates=GATES)
            talk.people = [entry.player for entry in ranked.entries]
            async with store.write() as writer:
                await notes.link(writer, asker.id, talk.me.key, asker.id)
            _draw_each_once(bot)
            async with running(bot, sim.token):
                yield talk


def _draw_each_once(bot: MusterBot) -> None:
    """Every kind of picture is really drawn, but not for every answer."""
    drawn: dict[Any, bytes] = {}
    draw = bot.draw

    async def kept(picture: Picture) -> bytes:
        if picture.function not in drawn:
            drawn[picture.function] = await draw(picture)
        return drawn[picture.function]

    bot.draw = kept  # type: ignore[method-assign]


@pytest.fixture
def nothing(talk: Talk) -> Iterator[None]:
    """The bot without a round."""
    talk.bot.store = talk.empty
    talk.bot.cache.clear()
    yield
    talk.bot.store = talk.store
    talk.bot.cache.clear()


def text_of(message: Message) -> str:
    """What stands in the answer's embed."""
    (embed,) = message.embeds
    return f"{embed['title']}\n{embed.get('description', '')}\n{embed.get('footer', {}).get('text', '')}"


def row(message: Message, start: str) -> str:
    """The line of a table that begins so."""
    lines = message.embeds[0].get("description", "").splitlines()
    return next((line for line in lines if line.startswith(start)), f"no line {start!r} in {lines}")


async def totals(reader: Reader, key: str) -> Totals:
    return (await players.career(reader, key)).totals


def by_metric(*metrics: str, **labels: str) -> Expected:
    """Rows of metrics, by their titles or other labels."""

    async def expected(reader: Reader, key: str) -> dict[str, str]:
        own = await totals(reader, key)
        shown = {METRICS[metric].title: METRICS[metric].show(value(metric, own)) for metric in metrics}
        return shown | {label: METRICS[metric].show(value(metric, own)) for metric, label in labels.items()}

    return expected


async def of_weapons(reader: Reader, key: str) -> dict[str, str]:
    own = {line.weapon: line for line in (await players.weapons(reader, key)).weapons}
    mp40 = own["MP40"]
    return {"MP40": f"{mp40.totals.kills:,} {mp40.totals.deaths:>3} {mp40.accuracy:.1f}"}


async def of_maps(reader: Reader, key: str) -> dict[str, str]:
    first = (await players.maps(reader, key)).maps[0]
    assert first.kd_delta is not None
    return {first.map.partition("_")[2] or first.map: f"{first.totals.rounds} {first.kd_delta:+.2f}".replace("-", "−")}


async def of_sessions(reader: Reader, key: str) -> dict[str, str]:
    latest = (await history.history(reader, key, limit=1)).sessions[0]
    day = date(latest.day // 10000, latest.day // 100 % 100, latest.day % 100)
    shown = f"{latest.totals.rounds} {METRICS['kd'].show(latest.kd)} {METRICS['dpm'].show(latest.dpm)}"
    return {f"{day:%a} {day.day:2}": shown}


async def of_rounds(reader: Reader, key: str) -> dict[str, str]:
    last = (await history.recent(reader, key, limit=1)).rounds[0]
    return {last.head.map.removeprefix("etl_"): f"{last.line.totals.kills}/{last.line.totals.deaths}"}


async def of_milestones(reader: Reader, key: str) -> dict[str, str]:
    own = await totals(reader, key)
    return {"Kills": f"{own.kills:,}", "Damage": f"{own.damage_given:,}", "Sessions": "8"}


def of_company(question: Callable[..., Awaitable[Any]]) -> Expected:
    async def expected(reader: Reader, key: str) -> dict[str, str]:
        found = await question(reader, key)
        assert found.companions
        return {one.player.name[:12]: f"{one.rounds} {one.win_rate:.0f}%" for one in found.companions}

    return expected


ANSWERS: Final[dict[str, Expected]] = {
    "player_stats": by_metric("kd", "kills", "rounds", damage_given="Damage"),
    "player_summary": by_metric("kd", "accuracy", "rounds"),
    "player_history": of_sessions,
    "player_weapons": of_weapons,
    "player_objectives": by_metric(objective_score="Obj. score", dynamites_planted="Dyn. planted", repairs="Repairs"),
    "player_maps": of_maps,
    "player_trends": of_sessions,
    "player_recent": of_rounds,
    "player_achievements": of_milestones,
    "player_efficiency": by_metric("efficiency", "survival", "frag_potential", kpr="Kills/rd"),
    "player_combat": by_metric("kills", "deaths", "gibs", damage_given="Damage", headshot_rate="HS rate"),
    "player_support": by_metric("revives_given", support_score="Supp. score", kill_assists="Assists"),
    "player_consistency": by_metric(),
    "player_rivals": of_company(rivals.opponents),
    "player_teammates": of_company(rivals.teammates),
}
"""Every command about one player, with what has to stand in its answer."""

PICTURES: Final = {
    "player_history": "sessions.png",
    "player_weapons": "weapons.png",
    "player_maps": "maps.png",
    "player_trends": "trend.png",
}


@pytest.mark.parametrize("command", ANSWERS)
async def test_typed_and_chosen_and_about_oneself(talk: Talk, command: str) -> None:
    typed = await talk.typed(f"!{command} {talk.me.name}")
    chosen = await talk.chosen(command, player=talk.me.key)
    own = await talk.typed(f"!{command}")
    mentioned = await talk.chosen(command, player=talk.asker.mention)
    assert text_of(typed) == text_of(chosen) == text_of(own) == text_of(mentioned)
    assert talk.me.name.replace(" ", "") in text_of(typed).replace("\\", "").replace(" ", "")
    async with talk.store.read() as reader:
        expected = await ANSWERS[command](reader, talk.me.key)
    for start, shown in expected.items():
        assert shown in row(typed, start), command
    assert "-# all time" in text_of(typed)
    blocks = re.findall(r"```\n(.*?)\n```", text_of(typed), re.DOTALL)
    assert all(cell_len(line) <= NARROW for block in blocks for line in block.splitlines()), command
    files = typed.files
    assert list(files) == [PICTURES[command]] if command in PICTURES else not files
    assert all(content.startswith(PNG) for content in files.values())


async def test_consistency_is_the_metric(talk: Talk) -> None:
    async with talk.store.read() as reader:
        (standing,) = await leaderboard.standings(reader, talk.me.key, ["consistency"], gates=GATES)
        own = await totals(reader, talk.me.key)
    shown = METRICS["consistency"].show(value("consistency", own))
    answer = text_of(await talk.typed("!player_consistency"))
    assert f"Consistency **{shown}** · rank {standing.rank} of {standing.total}" in answer


@pytest.mark.parametrize("command", ["player_efficiency", "player_combat", "player_support", "player_objectives"])
async def test_ranks_are_those_of_the_leaderboards(talk: Talk, command: str) -> None:
    metric = {"player_efficiency": "kpr", "player_combat": "kills", "player_support": "revives_given"}.get(
        command, "objective_score"
    )
    async with talk.store.read() as reader:
        board = await leaderboard.leaderboard(reader, metric, gates=GATES, limit=100)
    place = next(entry for entry in board.entries if entry.player == talk.me)
    label = {"kpr": "Kills/rd", "objective_score": "Obj. score"}.get(metric, METRICS[metric].title)
    assert row(await talk.typed(f"!{command}"), label).endswith(f" {place.rank}/{board.total}")


async def test_the_views_of_player_stats(talk: Talk) -> None:
    message = await talk.typed("!stats")
    async with talk.store.read() as reader:
        own = await totals(reader, talk.me.key)
        arms = (await players.weapons(reader, talk.me.key)).weapons
    seen = {}
    for view in ("Combat", "Objectives and support", "Weapons", "Maps", "Overview"):
        await talk.sim.act.click(talk.asker, message, view).done()
        seen[view] = text_of(message)
    assert f"{own.damage_received:,}" in seen["Combat"]
    assert f"{own.times_revived:,}" in seen["Objectives and support"]
    assert f"{arms[0].totals.kills:,}" in seen["Weapons"]
    assert "Difference to his average" in seen["Maps"]
    assert "Rating" in seen["Overview"]


async def test_leafing_through_sessions(talk: Talk) -> None:
    message = await talk.typed("!player_history")
    assert text_of(message).endswith("page 1 of 2")
    await talk.sim.act.click(talk.asker, message, "▶").done()
    assert text_of(message).endswith("page 2 of 2")


async def test_two_players_compared(talk: Talk) -> None:
    one, other = talk.people[:2]
    answers = [
        await talk.typed(f"!compare_players {one.name} vs {other.name}"),
        await talk.typed(f"!compare_players {one.name} {other.name}"),
        await talk.typed(f"!compare_players {other.name}"),
        await talk.chosen("compare_players", player=one.key, other=other.key),
        await talk.chosen("compare_players", player=f"{one.name} vs. {other.name}"),
        await talk.typed(f"!compare_players {talk.asker.mention} vs {other.name}"),
    ]
    assert all(text_of(answer) == text_of(answers[0]) for answer in answers)
    assert list(answers[0].files) == ["comparison.png"]
    async with talk.store.read() as reader:
        sums = [await totals(reader, key) for key in (one.key, other.key)]
        met = await rivals.head_to_head(reader, one.key, other.key)
    for metric in ("kd", "dpm", "win_rate", "rounds"):
        line = row(answers[0], METRICS[metric].title)
        assert line.replace("*", "").split()[-2:] == [METRICS[metric].show(value(metric, own)) for own in sums]
    assert f"**Against each other** {met.opposed.rounds} rounds" in text_of(answers[0])


async def test_who_is_missing_in_a_comparison(talk: Talk) -> None:
    both = "Say two players: `!compare_players A vs B`"
    assert both in text_of(await talk.typed("!compare_players", talk.stranger()))
    assert both in text_of(await talk.typed(f"!compare_players {talk.me.name}", talk.stranger()))
    assert "Both mean" in text_of(await talk.typed(f"!compare_players {talk.me.name} vs {talk.me.name}"))


async def test_a_part_of_the_history(talk: Talk) -> None:
    async with talk.store.read() as reader:
        map_ = (await players.maps(reader, talk.me.key)).maps[0].map
        latest = (await history.history(reader, talk.me.key, limit=1)).sessions[0].day
        day = f"{latest // 10000}-{latest // 100 % 100:02}-{latest % 100:02}"
        scope = Scope(periods.parse(day, datetime.now(UTC)), map_)
        there = (await players.career(reader, talk.me.key, Scope(map=map_))).totals
        then = (await players.career(reader, talk.me.key, scope)).totals
    on_map = await talk.typed(f"!player_combat map: {map_.upper()}")
    assert f"{there.kills:,}" in row(on_map, "Kills")
    assert f"-# all time · {map_}".replace("_", r"\_") in text_of(on_map)
    both = await talk.chosen("player_combat", map=map_, period=day)
    assert f"{then.kills:,}" in row(both, "Kills") if then.rounds else "no round of" in text_of(both)
    assert (await talk.typed(f"!player_combat period: {day} map: {map_}")).embeds == both.embeds


async def test_so_many_last_rounds(talk: Talk) -> None:
    three = await talk.typed("!player_recent rounds: 3")
    assert "the last 3 rounds" in text_of(three)
    assert (await talk.chosen("player_recent", rounds=3)).embeds == three.embeds
    wrong = text_of(await talk.typed("!player_recent rounds: many"))
    assert "“many” does not fit `rounds:` – how many rounds, 1 to 50." in wrong


@pytest.mark.parametrize("command", [*ANSWERS, "compare_players"])
async def test_options_complete_themselves(talk: Talk, command: str) -> None:
    offered = await talk.sim.act.autocomplete(talk.asker, talk.sim.channel, command, "player", "twin")
    assert {(choice["name"], choice["value"]) for choice in offered} == {("twin one", TWIN), ("twin two", OTHER_TWIN)}
    assert await talk.sim.act.autocomplete(talk.asker, talk.sim.channel, command, "map", "sup")


@pytest.mark.parametrize("command", [*ANSWERS, "compare_players"])
async def test_names_that_mean_nobody_or_several(talk: Talk, command: str) -> None:
    nobody = await talk.chosen(command, player="qqqqqqqq", **_other(talk, command))
    assert nobody.ephemeral
    assert "Nobody goes by anything like “qqqqqqqq”" in text_of(nobody)
    asked = await talk.chosen(command, player="twin", **_other(talk, command))
    assert "Did you mean" in text_of(asked)
    mark = talk.sim.watch.mark()
    talk.sim.act.click(talk.asker, asked, "twin two (twin two)")
    chosen = await talk.sim.watch.message(since=mark, within=20)
    direct = await talk.chosen(command, player=OTHER_TWIN, **_other(talk, command))
    assert text_of(chosen) == text_of(direct)
    assert not asked.components


def _other(talk: Talk, command: str) -> dict[str, str]:
    return {"other": talk.me.key} if command == "compare_players" else {}


@pytest.mark.parametrize("command", [*ANSWERS, "compare_players"])
async def test_somebody_with_one_round(talk: Talk, command: str) -> None:
    words = f"!{command} once vs {NAMES[TWIN]}" if command == "compare_players" else f"!{command} once"
    answer = text_of(await talk.typed(words))
    assert "once" in answer.splitlines()[0]
    assert "went wrong" not in answer
    assert "Can't" not in answer


@pytest.mark.parametrize("command", [*ANSWERS, "compare_players"])
async def test_a_name_full_of_markdown(talk: Talk, command: str) -> None:
    message = await talk.chosen(command, player=ODD, **_other(talk, command))
    title = message.embeds[0]["title"]
    assert r"\*\*@" + "\u200b" + r"everyone\*\* \`\<@" + "\u200b" + r"1\>\`" in title
    assert message.allowed_mentions is None or message.allowed_mentions["parse"] == []
    assert not message.mentions


@pytest.mark.parametrize("command", [*ANSWERS, "compare_players"])
@pytest.mark.parametrize(
    ("option", "wrong", "told"),
    [
        ("map", "nowhere", "'nowhere' is no map known here; there is "),
        ("server", "nobody's", "is no game server known here; there is "),
        ("period", "*ever*", r"'\*ever\*' is no period; say today, week"),
    ],
)
async def test_what_does_not_exist(talk: Talk, command: str, option: str, wrong: str, told: str) -> None:
    answer = await talk.chosen(command, player=talk.me.key, **{option: wrong}, **_other(talk, command))
    assert told in text_of(answer)
    assert answer.ephemeral


@pytest.mark.parametrize("command", [*ANSWERS, "compare_players"])
async def test_a_period_without_a_round(talk: Talk, command: str) -> None:
    answer = text_of(await talk.chosen(command, player=talk.me.key, period="2019", **_other_twin(command)))
    assert "There is no round of" in answer
    assert "Ask again with `period: all`." in answer


def _other_twin(command: str) -> dict[str, str]:
    return {"other": TWIN} if command == "compare_players" else {}


@pytest.mark.parametrize("command", ANSWERS)
async def test_a_stranger_who_names_nobody(talk: Talk, command: str) -> None:
    answer = text_of(await talk.typed(f"!{command}", talk.stranger()))
    assert "Say whom you mean, or link yourself once with `!link NAME`." in answer


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("command", [*ANSWERS, "compare_players"])
async def test_an_empty_database(talk: Talk, command: str) -> None:
    typed = text_of(await talk.typed(f"!{command} a vs b" if command == "compare_players" else f"!{command} a"))
    assert "No round is stored yet" in typed
    assert "No round is stored yet" in text_of(await talk.chosen(command, player="a", **_other_twin(command)))
    on_map = text_of(await talk.chosen(command, player="a", map="supply"))
    assert "There is no map yet, because no round is stored" in on_map


FIRST_VIEWS = {
    "player_stats": "Among those who use it",
    "player_weapons": "Share of kills",
    "player_maps": "most rounds first",
    "player_history": "latest first",
    "player_recent": "hits/shots",
    "player_support": "Support is not counted by weapon",
}


@pytest.mark.parametrize("command", FIRST_VIEWS)
async def test_with_one_weapon(talk: Talk, command: str) -> None:
    typed = await talk.typed(f"!{command} weapon: mp40")
    chosen = await talk.chosen(command, player=talk.me.key, weapon="MP40")
    assert text_of(typed) == text_of(chosen)
    assert text_of(typed).startswith("MP40 of ")
    assert FIRST_VIEWS[command] in text_of(typed)


async def test_two_players_with_one_weapon(talk: Talk) -> None:
    one, other = talk.people[:2]
    answer = await talk.chosen("compare_players", player=one.key, other=other.key, weapon="MP40")
    async with talk.store.read() as reader:
        kills = [
            next(line.totals.kills for line in (await players.weapons(reader, key)).weapons if line.weapon == "MP40")
            for key in (one.key, other.key)
        ]
    assert row(answer, "Kills ").replace("*", "").split()[-2:] == [f"{count:,}" for count in kills]
    assert "is no weapon" in text_of(await talk.typed("!player_stats weapon: banana"))
