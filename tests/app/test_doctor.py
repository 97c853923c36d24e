"""`muster doctor` names what is wrong, and the cure."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from muster.app import doctor
from muster.config import load
from muster.ops import checks
from muster.ops.checks import Level
from tests.announce.running import Program
from tests.announce.working import put
from tests.discord_sim import Channel, ChannelType, DiscordSim, P
from tests.discord_sim.client import pointed_at
from tests.discord_sim.events import MESSAGE_CONTENT
from tests.importer.working import change, opened

Checks = dict[str, dict[str, str]]


async def examined(program: Program) -> tuple[int, Checks]:
    """The exit code and what was found, by name."""
    process = await program.start("doctor", "--json")
    await asyncio.wait_for(process.wait(), 30)
    said = program.said
    found = json.loads(said[said.index("[\n") :])
    return process.returncode or 0, {each["name"]: each for each in found}


async def looked_at(program: Program, sim: DiscordSim, monkeypatch: pytest.MonkeyPatch) -> dict[str, checks.Check]:
    """The same without a process of its own, which takes longer than all of the looking."""
    monkeypatch.chdir(program.home)
    for name in set(os.environ) - set(program.environment):
        monkeypatch.delenv(name)
    for name, value in program.environment.items():
        monkeypatch.setenv(name, value)
    with pointed_at(sim):
        return {check.name: check for check in await doctor(load())}


async def test_all_is_well(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url), DiscordSim() as sim:
        channel = str(sim.channel.id)
        settings: dict[str, Any] = {
            "GUILD_ID": str(sim.guild.id),
            "ADMIN_CHANNEL_ID": channel,
            "MUSTER_COMMAND_CHANNELS": f"[{channel}]",
        }
        code, found = await examined(Program(tmp_path, sim, db_url, **settings))
        assert code == 0
        assert {each["level"] for each in found.values()} == {"ok"}
        assert list(found) == [
            "database",
            "schema",
            "posts",
            "folder of main",
            "fonts",
            "clock",
            "token",
            "intents",
            "server",
            "channel for posts",
            "channel for words to admins",
            f"channel for commands ({channel})",
        ]
        assert sim.token not in str(found)


async def test_as_a_table(sqlite_url: str, tmp_path: Path) -> None:
    async with DiscordSim() as sim:
        program = Program(tmp_path, sim, sqlite_url, DISCORD_TOKEN="MTIz.wrong", COLUMNS="150")
        process = await program.start("doctor")
        await process.wait()
        assert process.returncode == 1
        lines = [line.split() for line in program.said.splitlines()]
        assert ["ok", "fonts"] in [line[:2] for line in lines]
        assert ["fail", "token", "Discord", "refuses", "it"] in [line[:5] for line in lines]
        assert "MTIz.wrong" not in program.said


@pytest.mark.parametrize(
    ("trouble", "name", "level", "found", "cure"),
    [
        ("token", "token", "fail", "refuses", "DISCORD_TOKEN"),
        ("no token", "token", "warn", "not set", ".env"),
        ("discord away", "Discord", "fail", "can't be reached", "network"),
        ("intent", "intents", "fail", "message_content", "Privileged Gateway Intents"),
        ("members", "intents", "fail", "not given: members", "MUSTER_COUNT_JOINS=false"),
        ("no guild", "server", "fail", "not on 5", "oauth2/authorize?client_id="),
        ("no channel", "channel for posts", "fail", "does not exist", "Copy ID"),
        ("hidden", "channel for posts", "fail", "can't be seen", "View Channel"),
        ("mute", "channel for posts", "fail", "lacks Send Messages, Embed Links", "permissions in that channel"),
        ("voice", "channel for posts", "fail", "takes no messages", "text channel"),
        ("no history", "channel for posts", "fail", "Read Message History", "permissions"),
        ("not set", "channel for posts", "warn", "STATS_CHANNEL_ID is not set", "nothing is posted"),
        ("folder", "folder of main", "fail", "is no folder", "mount it"),
        ("no folder", "folder of main", "warn", "none is set", "folder"),
        ("no server", "folders", "warn", "no game server", "[[servers]]"),
        ("database", "database", "fail", "Connect call failed", "DATABASE_URL"),
        ("new database", "database", "warn", "does not exist yet", "muster run"),
        ("old schema", "schema", "warn", "0001", "muster db upgrade"),
        ("parked", "posts", "warn", "1 parked", "mend the channel"),
    ],
)
async def test_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, name: str, level: str, found: str, cure: str
) -> None:
    url = f"sqlite:///{tmp_path / 'muster.db'}"
    given = {"intent": 0, "members": MESSAGE_CONTENT}
    async with DiscordSim(**({"enabled_intents": given[trouble]} if trouble in given else {})) as sim:
        program = Program(tmp_path, sim, url)
        async with opened(url) as store:
            if trouble == "old schema":
                await change(store, "UPDATE alembic_version SET version_num = '0001'")
            if trouble == "parked":
                await put(store, "a")
                await change(store, "UPDATE outbox SET status = 'parked'")
        await _spoil(trouble, program, sim)
        check = (await looked_at(program, sim, monkeypatch))[name]
        assert found in check.found
        assert cure in check.cure
        assert check.level == level


async def _spoil(trouble: str, program: Program, sim: DiscordSim) -> None:
    settings = program.home / "muster.toml"
    denied = {
        "hidden": P.VIEW_CHANNEL,
        "mute": P.SEND_MESSAGES | P.EMBED_LINKS,
        "no history": P.READ_MESSAGE_HISTORY,
    }
    environment: dict[str, dict[str, str]] = {
        "token": {"DISCORD_TOKEN": "MTIz.wrong"},
        "members": {"MUSTER_COUNT_JOINS": "true"},
        "no guild": {"GUILD_ID": "5"},
        "no channel": {"STATS_CHANNEL_ID": "5"},
        "database": {"DATABASE_URL": "postgresql://me@127.0.0.1:1/x"},
        "new database": {"DATABASE_URL": f"sqlite:///{program.home / 'new.db'}"},
        "discord away": {"DISCORD_API_BASE": "http://127.0.0.1:1/api/v10"},
    }
    program.environment |= environment.get(trouble, {})
    if trouble in denied:
        sim.setup.overwrite(sim.channel, sim.bot, deny=int(denied[trouble]))
    match trouble:
        case "no token":
            del program.environment["DISCORD_TOKEN"]
        case "not set":
            del program.environment["STATS_CHANNEL_ID"]
        case "voice":
            category: Channel = sim.setup.channel(sim.guild, "all", ChannelType.CATEGORY)
            program.environment["STATS_CHANNEL_ID"] = str(category.id)
        case "folder":
            program.rounds.rmdir()
        case "no folder":
            settings.write_text('[[servers]]\nname = "main"\n')
        case "no server":
            settings.unlink()


async def test_a_thread_is_a_channel_too(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordSim() as sim:
        thread = sim.setup.thread(sim.channel, "rounds")
        found = await looked_at(Program(tmp_path, sim, sqlite_url, channel=thread), sim, monkeypatch)
        assert found["channel for posts"].level == Level.OK


@pytest.mark.parametrize(("seconds", "level"), [(0, Level.OK), (29, Level.OK), (31, Level.WARN), (-31, Level.WARN)])
def test_the_clock(seconds: int, level: Level) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    check = checks.clock(now, now + timedelta(seconds=seconds))
    assert check.level == level
    assert f"{seconds:+d} s" in check.found


def test_fonts(tmp_path: Path) -> None:
    assert checks.fonts(tmp_path / "x.ttf").level == Level.FAIL


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from muster.config import Settings

    values: dict[str, Any] = {"servers": [{"name": "main", "folder": tmp_path}], "_env_file": None}
    monkeypatch.setattr("os.access", lambda *_: False)
    (found,) = checks.folders(Settings(**values))
    assert (found.level, found.name) == (Level.FAIL, "folder of main")
