"""Collectors as a person meets them: settings, commands, `muster run`, `muster doctor`."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import asyncssh
import pytest
from typer.testing import CliRunner, Result

from muster import app as program
from muster.cli import app
from muster.collect.collector import collectors
from muster.config import Settings, SettingsError, load
from muster.ops.checks import Level
from muster.ops.logs import secrets_of
from muster.store.collectors import CollectorRow, noted
from tests.building import content, named, put_pair, six
from tests.collect.ssh import Server, new_host_key, trusted
from tests.importer.working import opened, register

TOKEN = "a token of more than sixteen characters"
Type = Callable[..., Awaitable[Result]]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and no settings of this machine."""
    for name in os.environ:
        if name.startswith(("SSH_", "PG", "DATABASE_", "DISCORD_", "REMOTE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")


def configured(server: Server, **more: str) -> None:
    """A game server that is fetched from."""
    values = {
        "name": "main",
        "timezone": "Europe/Berlin",
        "ssh_host": "127.0.0.1",
        "ssh_user": server.user,
        "ssh_key_path": str(server.home / "id"),
        "remote_stats_path": str(server.folder),
        **more,
    }
    lines = [f'{name} = "{value}"' for name, value in values.items()]
    known = f'known_hosts = "{server.home / "known_hosts"}"\n'
    Path("muster.toml").write_text(f"{known}[[servers]]\nssh_port = {server.port}\n" + "\n".join(lines) + "\n")


async def typed(*words: str, answer: str = "") -> Result:
    """A command, in a thread: it has an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, [*words, "--db", "test.db"], answer)


async def test_trust_shows_asks_and_stores(server: Server) -> None:
    configured(server)
    key = asyncssh.read_private_key(server.home / "host_key").convert_to_public()
    result = await typed("collector", "trust", "main", answer="n\n")
    assert result.exit_code == 1
    assert key.get_fingerprint() in result.output
    assert not (server.home / "known_hosts").exists()
    assert (await typed("collector", "trust", "main", answer="y\n")).exit_code == 0
    assert "already" in (await typed("collector", "trust", "main")).output
    assert (await typed("collector", "test", "main")).exit_code == 0
    await server.stop()
    new_host_key(server)
    await server.start()
    result = await typed("collector", "test", "main")
    assert result.exit_code == 1
    assert "host key changed" in result.output
    result = await typed("collector", "trust", "main", answer="n\n")
    assert f"Until now it was {key.get_fingerprint()}" in result.output
    assert (await typed("collector", "trust", "main", "--fingerprint", key.get_fingerprint())).exit_code == 1
    now = asyncssh.read_private_key(server.home / "host_key").get_fingerprint()
    assert (await typed("collector", "trust", "main", "--fingerprint", now)).exit_code == 0
    assert (await typed("collector", "test", "main")).exit_code == 0


async def test_backfill_and_sync(server: Server) -> None:
    configured(server)
    trusted(server)
    put_pair(server.folder)
    put_pair(server.folder, "2025-02-02")
    for path in server.folder.iterdir():
        os.utime(path, (time.time() - 9999,) * 2)
    result = await typed("sync", "2025-02", "--json")
    assert json.loads(result.stdout)["imported"]["counts"] == {"imported": 2}
    result = await typed("collector", "backfill", "main")
    assert result.exit_code == 0
    assert "4 of 4 files" in result.output
    result = await typed("collector", "backfill", "main", "--json")
    assert json.loads(result.stdout)["imported"]["counts"] == {"known": 4}
    async with opened("sqlite:///test.db") as store:
        assert {status for _, status, _ in await register(store)} == {"imported"}
    found = json.loads((await typed("collector", "test", "main", "--json")).stdout)
    assert [(one["state"], one["files"]) for one in found] == [("ok", 4)]
    await server.stop()
    result = await typed("sync", "all")
    assert result.exit_code == 1
    assert "can't be reached" in result.output


async def test_what_is_asked_wrongly(tmp_path: Path) -> None:
    Path("muster.toml").write_text('[[servers]]\nname = "main"\n')
    for words, said in (
        (("collector", "trust", "main"), "set ssh_host"),
        (("collector", "trust", "mian"), "there is: main"),
        (("collector", "test", "main"), "nothing collects"),
        (("collector", "backfill", "main"), "nothing to fetch from"),
    ):
        result = await typed(*words)
        assert (result.exit_code != 0, said in result.output) == (True, True), result.output
    Path("muster.toml").write_text(f'[[servers]]\nname = "main"\nfolder = "{tmp_path}"\n')
    assert (await typed("sync", "yesterdayish")).exit_code == 2
    assert (await typed("sync", "all", "--server", "x")).exit_code == 2


async def noted_now() -> dict[tuple[str, str], CollectorRow]:
    async with opened("sqlite:///test.db") as store, store.read() as reader:
        return {(row.server, row.kind): row for row in await noted(reader)}


async def test_states_before_and_after_a_run(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything at once: two ways for one server, pushed for another, and what they show."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("MUSTER_PUSH_PORT", str(port))
    monkeypatch.setenv("MAIN_TOKEN", TOKEN)
    put_pair(server.folder)
    here = Path("here")
    put_pair(here)
    configured(server, folder=str(here), push_token_env="MAIN_TOKEN")
    with Path("muster.toml").open("a") as stream:
        stream.write('[[servers]]\nname = "bad"\npush_token_env = "NOT_SET"\n')
    trusted(server)
    listed = json.loads((await typed("collector", "list", "--json")).stdout)
    assert [(one["server"], one["kind"]) for one in listed] == [
        ("main", "folder"),
        ("main", "sftp"),
        ("main", "push"),
        ("bad", "push"),
    ]
    assert "main" in (await typed("collector", "list")).output
    settings = load(database_url="test.db")
    said, stop = list[str](), asyncio.Event()
    running = asyncio.create_task(program.run(settings, stop, said.append))
    async with asyncio.timeout(60), aiohttp.ClientSession() as http:
        states: dict[tuple[str, str], CollectorRow] = {}
        while {state.state for state in states.values()} != {"ok", "set wrong"}:
            assert not running.done(), running.exception()
            states = await noted_now()
        url = f"http://127.0.0.1:{port}/rounds/{named()}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        while True:
            async with http.put(url, data=content(1, *six()), headers=headers) as answer:
                if answer.status == 200:
                    break
        async with http.post(f"http://127.0.0.1:{port}/nudge", headers=headers) as answer:
            assert answer.status == 202
    stop.set()
    await running
    assert any("fetched by SFTP from" in line for line in said)
    assert any(f"pushed to http://127.0.0.1:{port}/rounds/" in line for line in said)
    assert any(line.startswith("off  rounds of bad") for line in said)
    assert states["bad", "push"].detail == "NOT_SET is not set"
    async with opened("sqlite:///test.db") as store:
        assert len([row for row in await register(store) if row[1] == "imported"]) == 2
    shown = (await typed("collector", "status")).output
    assert "set wrong" in shown
    assert "last round" in shown


async def test_doctor_looks_at_every_collector(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(server, push_token_env="MAIN_TOKEN")
    monkeypatch.setenv("MAIN_TOKEN", "short")
    checks = {check.name: check for check in await program._collectors(load())}
    assert (checks["sftp of main"].level, checks["push of main"].level) == (Level.FAIL, Level.FAIL)
    assert "muster collector trust main" in checks["sftp of main"].cure
    trusted(server)
    monkeypatch.setenv("MAIN_TOKEN", TOKEN)
    checks = {check.name: check for check in await program._collectors(load())}
    assert (checks["sftp of main"].level, checks["push of main"].level) == (Level.OK, Level.OK)
    assert TOKEN not in str(checks)


def of_environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load()


SSH = {
    "SSH_ENABLED": "true",
    "SSH_HOST": "game.example.net",
    "SSH_PORT": "48101",
    "SSH_USER": "et",
    "SSH_KEY_PATH": "~/.ssh/key",
    "REMOTE_STATS_PATH": "/stats",
}


def test_the_names_of_older_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = of_environment(monkeypatch, **SSH)
    (collector,) = collectors(settings)
    assert (collector.server, collector.place) == ("main", "et@game.example.net:48101:/stats")
    assert settings.servers[0].ssh_key_path == Path("~/.ssh/key")
    Path("muster.toml").write_text('[[servers]]\nname = "ours"\ntimezone = "Asia/Tokyo"\n')
    (collector,) = collectors(load())
    assert collector.server == "ours"
    assert load().servers[0].timezone == "Asia/Tokyo"
    monkeypatch.setenv("SSH_ENABLED", "false")
    assert list(collectors(load())) == []


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="SSH_ENABLED needs SSH_USER and REMOTE_STATS_PATH beside it"):
        of_environment(monkeypatch, SSH_ENABLED="true", SSH_HOST="game.example.net")
    of_environment(monkeypatch, **SSH)
    Path("muster.toml").write_text('[[servers]]\nname = "a"\n[[servers]]\nname = "b"\n')
    with pytest.raises(SettingsError, match=r"set ssh_host in the \[\[servers\]\] table"):
        load()
    monkeypatch.delenv("SSH_ENABLED")
    Path("muster.toml").write_text('[[servers]]\nname = "a"\nssh_host = "x"\n')
    with pytest.raises(SettingsError, match=r"line 1: .*ssh_host needs ssh_user and remote_stats_path"):
        load()


def test_tokens_are_kept_out_of_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("muster.toml").write_text('[[servers]]\nname = "a"\npush_token_env = "A_TOKEN"\n')
    Path(".env").write_text(f"A_TOKEN={TOKEN}\n")
    assert TOKEN in secrets_of(load())
