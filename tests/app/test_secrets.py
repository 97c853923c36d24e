"""No secret is ever said: the program at its most talkative, through what fails, and all it wrote searched."""

import asyncio
import base64
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from typer.testing import CliRunner

from muster.cli import app
from muster.config import Settings
from tests.announce.running import Program, running
from tests.conftest import ROOT
from tests.discord_sim import CREATE_MESSAGE, DiscordSim

TOKEN = "MTE4NTk0NzI5MTY0MjI2NTYw.GsecrT.discord-token-hush-hush"
PASSWORD = "p@ss/w0rd:hush#database"
IN_URL = "url%2Fhush%20database"
PUSH = "push-token-hush-0123456789abcdef"
RCON = "rcon-hush-hush"
SECRETS = {"token": TOKEN, "password": PASSWORD, "in the URL": "url/hush database", "push": PUSH, "rcon": RCON}

SERVERS = """
push_port = 0
[[servers]]
name = "main"
folder = "{folder}"
address = "127.0.0.1:9"
push_token_env = "MAIN_PUSH_TOKEN"
rcon_password_env = "MAIN_RCON"
ssh_host = "127.0.0.1"
ssh_port = 9
ssh_user = "muster"
remote_stats_path = "/srv"
"""


def forms(secret: str) -> set[str]:
    """How a secret might be written. Parts of the token are as bad: the middle and the end are the secret of it."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret, safe=""), quote(secret), repr(secret)[1:-1], encoded[:-1]}


def found(text: str) -> list[str]:
    """The secrets that stand in a text."""
    return [name for name, secret in SECRETS.items() if any(form in text for form in forms(secret))]


def test_every_secret_of_the_settings_is_in_here() -> None:
    assert Settings.secrets == ("pgpassword", "discord_token"), "put the new one into SECRETS, and into a run"
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    by_name = set(re.findall(r"`(\w+_env)`", page))
    assert by_name == {"push_token_env", "rcon_password_env"}, "put the new one into SERVERS"


@pytest.mark.parametrize("form", sorted({form for secret in SECRETS.values() for form in forms(secret)}))
def test_a_secret_would_be_seen(form: str) -> None:
    assert found(f"before {form} behind")


@pytest.fixture
def program(tmp_path: Path, sqlite_url: str) -> Program:
    """A place with every secret there is, and a log that says all it can."""
    program = Program(tmp_path / "run", DiscordSim(token=TOKEN), sqlite_url)
    (program.home / "muster.toml").write_text(SERVERS.format(folder=program.rounds))
    program.environment |= {
        "LOG_LEVEL": "DEBUG",
        "PGPASSWORD": PASSWORD,
        "MAIN_PUSH_TOKEN": PUSH,
        "MAIN_RCON": RCON,
        "DISCORD_TOKEN": TOKEN,
        "PYTHONASYNCIODEBUG": "0",
        "HOME": str(tmp_path),
    }
    return program


@pytest.mark.parametrize(
    ("words", "user"),
    [
        (("run",), f"me:{IN_URL}"),
        (("run",), "me"),
        (("doctor",), f"me:{IN_URL}"),
        (("db", "info"), "me"),
        (("import", "."), f"me:{IN_URL}"),
    ],
    ids=["run url", "run env", "doctor", "info", "import"],
)
async def test_a_database_that_is_away(program: Program, words: tuple[str, ...], user: str) -> None:
    program.environment |= {
        "DATABASE_URL": f"postgresql://{user}@127.0.0.1:1/muster",
        "DISCORD_API_BASE": "http://127.0.0.1:9",
    }
    await program.start(*words)
    assert await program.ended(60) != 0
    assert "127.0.0.1" in program.said
    assert found(program.said) == []


@pytest.mark.parametrize(
    "url", [f"postgresql://me:{IN_URL}@[::1/muster", f"mysql://me:{IN_URL}@host/x", f"postgresql://me:{IN_URL}@h:x/y"]
)
def test_a_database_that_is_written_wrong(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    done = CliRunner().invoke(app, ["db", "info"])
    assert done.exit_code == 1
    assert "muster: " in done.output
    assert found(done.output) == []


async def test_a_running_program_and_what_becomes_of_it(program: Program, tmp_path: Path) -> None:
    """Discord that fails, resets and takes the token back; files pushed with right and wrong tokens."""
    async with DiscordSim(token=TOKEN) as sim:
        program.environment |= {"DISCORD_API_BASE": sim.api_base, "STATS_CHANNEL_ID": str(sim.channel.id)}
        with sim.faults.errors(0.5, statuses=(500, 503), route=CREATE_MESSAGE):
            async with running(program):
                await sim.bot_connected(60)
                member = sim.setup.member(sim.guild, "somebody")
                sim.act.post(sim.channel, member, "!health")
                await _push(program)
                await sim.down()
                await asyncio.sleep(0)
                await sim.up()
                sim.gateway.settings = replace(sim.gateway.settings, token="another one")
                for connection in list(sim.gateway.connections):
                    await connection.close(4004)
                assert await program.ended(60) == 1
    assert "refuses the token" in program.said
    assert "debug" in program.said, "nothing was kept back"
    assert found(program.said) == []
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != program.log]
    assert [path for path in written if found(path.read_bytes().decode(errors="replace"))] == []


async def _push(program: Program) -> None:
    """Asks the endpoint, with a token that is right and one that is nearly."""
    port = await _port(program)
    async with aiohttp.ClientSession() as http:
        for token in (PUSH, f"{PUSH}x"):
            for path in ("/nudge", "/rounds/what.txt"):
                headers = {"Authorization": f"Bearer {token}"}
                async with http.post(f"http://127.0.0.1:{port}{path}", data=b"x", headers=headers) as answer:
                    assert answer.status in (202, 401, 409, 422)
                    assert found(await answer.text()) == []


async def _port(program: Program) -> int:
    """The port it listens at, as the system tells: the settings leave it open."""
    import psutil

    assert program.process is not None
    while True:
        taken = [
            each.laddr.port for each in psutil.Process(program.process.pid).net_connections() if each.status == "LISTEN"
        ]
        if taken:
            return int(taken[0])
        await asyncio.sleep(0.05)
