"""Every command, typed and chosen, with everything right and wrong that can be asked: always a helpful answer."""

import asyncio
import json
import logging
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest
import pytest_asyncio
import structlog
from rich.cells import cell_len

from muster.bot.cogs import admin
from muster.bot.pages import ORANGE, RED, Answer
from muster.bot.text import WIDTH
from muster.stats.metrics import METRICS
from tests.bot.every_command import ASKED, CROWD, NAMES, SEVERAL, UNKNOWN, Case, World, world
from tests.discord_sim.model import Message

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATES: Final = ("full", "empty")
REFUSALS: Final = ("Can't answer that", "Not understood", "Not allowed", "Not here", "A moment, please")
_BLOCK: Final = re.compile(r"```\n(.*?)\n```", re.DOTALL)
_CODE: Final = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_LOUD: Final = re.compile(r"(?<!\\)@everyone|@here|<@!?1>|<@&2>|<#3>|\[x\]\(http")
"""What the hostile names want to be, as it stands unescaped in running text."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The bot on both databases. What is done in other processes is done in threads: they start sooner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admin, "done_aside", asyncio.to_thread)
        async with world(tmp_path_factory.mktemp("every")) as made:
            made.watch_answers(patch)
            yield made


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No error may be logged, by us or by discord.py."""
    with structlog.testing.capture_logs() as logged:
        yield
    assert [entry for entry in logged if entry["log_level"] in ("error", "critical")] == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def sound(there: World, asked: str, message: Message) -> None:
    """An answer that helps: something is said, nothing failed, nobody is mentioned, no table is torn."""
    assert message.embeds, asked
    (embed,) = message.embeds
    words = f"{embed.get('title', '')}\n{embed.get('description', '')}"
    assert embed.get("description") or embed.get("fields"), asked
    assert "went wrong" not in words, asked
    assert (message.mentions, message.mention_roles, message.mention_everyone) == ((), (), False), asked
    if embed.get("color") in (ORANGE, RED) and embed["title"] in REFUSALS:
        assert there.private(message), f"{asked} is refused in public: {words}"
        assert len(embed["description"]) > 15, asked
    for answer in there.answers:
        whole(asked, answer)


def whole(asked: str, answer: Answer) -> None:
    """Every page of an answer, shown or not, is in Discord's limits and shows whole tables."""
    for page in answer.pages:
        text = page.description + "".join(f"\n{field.value}" for field in page.fields)
        assert text.count("```") % 2 == 0, asked
        lines = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
        assert max(map(cell_len, lines), default=0) <= WIDTH, (asked, max(lines, key=cell_len))
        assert not _LOUD.search(_CODE.sub("", f"{page.title}\n{text}")), (asked, page.title, text)


async def ask(there: World, command: str, case: Case) -> tuple[Message, Message]:
    """The answers to the typed and to the slash command."""
    answers = []
    for way, question in (("!", there.typed), ("/", there.chosen)):
        there.answers.clear()
        message = await question(command, case)
        sound(there, f"{way}{command} {case}", message)
        answers.append(message)
    return answers[0], answers[1]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", NAMES)
async def test_always_a_helpful_answer(there: World, quiet: None, command: str, state: str) -> None:
    for case in there.cases(command):
        await there.use(state)
        typed, chosen = await ask(there, command, case)
        if command not in CHANGES:
            assert typed.embeds[0]["title"] == chosen.embeds[0]["title"], (command, case)
        if command in PLAYERS and UNANSWERED & set(map(str, case.values())):
            assert typed.embeds[0]["title"] in ("Did you mean …", "Can't answer that"), (command, case)


CHANGES: Final = ("session_start", "session_end", "unlink")
"""What is answered otherwise when it is asked twice."""
PLAYERS: Final = {name for name in NAMES if name.startswith("player_")} | {"rank_player", "team_history", "whois"}
UNANSWERED: Final = {UNKNOWN, SEVERAL}


async def test_there_is_something_to_ask_with_every_option(there: World) -> None:
    options = {option.name for command in NAMES for option in there.options(command)}
    assert options == set(ASKED)


async def test_forty_in_a_round(there: World) -> None:
    await there.use("full")
    asked: dict[str, Case] = {"last_round": {}, "last_session": {"view": "players"}, "team_roster": {"which": "axis"}}
    for command, case in asked.items():
        there.answers.clear()
        await there.typed(command, case)
        shown = "".join(page.description for page in there.answers[-1].pages)
        some = range(0, CROWD, 2) if command == "team_roster" else range(CROWD)
        assert [n for n in some if f"{n:02}**" not in shown] == [], command


async def on_the_terminal(there: World, *words: str) -> Any:
    """What `muster … --json` answers on the same database."""
    command = (sys.executable, "-m", "muster", *words, "--json", "--db", there.database)
    settings = {"MUSTER_MIN_ROUNDS": "5", "MUSTER_MIN_ROUNDS_RATIO": "5", "MUSTER_MIN_SHOTS": "100"}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env={**os.environ, **settings})
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def shown(there: World, command: str, **case: Any) -> str:
    """Every page of an answer."""
    there.answers.clear()
    await there.chosen(command, case)
    return "\n".join(f"{page.title}\n{page.description}\n{page.footer}" for page in there.answers[-1].pages)


def value(key: str, found: Any) -> str:
    """A metric as answers show it."""
    return METRICS[key].show(found)


async def test_a_player_is_the_one_of_the_terminal(there: World) -> None:
    await there.use("full")
    key = there.words["busy"]
    page = await on_the_terminal(there, "player", key)
    career, sums = page["career"], page["career"]["totals"]
    overview = await shown(there, "player_stats", player=key)
    for metric in ("kd", "dpm", "accuracy", "headshot_rate", "efficiency", "survival", "win_rate", "consistency"):
        assert value(metric, career["metrics"][metric]) in overview, metric
    for total in ("kills", "deaths", "damage_given", "damage_received", "gibs", "headshots", "kill_assists"):
        assert f"{sums[total]:,}" in overview, total
    weapons = await shown(there, "player_weapons", player=key)
    for line in page["weapons"]["weapons"]:
        assert f" {line['totals']['hits']:,}/{line['totals']['shots']:,} " in f"{weapons} ", line["weapon"]
    maps = await shown(there, "player_maps", player=key)
    for line in page["maps"]["maps"]:
        assert f" {value('kd', line['kd'])} {value('dpm', line['dpm']):>3} " in maps, line["map"]
    history = await shown(there, "player_history", player=key)
    for line in page["history"]["sessions"]:
        assert f" {value('kd', line['kd'])} {value('dpm', line['dpm']):>3} " in history, line["day"]
    recent = await shown(there, "player_recent", player=key)
    for played in page["recent"]["rounds"]:
        own = played["line"]["totals"]
        assert f" {own['kills']}/{own['deaths']} " in recent
    ranks = await shown(there, "rank_player", player=key)
    for standing in page["standings"]:
        assert f"{value(standing['metric'], standing['value'])} " in ranks, standing["metric"]
        if standing["rank"]:
            assert f" {standing['rank']}/{standing['total']} " in ranks


@pytest.mark.parametrize("metric", ["kills", "accuracy", "rating", "objective_score", "damage_given"])
async def test_a_ranking_is_the_one_of_the_terminal(there: World, metric: str) -> None:
    await there.use("full")
    board = await on_the_terminal(there, "top", metric, "--limit", "100")
    answer = await shown(there, "leaderboard", metric=metric)
    rows = [line for block in _BLOCK.findall(answer) for line in block.splitlines() if line[:2].strip().isdigit()]
    assert len(rows) == len(board["entries"]) == board["total"] > 3
    for row, entry in zip(rows, board["entries"], strict=True):
        assert row.startswith(f"{entry['rank']:>2} ")
        assert f" {value(metric, entry['value'])} " in row
    assert (f"{board['left_out']} left out" in answer) == bool(board["left_out"])


async def test_evenings_and_rounds_are_those_of_the_terminal(there: World) -> None:
    await there.use("full")
    session = await on_the_terminal(there, "session", there.words["session"])
    players = await shown(there, "last_session", session=there.words["session"])
    for line in session["players"]:
        own = line["totals"]
        ratios = f"{value('kd', line['kd'])} +{value('dpm', line['dpm'])}"
        assert re.search(rf" {own['kills']} +{own['deaths']} +{ratios} ", players), line["player"]
    listed = await on_the_terminal(there, "session", "list")
    assert f"{listed['total']} sessions" in await shown(there, "session_history")
    last = await on_the_terminal(there, "round", "last")
    answer = await shown(there, "last_round")
    everybody = [line for side in ("axis", "allies") for line in last[side]["players"]]
    assert len(everybody) == CROWD
    for line in everybody:
        assert f"{line['totals']['kills']}/{line['totals']['deaths']} " in answer


async def test_two_players_are_those_of_the_terminal(there: World) -> None:
    await there.use("full")
    one, other = there.words["busy"], there.words["other"]
    met = await on_the_terminal(there, "versus", one, other)
    answer = await shown(there, "compare_players", player=one, other=other)
    assert f"{met['opposed']['rounds']} round" in answer
    assert value("dpm", met["first_dpm"]) in answer
    assert value("dpm", met["second_dpm"]) in answer
