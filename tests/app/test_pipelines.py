"""Pipelines over the wire: a notice is posted once whatever dies, a role is given, an address is told."""

import json
from collections import Counter
from pathlib import Path
from random import Random

from muster.community.events import stored
from muster.pipelines.written import load
from muster.store.engine import Store
from tests.announce.running import Program, running
from tests.announce.test_webhook import receiving
from tests.discord_sim import DiscordSim, P
from tests.importer.working import opened, query

HELP = '[[pipelines]]\nname = "{}"\n[[pipelines.filters]]\nkind = "regex"\npattern = "help"\n'


def notice(channel: int) -> str:
    text = "{user} asks in {channel}: {link}"
    return f'[[pipelines.actions]]\nkind = "notify"\nchannel = {channel}\ntext = "{text}"\n'


async def put(store: Store, text: str) -> None:
    async with store.write() as writer:
        await stored.put(writer, load(text))


def told(sim: DiscordSim) -> list[str]:
    """What the bot posted."""
    return [str(embed["description"]) for message in sim.watch.by_bot() for embed in message.embeds]


async def test_a_notice_is_posted_once_whatever_dies(db_url: str, tmp_path: Path) -> None:
    dice = Random(7)
    async with opened(db_url) as store, DiscordSim() as sim:
        alice, admins = sim.setup.member(sim.guild, "alice"), sim.setup.channel(sim.guild, "admins")
        await put(store, HELP.format("help") + notice(admins.id))
        program = Program(tmp_path, sim, db_url)
        wanted: list[str] = []

        def say(count: int) -> None:
            for n in range(count):
                message = sim.act.post(sim.channel, alice, f"help {n}" if n % 2 else "hello")
                if n % 2:
                    link = f"https://discord.com/channels/{sim.guild.id}/{sim.channel.id}/{message.id}"
                    wanted.append(f"<@{alice.id}> asks in <#{sim.channel.id}>: {link}")

        for _ in range(2):
            async with running(program):
                say(4)
                heard = len(wanted) - dice.randrange(3)
                await program.until(lambda heard=heard: len(told(sim)) >= heard)  # type: ignore[misc]
                say(6)
                await program.kill()
            say(2)
        async with running(program):
            await program.until(lambda: len(set(told(sim))) == len(wanted))
            await program.stop()
        assert Counter(told(sim)) == Counter(wanted)
        rows = await query(store, "SELECT key, status, subject FROM outbox")
        assert {status for _, status, _ in rows} == {"sent"}
        assert "help 1" not in str(rows), "what was written is in no post"


async def test_roles_and_addresses(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim, receiving() as receiver:
        bob = sim.setup.member(sim.guild, "bob")
        low = sim.setup.role(sim.guild, "helped", position=1)
        own = sim.setup.bot_role(sim.guild)
        sim.setup.grant(own, P.MANAGE_ROLES)
        high = sim.setup.role(sim.guild, "boss", position=own.position + 5)
        parts = [f'[[pipelines.actions]]\nkind = "add_role"\nrole = {role.id}\nretries = 0\n' for role in (high, low)]
        hook = f'[[pipelines.actions]]\nkind = "webhook"\nurl = "{receiver.url}"\n'
        await put(store, HELP.format("roles") + "".join(parts) + hook)
        asked = f'[[pipelines]]\nname = "again"\n[[pipelines.filters]]\nkind = "role"\nroles = [{low.id}]\n'
        await put(store, asked + notice(sim.channel.id))
        program = Program(tmp_path, sim, sqlite_url, MUSTER_WEBHOOK_PRIVATE="true")
        async with running(program):
            await program.until(lambda: "event pipelines" in program.said)
            sim.act.post(sim.channel, bob, "help me")
            await program.until(lambda: len(receiver.got) == 1)
            assert sim.guild.members[bob.id].roles == {low.id}
            assert "the role boss stands above the bot's own" in program.said
            sim.act.post(sim.channel, bob, "thanks")
            await program.until(lambda: len(told(sim)) == 1)
            await program.stop()
        ((_, body, name),) = receiver.got
        event = json.loads(body)
        assert (event["pipeline"], event["message"]["text"], event["author"]["name"]) == ("roles", "help me", "bob")
        assert name == f"roles:discord:{sim.channel.id}:{event['message']['id']}"
