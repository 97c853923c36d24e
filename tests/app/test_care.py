"""`muster run` looked after: what it shows of itself, whom it tells, and that it goes on doing so after a kill."""

import asyncio
import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from muster.store import jobs
from tests.announce.running import Program, posts, running
from tests.building import put_pair
from tests.collect.ssh import new_host_key, serving, trusted
from tests.discord_sim import DiscordSim
from tests.importer.working import opened, query, register


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def healthz(port: int) -> tuple[int, dict[str, object]]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/healthz") as answer:
        return answer.status, json.loads(await answer.text())


async def test_what_is_wrong_is_shown_and_told_once(db_url: str, tmp_path: Path) -> None:
    port = free_port()
    async with DiscordSim() as sim:
        admins = sim.setup.channel(sim.guild, "admins")
        program = Program(
            tmp_path / "run",
            sim,
            db_url,
            ADMIN_CHANNEL_ID=str(admins.id),
            MUSTER_ALERT_MINUTES="0",
            MUSTER_HEALTH_PORT=str(port),
            MUSTER_BACKUP_FOLDER=str(tmp_path / "backups"),
        )
        async with opened(db_url) as store:
            now = datetime.now(UTC)
            async with store.write() as writer:
                await jobs.begin(writer, "old messages", now, now)
                await jobs.end(writer, "old messages", now, "no place to archive to", well=False)
            async with running(program):
                await program.until(lambda: len(posts(sim, admins)) == 1, what="the word to admins")
                status, told = await healthz(port)
                assert (status, told["ok"]) == (503, False)
                await program.kill()
            noted = await query(store, "SELECT noted FROM health_states")
            async with running(program):
                while await query(store, "SELECT noted FROM health_states") == noted:
                    await asyncio.sleep(0.05)
                await program.until(lambda: len(posts(sim, admins)) >= 1)
                other = Program(tmp_path / "asking", sim, db_url)
                await other.start("health")
                assert await other.ended() == 1
                assert "no place to archive to" in " ".join(other.said.split())
                assert "database" in other.said
                async with store.write() as writer:
                    await jobs.end(writer, "old messages", now, "done", well=True)
                while (await healthz(port))[0] != 200:
                    await asyncio.sleep(0.1)
                code, seconds = await program.stop()
                assert (code, seconds < 10) == (0, True)
        assert len(posts(sim, admins)) == 1
        assert "Traceback" not in program.said


async def test_a_changed_host_key_is_refused_and_told(sqlite_url: str, tmp_path: Path) -> None:
    async with DiscordSim() as sim, serving("asyncssh") as server:
        admins = sim.setup.channel(sim.guild, "admins")
        program = Program(tmp_path, sim, sqlite_url, ADMIN_CHANNEL_ID=str(admins.id), MUSTER_HEALTH_PORT="0")
        (tmp_path / "muster.toml").write_text(
            f'known_hosts = "{trusted(server)}"\n[[servers]]\nname = "main"\ntimezone = "UTC"\n'
            f'ssh_host = "127.0.0.1"\nssh_port = {server.port}\nssh_user = "{server.user}"\n'
            f'ssh_key_path = "{server.home / "id"}"\nremote_stats_path = "{server.folder}"\n'
        )

        def told() -> list[str]:
            return [json.dumps(message.embeds) for message in sim.world.history(admins.id)]

        async with running(program):
            put_pair(server.folder)
            await program.until(lambda: "files taken in" in program.said, what="the first rounds")
            await server.stop()
            put_pair(server.folder, "2025-02-02")
            new_host_key(server)
            await server.start()
            await program.until(lambda: "another host key" in "".join(told()), 60, "the word to admins")
            async with opened(sqlite_url) as store:
                assert len(await register(store)) == 2, "nothing is read from a host that may be anybody"
        assert len(told()) == 1


async def test_nothing_runs(sqlite_url: str, tmp_path: Path) -> None:
    async with DiscordSim() as sim, opened(sqlite_url):
        asking = Program(tmp_path, sim, sqlite_url)
        await asking.start("health")
        assert await asking.ended() == 1
        assert asking.said.strip() == "muster: nothing has noted how it is: start `muster run` on this database"
