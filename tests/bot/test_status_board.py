"""One message about the game servers, by UDP from a game server and over the wire to a Discord: edited, made anew."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from muster.announce.lane import Lane
from muster.bot import posts
from muster.bot.show.server import Standing, standings
from muster.bot.status_board import FRESH, StatusBoard
from muster.config import ServerSettings, Settings
from muster.ops import quake3
from muster.ops.quake3 import GameServers, LivePlayer, LiveStatus
from muster.store.engine import Store
from tests.announce.test_delivery import carrying
from tests.announce.test_editing import Clock
from tests.announce.working import HOURS, rows
from tests.bot.admin_room import told
from tests.discord_sim import DiscordSim, Message
from tests.importer.working import opened
from tests.ops.game_server import GameServer, game_server


class Board:
    """A board, the lane that carries it, and a clock that both follow."""

    def __init__(self, sim: DiscordSim, store: Store, lane: Lane, game: GameServer, clock: Clock) -> None:
        self.sim = sim
        self.store = store
        self.lane = lane
        self.game = game
        self.clock = clock
        self.start()

    def start(self) -> None:
        """A new process."""
        servers = [ServerSettings(name="main", address=self.game.address)]  # type: ignore[call-arg]
        channel = self.sim.channel.id
        settings = Settings(servers=servers, status_channel_id=channel, _env_file=None)  # type: ignore[call-arg]
        # Each look finds a server that was not asked lately.
        self.board = StatusBoard(settings, self.store, GameServers(Ticks()), clock=self.clock)

    async def look(self, **later: float) -> list[Message]:
        """Everything the bot has in the channel after another look."""
        self.clock.later(**(later or {"minutes": 2}))
        await self.board.look()
        await self.lane.drain()
        history = self.sim.world.history(self.sim.channel.id)
        return [message for message in history if message.author is self.sim.bot]


class Ticks:
    """Ten seconds pass between two glances at it."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 10.0
        return self.at


@asynccontextmanager
async def board(folder: Path) -> AsyncIterator[Board]:
    clock = Clock()
    url = f"sqlite:///{folder / 'muster.db'}"
    async with (
        opened(url) as store,
        DiscordSim() as sim,
        game_server() as game,
        carrying(sim, store, posts.build) as carrier,  # type: ignore[arg-type]
    ):
        lane = Lane(store, carrier, sim.channel.id, admin=None, keep=HOURS, clock=clock)
        yield Board(sim, store, lane, game, clock)


async def test_one_message_is_kept_up_to_date(tmp_path: Path) -> None:
    async with board(tmp_path) as it:
        (message,) = await it.look()
        first = told(message)
        assert "**supply**" in first
        assert "3 of 20 players" in first
        assert "Alice" in first
        it.game.info = it.game.info.replace("supply", "radar")
        (message,) = await it.look()
        assert "**radar**" in told(message)
        it.start()
        (message,) = await it.look()
        assert len(await rows(it.store, "id")) == 1
        it.sim.act.delete(message)
        it.game.players = it.game.players[:1]
        (again,) = await it.look()
        assert again.id != message.id
        assert "1 of 20 players" in told(again)


async def test_a_server_that_is_down_is_said_and_since_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quake3, "PATIENCE", 0.3)
    async with board(tmp_path) as it:
        await it.look()
        it.game.deaf = 1000
        (message,) = await it.look()
        assert "main · down" in told(message)
        since = f"<t:{it.clock.now.timestamp():.0f}:R>"
        assert f"first noticed {since}" in told(message)
        it.start()
        (message,) = await it.look()
        assert f"first noticed {since}" in told(message)
        it.game.deaf = 0
        (message,) = await it.look()
        assert "**supply**" in told(message)


async def test_nothing_is_written_where_nothing_has_changed(tmp_path: Path) -> None:
    async with board(tmp_path) as it:
        await it.look()
        before = await rows(it.store, "subject", "edit_due", "edited_at")
        await it.look(seconds=30)
        assert await rows(it.store, "subject", "edit_due", "edited_at") == before
        (message,) = await it.look(seconds=FRESH.total_seconds())
        assert f"as of <t:{it.clock.now.timestamp():.0f}:R>" in told(message)


def test_any_crowd_fits_into_one_message() -> None:
    now = Clock().now + timedelta(0)
    crowd = tuple(LivePlayer(n, n, "W" * 35 + "`@") for n in range(128))
    info = {"mapname": "x" * 64, "sv_maxclients": "128", "g_gametype": "3", "timelimit": "12"}
    full = LiveStatus(info, crowd, now, 0.1)
    for count in (1, 2, 10, 40):
        answer = standings([Standing("server " + "x" * 60, full, now)] * count, now)
        assert len(answer.pages) <= 10
        assert sum(page.size for page in answer.pages) < 5900
