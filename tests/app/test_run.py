"""`muster run` as a process: what it says, what it survives, and how it ends."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.announce.running import Program, posts, running, twice
from tests.building import put_pair
from tests.discord_sim import CREATE_MESSAGE, DiscordSim, P
from tests.importer.working import opened, query


def pair(program: Program, hour: int, day: str = "2025-01-01") -> list[str]:
    """A map's two rounds appear; what is posted of them."""
    files = put_pair(program.rounds, day=day, hour=hour)
    return [*(file.name for file in files), f"{day}-{hour:02d}0000-supply@main"]


async def test_it_says_what_runs_and_why(sqlite_url: str, tmp_path: Path) -> None:
    async with DiscordSim() as sim:
        program = Program(tmp_path, sim, sqlite_url, ADMIN_CHANNEL_ID="77", MUSTER_COUNT_JOINS="true")
        async with running(program):
            await program.stop()
        said = program.said
        assert f"database {sqlite_url}" in said
        assert "on   Discord: commands by ! and /" in said
        for intent in ("guilds", "guild_messages", "message_content", "dm_messages", "voice_states", "members"):
            assert f"intent {intent}: to " in said
        assert f"on   rounds of main: watching {program.rounds}" in said
        assert f"on   posts: rounds and maps to channel {sim.channel.id}" in said
        assert "on   joins and leaves: kept" in said
        assert "on   emoji that people write: counted" in said
        assert "off" not in said.replace("Discord: off", "")
        assert sim.token not in said


async def test_it_says_what_is_off_and_why(sqlite_url: str, tmp_path: Path) -> None:
    async with DiscordSim() as sim:
        program = Program(tmp_path, sim, sqlite_url, MUSTER_COUNT_WORDS="1", MUSTER_MESSAGE_CONTENT="0")
        async with running(program):
            await program.stop()
        assert "off  joins and leaves: count_joins is not set" in program.said
        assert "off  words that people write: they need message_content" in program.said
        program = Program(tmp_path, sim, sqlite_url)
        program.log.unlink()
        for name in ("DISCORD_TOKEN", "STATS_CHANNEL_ID"):
            del program.environment[name]
        await program.start()
        await program.until(lambda: "off  words" in program.said)
        code, _ = await program.stop()
        assert code == 0
        assert "off  Discord: DISCORD_TOKEN is not set" in program.said
        assert "off  posts: STATS_CHANNEL_ID is not set" in program.said
        assert "off  words to admins: ADMIN_CHANNEL_ID is not set" in program.said


@pytest.mark.parametrize("trouble", ["token", "intent", "guild", "database", "nothing", "zone"])
async def test_what_only_a_person_can_set_right(sqlite_url: str, tmp_path: Path, trouble: str) -> None:
    """One line with the cure, and an exit code."""
    async with DiscordSim(**({"enabled_intents": 0} if trouble == "intent" else {})) as sim:
        program = Program(tmp_path, sim, sqlite_url, GUILD_ID=str(sim.guild.id))
        match trouble:
            case "token":
                program.environment["DISCORD_TOKEN"] = "MTIz.wrong.token"
                cure = "Discord refuses the token: put the right one into DISCORD_TOKEN"
            case "intent":
                cure = "Discord does not give the intent message_content: switch on “Message Content Intent”"
            case "guild":
                program.environment["GUILD_ID"] = "123"
                cure = "check GUILD_ID, and invite the bot with https://discord.com/oauth2/authorize?client_id="
            case "database":
                program.environment["DATABASE_URL"] = "postgresql://me:hush@127.0.0.1:1/muster"
                cure = "check that it runs, and DATABASE_URL, DATABASE_PATH or PGHOST"
            case "nothing":
                del program.environment["DISCORD_TOKEN"]
                (program.home / "muster.toml").unlink()
                cure = "nothing to run: set DISCORD_TOKEN, or folder or ssh_host in a [[servers]] table"
            case _:
                put_pair(program.rounds)
                await program.start("import", str(program.rounds), "--server", "main", "--zone", "Asia/Tokyo")
                assert await program.ended() == 0
                settings = program.home / "muster.toml"
                settings.write_text(settings.read_text() + 'timezone = "Europe/Berlin"\n')
                put_pair(program.rounds, hour=22)
                cure = "server 'main' was imported with time zone Asia/Tokyo; to change it: muster rebuild --zone"
        await program.start()
        assert await program.ended() == 1
        last = program.said.splitlines()[-1]
        assert last.startswith("muster: ")
        assert cure in last
        assert "Traceback" not in program.said
        assert not {"hush", "MTIz.wrong.token"} & set(program.said.replace(":", " ").split())


async def test_a_signal_in_the_middle(db_url: str, tmp_path: Path) -> None:
    """Exit 0 within seconds, everything flushed; whatever was not posted yet is posted after the next start."""
    async with DiscordSim() as sim:
        program = Program(tmp_path, sim, db_url)
        with sim.faults.latency(0.05, 0.1, route=CREATE_MESSAGE):
            async with running(program):
                wanted = [name for hour in range(8, 20) for name in pair(program, hour)]
                await program.until(lambda: len(posts(sim)) > 3)
                code, seconds = await program.stop()
        assert (code, seconds < 10) == (0, True)
        assert "stopped; everything is stored" in program.said
        async with running(program):
            await program.until(lambda: set(wanted) <= set(posts(sim)))
        assert twice(posts(sim)) == []
        assert [name for name in posts(sim) if name.endswith(".txt")] == [n for n in wanted if n.endswith(".txt")]


async def test_a_signal_while_discord_is_away(sqlite_url: str, tmp_path: Path) -> None:
    async with DiscordSim() as sim:
        program = Program(tmp_path, sim, sqlite_url)
        async with running(program):
            await sim.bot_connected()
            await sim.down()
            pair(program, 20)
            await program.until(lambda: "a post waits" in program.said)
            code, seconds = await program.stop(signal.SIGINT)
        assert (code, seconds < 10) == (0, True)


async def test_a_signal_before_anything_is_open(tmp_path: Path) -> None:
    """A database that does not answer must not hold up a stop."""
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with DiscordSim() as sim:
        program = Program(tmp_path, sim, f"postgresql://me@127.0.0.1:{port}/muster")
        await program.start()
        await program.until(lambda: bool(writers))
        code, seconds = await program.stop()
        assert (code, seconds < 10) == (0, True)
    for writer in writers:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_a_folder_that_appears_later(sqlite_url: str, tmp_path: Path) -> None:
    async with DiscordSim() as sim:
        program = Program(tmp_path, sim, sqlite_url)
        program.rounds.rmdir()
        async with running(program):
            assert "not there yet: waiting for it" in program.said
            await program.until(lambda: "can't be watched" in program.said)
            wanted = pair(program, 20)
            await program.until(lambda: set(wanted) <= set(posts(sim)))
            for file in program.rounds.iterdir():
                file.unlink()
            program.rounds.rmdir()
            wanted = pair(program, 21)
            await program.until(lambda: set(wanted) <= set(posts(sim)), within=60)
        assert twice(posts(sim)) == []


async def test_a_channel_that_vanishes_and_comes_back(sqlite_url: str, tmp_path: Path) -> None:
    async with DiscordSim() as sim:
        admin = sim.setup.channel(sim.guild, "admins")
        program = Program(tmp_path, sim, sqlite_url, ADMIN_CHANNEL_ID=str(admin.id))
        async with running(program):
            wanted = pair(program, 18)
            await program.until(lambda: set(wanted) <= set(posts(sim)))
            sim.setup.overwrite(sim.channel, sim.bot, deny=P.VIEW_CHANNEL)
            wanted += pair(program, 19) + pair(program, 20)
            await program.until(lambda: len(posts(sim, admin)) == 1)
            sim.setup.overwrite(sim.channel, sim.bot, allow=P.VIEW_CHANNEL)
            wanted += pair(program, 21)
            await program.until(lambda: set(wanted) <= set(posts(sim)))
        assert len(posts(sim, admin)) == 1
        assert [name for name in posts(sim) if name in wanted] == wanted


async def test_a_token_that_is_taken_back(sqlite_url: str, tmp_path: Path) -> None:
    """Whether the bot hears the code of the close, or loses the connection first and is refused when it resumes."""
    async with DiscordSim() as sim:
        program = Program(tmp_path, sim, sqlite_url)
        async with running(program):
            await sim.bot_connected()
            sim.gateway.settings = replace(sim.gateway.settings, token="another one")
            for connection in list(sim.gateway.connections):
                await connection.close(4004)
            assert await program.ended() == 1
        assert program.said.splitlines()[-1].startswith("muster: Discord refuses the token: put the right one into")
        assert "Traceback" not in program.said


async def test_importing_by_hand_is_announced_by_whoever_runs(db_url: str, tmp_path: Path) -> None:
    async with DiscordSim() as sim:
        program, other = Program(tmp_path / "run", sim, db_url), Program(tmp_path / "hand", sim, db_url)
        files = put_pair(tmp_path / "elsewhere")
        async with running(program):
            await other.start("import", *map(str, files), "--server", "main")
            assert await other.ended() == 0
            await program.until(lambda: len(posts(sim)) == 4)
            await program.stop()
        assert [file.name for file in files] == posts(sim)[1:3]
        async with opened(db_url) as store:
            assert await query(store, "SELECT DISTINCT status FROM outbox WHERE kind <> 'session_end'") == [("sent",)]


async def test_a_second_one_on_the_same_database(db_url: str, tmp_path: Path) -> None:
    """It says so and ends; the first goes on; what was killed holds up nobody."""
    async with DiscordSim() as sim:
        first, second = Program(tmp_path / "first", sim, db_url), Program(tmp_path / "second", sim, db_url)
        async with running(first):
            await sim.bot_connected()
            await second.start()
            assert await second.ended() == 1
            last = second.said.splitlines()[-1]
            assert last.startswith("muster: another `muster run` has the database ")
            assert "stop that one first" in last
            assert "Traceback" not in second.said
            assert "logged in" not in second.said
            wanted = pair(first, 20)
            await first.until(lambda: set(wanted) <= set(posts(sim)))
            await first.kill()
            async with running(second):
                wanted = pair(second, 21)
                await second.until(lambda: set(wanted) <= set(posts(sim)))
        assert twice(posts(sim)) == []
