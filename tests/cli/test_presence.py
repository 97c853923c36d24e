"""Voice and profiles, asked on the terminal."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from muster.cli import app
from muster.community.awareness import Taste
from muster.rounds.importer import Importer, find
from muster.rounds.simulate import simulate
from muster.stats.leaderboard import leaderboard
from muster.stats.values import Gates, PlayerRef
from muster.store import notes
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.community.presence import comings, evenings, kept
from tests.community.retold import RULE
from tests.community.telling import TOWN, channel, person, recorder, said

PEOPLE = [person(501, "anna"), person(502, "berta"), person(503, "\x1b[31m[bold]red\u202e")]
STAYS = evenings(5, [channel(301), channel(302)], PEOPLE)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PlayerRef]:
    """People who write, speak and play; anna is the player who is returned."""
    folder: Path = tmp_path_factory.mktemp("presence")
    simulate(folder / "rounds", nights=1, players=6, seed=4, rounds_per_night=4, oddities=False)

    async def fill() -> PlayerRef:
        async with Store(parse_url(str(folder / "test.db"))) as store:
            await upgrade(store)
            await Importer(store).run(find([folder / "rounds"])[0])
            counter = recorder(store, folder, taste=Taste(emoji=True))
            await counter.open()
            counter.offer(said(channel(101), PEOPLE[0], 5, text="hello 👍 <:pepe:123456789012345678>"))
            await counter._store_pending()
            await kept(store, STAYS, comings(TOWN, PEOPLE), RULE)
            async with store.read() as reader:
                player = (await leaderboard(reader, "rounds", gates=Gates(0, 0, 0), limit=1)).entries[0].player
            async with store.write() as writer:
                await notes.link(writer, 501, player.key, 501)
            return player

    return folder / "test.db", asyncio.run(fill())


@pytest.fixture
def muster(filled: tuple[Path, PlayerRef], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)
    for name, value in {"COLUMNS": "100", "MUSTER_TIMEZONE": "Europe/Berlin", "MUSTER_DAY_CUTOFF_HOUR": "5"}.items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(app, [*words, "--db", str(filled[0])])


def seconds(key: str) -> int:
    return sum(stay.seen - stay.since for stay in STAYS if stay.person.key == key) // 1000


def test_who_is_in_voice_most(muster: Callable[..., Result]) -> None:
    found = json.loads(muster("chat", "voice", "--json").stdout)
    wanted = sorted(((seconds(who.key), who.key) for who in PEOPLE), reverse=True)
    assert [(one["seconds"], one["user"]["key"]) for one in found["entries"]] == wanted
    page = muster("chat", "voice")
    assert "berta" in page.stdout
    assert "\x1b[31m" not in page.stdout
    assert "Nobody was in voice then." in muster("chat", "voice", "--period", "2031").stdout


def test_voice_joins_and_emoji_beside_messages(muster: Callable[..., Result]) -> None:
    page = muster("chat", "activity", "anna").stdout
    assert "in voice" in page
    assert "pepe 1 👍 1" in page
    assert "#channel 301" in page
    days = muster("chat", "days", "--period", "all").stdout
    assert "Joined" in days
    assert "In voice" in days
    only = json.loads(muster("chat", "activity", "berta", "--json").stdout)
    assert (only["messages"], only["first_at"], only["all_voice_seconds"]) == (0, None, seconds("502"))


def test_both_halves(muster: Callable[..., Result], filled: tuple[Path, PlayerRef]) -> None:
    player = filled[1]
    by_game = json.loads(muster("profile", player.key, "--json").stdout)
    assert json.loads(muster("profile", "anna", "--json").stdout) == by_game
    assert by_game["linked"] is True
    assert by_game["game"]["player"]["key"] == player.key
    assert by_game["chat"]["voice_seconds"] == seconds("501")
    assert sum(by_game["around"]["messages"]) == by_game["chat"]["messages"] == 1
    page = muster("profile", player.key).stdout
    assert "In the game" in page
    assert "In Town" in page
    half = muster("profile", "berta")
    assert half.exit_code == 0
    assert "not linked" in half.stdout
    assert "In the game" not in half.stdout
    nobody = muster("profile", "zzqqxx")
    assert nobody.exit_code == 1
