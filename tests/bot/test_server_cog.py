"""Control of a game server from Discord: who may, asked again, sent once over UDP, and kept who did."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from muster.config import ServerSettings
from muster.store import notes
from tests.bot.admin_room import Room, room, told
from tests.ops.game_server import GameServer, game_server

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Control:
    """A room, and the game server that is controlled from it."""

    def __init__(self, there: Room, game: GameServer) -> None:
        self.there = there
        self.game = game

    def sent(self) -> list[str]:
        """RCON packets without their password."""
        packets = [data.decode("latin-1") for _, data in self.game.asked if b"rcon" in data]
        return [packet.split(" ", 2)[2] for packet in packets]

    async def audited(self) -> list[tuple[int, str, str]]:
        async with self.there.store.read() as reader:
            kept = await notes.noted(reader, "rcon_audit") or []
        return [(entry["user"], entry["command"], entry["outcome"]) for entry in kept]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def control(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Control]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RCON_MAIN", "s3cret")
        async with game_server() as game:
            one = ServerSettings(name="main", address=game.address, rcon_password_env="RCON_MAIN")  # type: ignore[call-arg]
            async with room(tmp_path_factory.mktemp("control"), servers=[one]) as there:
                yield Control(there, game)


async def test_a_command_is_asked_about_sent_once_and_kept(control: Control) -> None:
    there, boss = control.there, control.there.boss()
    control.game.printed["g_password hush"] = ["done"]
    asked = await there.chosen("rcon", boss, command="g_password hush")
    assert there.is_private(asked)
    assert "hush" not in told(asked)
    assert control.sent() == []
    answer = await there.pressed(asked, "Send", boss)
    assert there.is_private(answer)
    assert "done" in told(answer)
    assert control.sent() == ["g_password hush"]
    assert (await control.audited())[-1] == (boss.id, "g_password …", "answered")


async def test_a_map_is_loaded_after_a_yes(control: Control) -> None:
    there, boss = control.there, control.there.boss()
    control.game.printed["map radar"] = ["loading"]
    asked = await there.chosen("map", boss, map="radar")
    assert "ends at once" in told(asked)
    answer = await there.pressed(asked, "Load it", boss)
    assert "**radar** is being loaded" in told(answer)
    assert control.sent()[-1] == "map radar"
    assert (await control.audited())[-1] == (boss.id, "map radar", "answered")


async def test_no_one_else_may_and_nothing_is_sent(control: Control) -> None:
    before = control.sent()
    for command, options in (("rcon", {"command": "status"}), ("map", {"map": "radar"})):
        refused = await control.there.chosen(command, control.there.member(), **options)
        assert "for admins" in told(refused)
    refused = await control.there.chosen("map", control.there.boss(), map="radar;quit")
    assert "by the name the game knows" in told(refused)
    assert control.sent() == before


async def test_a_wrong_password_is_said(control: Control) -> None:
    there, boss = control.there, control.there.boss()
    control.game.password = "another"
    try:
        answer = await there.pressed(await there.chosen("rcon", boss, command="status"), "Send", boss)
    finally:
        control.game.password = "s3cret"
    assert "refuses the password" in told(answer)
    assert "s3cret" not in told(answer)
