"""The team commands as people give them: typed and chosen, against a Discord on loopback."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from muster.bot import text
from muster.bot.client import MusterBot
from muster.config import load
from muster.rounds.importer import Importer, find
from muster.store import notes
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.building import put_pair
from tests.discord_sim import ChannelType, DiscordSim, Message, User
from tests.discord_sim.client import QUICK, pointed_at, running
from tests.stats.truth import Truth, season

COMMANDS = (
    *("team_stats", "team_roster", "team_vs_team", "team_balance"),
    *("team_synergy", "team_objective", "team_efficiency", "team_history"),
)
WITHOUT_ANYTHING = {"team_balance": "Name the players", "team_history": "link yourself once"}
"""What the commands say that can't answer without knowing whom."""


@dataclass
class Room:
    """A channel with the bot and a user in it."""

    sim: DiscordSim
    store: Store
    alice: User

    async def typed(self, words: str, by: User | None = None) -> Message:
        asked = self.sim.act.post(self.sim.channel, by or self.alice, f"!{words}")
        return await self.sim.watch.message(since=asked)

    async def chosen(self, command: str, **options: Any) -> Message:
        run = await self.sim.act.slash(self.alice, self.sim.channel, command, **options).done()
        return run.followups[0] if run.followups else run.response  # type: ignore[return-value]


Opened = Callable[..., AbstractAsyncContextManager[Room]]


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    folder = tmp_path_factory.mktemp("teams")
    return season(folder, nights=3, players=8, community=12, seed=5, rounds_per_night=12, oddities=False)


@pytest.fixture(scope="session")
def master(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "muster.db"
    asyncio.run(fill(path, truth.folder))
    return path


@pytest.fixture
def filled(master: Path, tmp_path: Path) -> Path:
    """A database with three evenings in it."""
    return Path(shutil.copy(master, tmp_path / "muster.db"))


async def fill(path: Path, *folders: Path) -> None:
    async with Store(parse_url(str(path))) as store:
        await upgrade(store)
        await Importer(store, None).run(find(folders)[0])


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Room]:
    async with DiscordSim() as sim:
        with pointed_at(sim):
            alice = sim.setup.member(sim.guild, "alice")
            settings = load(database_url=str(path), guild_id=sim.guild.id, root_users=[alice.id])
            async with (
                Store(parse_url(settings.url)) as store,
                running(MusterBot(settings, store, **QUICK), sim.token),
            ):
                yield Room(sim, store, alice)


def title(message: Message) -> str:
    return str(message.embeds[0]["title"])


def words(message: Message) -> str:
    return str(message.embeds[0].get("description", ""))


def labels(message: Message) -> list[str]:
    return [str(part["label"]) for row in message.components for part in row["components"] if "label" in part]


def names(truth: Truth, count: int) -> list[str]:
    return [truth.of(key)[-1]["name"] for key in truth.busiest[:count]]


async def test_everything_typed_and_chosen_without_arguments(filled: Path) -> None:
    async with opened(filled) as room:
        for command in COMMANDS:
            for answer in (await room.typed(command), await room.chosen(command)):
                assert "went wrong" not in title(answer)
                assert WITHOUT_ANYTHING.get(command, "```") in words(answer), command


async def test_nothing_stored(tmp_path: Path) -> None:
    await fill(tmp_path / "empty.db", tmp_path)
    async with opened(tmp_path / "empty.db") as room:
        for command in (*COMMANDS, "team_stats axis", "team_efficiency sides", "team_roster allies"):
            answer = await room.typed(command)
            assert "went wrong" not in title(answer)
            assert words(answer)
            assert "```" not in words(answer)
        for command in ("team_stats Ann", "team_synergy Ann", "team_synergy Ann vs Bob", "team_balance Ann, Bob"):
            assert "No round is stored yet" in words(await room.typed(command))


async def test_one_match_of_players_with_odd_names(tmp_path: Path) -> None:
    put_pair(tmp_path / "files")
    for file in (tmp_path / "files").iterdir():
        named = file.read_bytes().replace(rb"\p0", rb"\**x**`|@everyone").replace(rb"\p1", rb"\^1^2")
        file.write_bytes(named)
    await fill(tmp_path / "one.db", tmp_path / "files")
    async with opened(tmp_path / "one.db") as room:
        asked = (
            *("team_stats", "team_stats axis", "team_stats AAAAAA00", "team_stats AAAAAA01", "team_roster"),
            *("team_roster allies", "team_vs_team", "team_vs_team AAAAAA00 vs AAAAAA01", "team_synergy"),
            *("team_synergy AAAAAA00 vs AAAAAA02", "team_synergy AAAAAA00 vs AAAAAA01", "team_synergy AAAAAA01"),
            *("team_objective", "team_objective supply", "team_efficiency", "team_efficiency sides"),
            *("team_history AAAAAA00", "team_history AAAAAA01"),
            "team_balance AAAAAA00, AAAAAA01, AAAAAA02, AAAAAA03, AAAAAA04",
        )
        for command in asked:
            answer = await room.typed(command)
            shown = f"{title(answer)} {words(answer)}"
            assert "went wrong" not in shown
            assert "Can't answer" not in shown, (command, shown)
            outside = "".join(words(answer).split("```")[::2])
            assert "@everyone" not in outside
            assert "**x**" not in outside


async def test_the_same_answer_typed_and_chosen(filled: Path, truth: Truth) -> None:
    one, other = truth.busiest[:2]
    async with opened(filled) as room:
        for typed, command, options in (
            ("team_stats axis", "team_stats", {"team": "axis"}),
            ("team_stats allies map: supply", "team_stats", {"team": "allies", "map": "supply"}),
            (f"team_stats {one}", "team_stats", {"team": one}),
            ("team_roster axis", "team_roster", {"which": "axis"}),
            ("team_roster 2025-11-29", "team_roster", {"which": "2025-11-29"}),
            (f"team_vs_team {one} vs {other}", "team_vs_team", {"player": one, "other": other}),
            (f"team_synergy {one} {other}", "team_synergy", {"player": one, "other": other}),
            (f"team_synergy {one}", "team_synergy", {"player": one}),
            ("team_objective supply", "team_objective", {"map": "supply"}),
            ("team_efficiency sides", "team_efficiency", {"which": "sides"}),
            ("team_efficiency period: 2025-11", "team_efficiency", {"period": "2025-11"}),
            (f"team_history {one}", "team_history", {"player": one}),
            (f"team_balance {one}, {other}", "team_balance", {"players": f"{one},{other}"}),
        ):
            by_prefix, by_slash = await room.typed(typed), await room.chosen(command, **options)
            assert (title(by_prefix), words(by_prefix)) == (title(by_slash), words(by_slash))
            assert "```" in words(by_prefix), typed


async def test_which_teams_and_evenings(filled: Path) -> None:
    async with opened(filled) as room:
        assert title(await room.typed("team_stats")) == title(await room.typed("team_stats B"))
        assert title(await room.typed("team_stats period: 2025-11")) == "Axis as a team"
        assert title(await room.typed("team_stats allies")) == "Allies as a team"
        assert title(await room.typed("team_roster 2025-11")).startswith("Session of Sun 2025-11-30")
        older = await room.typed("team_vs_team 2025-11-29")
        assert title(older) == "Session of Sat 2025-11-29 · team vs team"
        session_id = str(older.embeds[0]["footer"]["text"])
        assert title(await room.typed(f"team_vs_team {session_id}")) == title(older)
        assert title(await room.typed(f"team_roster {session_id}")).startswith("Session of Sat 2025-11-29")
        assert "round 2" in title(await room.typed("team_roster allies 2025-11-29"))
        server = str(older.embeds[0]["footer"]["text"]).partition("@")[2]
        assert title(await room.typed(f"team_roster server: {server}")).startswith("Session of Sun 2025-11-30")
        assert title(await room.typed(f"team_stats server: {server}")).startswith("Session of Sun 2025-11-30")
        with_map = await room.typed("team_vs_team map: supply")
        assert title(with_map).startswith("Session of Sat 2025-11-29")
        unknown = ("team_roster 2024-01-01", "team_roster of the past", "team_efficiency 2025-01-01-000000@x")
        for command in (*unknown, "team_vs_team period: 2024-01"):
            assert "There is no session" in words(await room.typed(command))


async def test_who_is_unknown_or_one_of_several(filled: Path, truth: Truth) -> None:
    async with opened(filled) as room:
        for command in ("team_stats", "team_history", "team_synergy", "team_vs_team xyzzyx vs", "team_balance xyzzyx,"):
            assert "Nobody goes by anything like" in words(await room.typed(f"{command} qqqqqqqq"))
        both = await room.typed("team_balance qqqqqqqq, xxxxxxxx, zzzzzzzz")
        assert words(both).count("Nobody goes by") == 3
        name = names(truth, 1)[0]
        asked = await room.typed(f"team_history {name[:-1]}?")
        assert title(asked) == "Did you mean …"
        button = next(label for label in labels(asked) if name in label)
        room.sim.act.click(room.alice, asked, button)
        answer = await room.sim.watch.message("evening by evening", since=asked)
        assert title(answer) == f"Teams of {text.name(name)}, evening by evening"


async def test_splits_by_names_mentions_and_voice(filled: Path, truth: Truth) -> None:
    async with opened(filled) as room:
        sim, keys = room.sim, truth.busiest[:6]
        users = [sim.setup.member(sim.guild, f"user{n}") for n in range(6)]
        async with room.store.write() as writer:
            for user, key in zip(users, keys, strict=True):
                await notes.link(writer, user.id, key, user.id)
        named = await room.typed(f"team_balance {', '.join(keys)}")
        mentioned = await room.typed("team_balance " + " ".join(user.mention for user in users))
        assert words(named) == words(mentioned)
        assert "6 players · every split looked at" in words(named)
        assert words(named).count("Team 1 **") == 3
        assert "fitted on 18 rated matches: few, so take it lightly" in words(named)
        assert words(await room.typed(f"team_balance {' '.join(reversed(keys))}")) == words(named)
        mixed = f"{users[0].mention}{users[1].mention} {keys[2]}; {keys[3]}, {keys[4]} vs {keys[5]},"
        assert words(await room.typed(f"team_balance {mixed}")) == words(named)
        asked = room.sim.act.direct(room.alice, "!team_balance")
        assert "Name the players" in words(await room.sim.watch.message(since=asked))
        assert "Name two players or more" in words(await room.typed(f"team_balance {keys[0]}, {keys[0]}"))
        await in_voice(room, [*users, room.alice])
        heard = await room.typed("team_balance")
        assert "6 players · linked in #lobby · every split looked at" in words(heard)
        assert f"Not linked, so left out: {room.alice.mention}" in words(heard)
        for user in users[1:]:
            sim.setup.voice(sim.guild, user, None)
        alone = await room.typed("team_balance")
        assert "Linked to a player: 1 of 2 users in" in words(alone)


async def in_voice(room: Room, users: Sequence[User]) -> None:
    lobby = room.sim.setup.channel(room.sim.guild, "lobby", ChannelType.VOICE)
    for user in users:
        room.sim.setup.voice(room.sim.guild, user, lobby)


async def test_what_is_offered_while_typing(filled: Path, truth: Truth) -> None:
    one, other = truth.busiest[:2]
    async with opened(filled) as room:

        async def offered(command: str, option: str, typed: str) -> list[str]:
            found = await room.sim.act.autocomplete(room.alice, room.sim.channel, command, option, typed)
            return [choice["value"] for choice in found]

        assert (await offered("team_stats", "team", ""))[:2] == ["axis", "allies"]
        assert (await offered("team_stats", "team", "ax"))[0] == "axis"
        assert one in await offered("team_stats", "team", names(truth, 1)[0])
        assert any("@" in found for found in await offered("team_roster", "which", "2025-11-29"))
        assert (await offered("team_efficiency", "which", ""))[0] == "sides"
        assert f"{one}, {other}" in await offered("team_balance", "players", f"{one}, {names(truth, 2)[1]}")
        assert await offered("team_balance", "players", ",".join([one] * 30)) == []
        assert "supply" in await offered("team_objective", "map", "sup")
