"""Asking a game server: what it says, how often it is asked, and what becomes of silence."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator

import pytest

from muster.ops import quake3
from muster.ops.quake3 import BadCommand, GameServers, LivePlayer, NoAnswer, parse_address
from tests.ops.game_server import GameServer, game_server

SPACING, FRESH = quake3.SPACING, quake3.FRESH


@pytest.fixture
async def server() -> AsyncIterator[GameServer]:
    async with game_server() as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in service, only quicker."""
    for name, seconds in {"PATIENCE": 0.15, "QUIET": 0.08, "SPACING": 0.2, "FRESH": 0.5}.items():
        monkeypatch.setattr(quake3, name, seconds)


def test_the_engine_is_not_asked_more_often_than_it_answers() -> None:
    assert SPACING >= 0.75
    assert FRESH >= 5


async def test_a_status_is_read(server: GameServer) -> None:
    status = await GameServers().status(server.address)
    assert status.value("mapname") == "supply"
    assert status.value("nothing", "SV_MaxClients") == "20"
    assert status.players == (
        LivePlayer(123, 48, "^1Ali^7ce"),
        LivePlayer(7, 0, "[BOT]^^1x"),
        LivePlayer(-3, 999, "```@everyone"),
    )
    assert 0 < status.seconds < 0.15


async def test_fifty_who_ask_at_once_send_one_packet(server: GameServer) -> None:
    games = GameServers()
    found = await asyncio.gather(*(games.status(server.address) for _ in range(50)))
    assert len(server.asked) == 1
    assert len({id(status) for status in found}) == 1


async def test_an_old_status_is_asked_for_again_but_not_too_soon(server: GameServer) -> None:
    games = GameServers()
    await games.status(server.address)
    await games.rcon(server.address, "s3cret", "status")
    await games.status(server.address)
    moments = [moment for moment, _ in server.asked]
    assert len(moments) == 3
    assert all(later - earlier >= 0.19 for earlier, later in itertools.pairwise(moments))


async def test_a_lost_packet_is_sent_again(server: GameServer) -> None:
    server.deaf = 1
    assert (await GameServers().status(server.address)).value("mapname") == "supply"
    assert len(server.asked) == 2


async def test_silence_is_told_once_for_all_who_ask(server: GameServer) -> None:
    server.deaf = 100
    games = GameServers()
    found = await asyncio.gather(*(games.status(server.address) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(one, NoAnswer) for one in found)
    assert "did not answer within" in str(found[0])
    assert len(server.asked) == quake3.ATTEMPTS


async def test_nobody_there_and_no_address() -> None:
    async with game_server() as gone:
        address = gone.address
    with pytest.raises(NoAnswer, match="nothing answers at"):
        await GameServers().status(address)
    for wrong in ("no host", "host:99999", "host:0", "[::1", "a:b:c", ""):
        with pytest.raises(NoAnswer, match="no address"):
            await GameServers().status(wrong)
    with pytest.raises(NoAnswer, match="can't be reached"):
        await GameServers().status("does-not-exist.invalid:27960")


def test_addresses() -> None:
    assert parse_address("play.example") == ("play.example", 27960)
    assert parse_address("10.0.0.1:27970") == ("10.0.0.1", 27970)
    assert parse_address("[::1]:27970") == ("::1", 27970)
    assert parse_address("[fe80::1]") == ("fe80::1", 27960)


async def test_what_is_no_answer_is_passed_over(server: GameServer) -> None:
    server.junk = [b"", b"hello", b"\xff\xff\xff\xffprint\nspoofed\n"]
    server.players += ["", "x y z", '1 2 3 "four"', "1 2 bare", '99999999999 1 "huge"', "5 6"]
    status = await GameServers().status(server.address)
    assert [player.name for player in status.players[3:]] == ['3 "four', "bare"]
    server.junk = [b"junk"] * 50
    server.info = ""
    assert (await GameServers().status(server.address)).info == {}


async def test_a_server_that_talks_without_answering_is_given_up(server: GameServer) -> None:
    server.deaf, server.babble = 2, 200
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        await GameServers().status(server.address)
    assert time.monotonic() - began < 1


async def test_a_command_and_an_answer_in_pieces(server: GameServer) -> None:
    answer = await GameServers().rcon(server.address, "s3cret", " status ")
    assert answer == "map: supply\nnum score ping name\n  0    12   48 Alice\n"
    assert server.asked[0][1] == b"\xff\xff\xff\xffrcon s3cret status"


async def test_the_password_is_in_no_answer(server: GameServer) -> None:
    answer = await GameServers().rcon(server.address, "s3cret", "rconpassword")
    assert "s3cret" not in answer
    assert "•••" in answer
    assert "Bad rconpassword" in await GameServers().rcon(server.address, "wr0ng", "status")


async def test_a_command_is_sent_once(server: GameServer) -> None:
    server.deaf = 1
    with pytest.raises(NoAnswer) as refusal:
        await GameServers().rcon(server.address, "s3cret", "map supply")
    assert len(server.asked) == 1
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("command", ["", " ", "a\nquit", "a\x00", "x" * 900, "карта"])
async def test_what_can_not_be_sent_is_refused(server: GameServer, command: str) -> None:
    with pytest.raises(BadCommand):
        await GameServers().rcon(server.address, "s3cret", command)
    assert server.asked == []
