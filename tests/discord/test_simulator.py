"""The simulator against the real discord.py client: what the tests of the bot rest on."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import zstandard
from aiohttp import ClientSession, WSMsgType

from tests.conftest import ROOT
from tests.discord_sim import CREATE_MESSAGE, ChannelType, CommandRefused, DiscordSim, Drop, P, Rule
from tests.discord_sim.client import QUICK, commands, discord, pointed_at, running
from tests.discord_sim.events import MEMBERS, MESSAGE_CONTENT, PRESENCES
from tests.discord_sim.model import User
from tests.discord_sim.page import Page
from tests.discord_sim.toy import Toy
from tests.discord_sim.wire import Json, loads


@pytest.fixture
async def sim() -> AsyncIterator[DiscordSim]:
    async with DiscordSim() as made:
        with pointed_at(made):
            yield made


@pytest.fixture
async def bot(sim: DiscordSim) -> AsyncIterator[Toy]:
    async with running(Toy(), sim.token) as made:
        yield made


@pytest.fixture
def alice(sim: DiscordSim) -> User:
    return sim.setup.member(sim.guild, "alice")


def general(bot: discord.Client, sim: DiscordSim) -> discord.TextChannel:
    channel = bot.get_channel(sim.channel.id)
    assert isinstance(channel, discord.TextChannel)
    return channel


async def heard(bot: Toy, sim: DiscordSim, ids: Iterable[int]) -> None:
    """Wait until the bot has heard all of these."""
    wanted = set(ids)
    async with asyncio.timeout(10):
        while not wanted <= set(bot.heard):
            await asyncio.sleep(0.01)


async def rest(sim: DiscordSim, method: str, path: str, **options: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bot {sim.token}"}
    async with ClientSession() as http, http.request(method, sim.api_base + path, headers=headers, **options) as answer:
        return answer.status, await answer.json() if answer.content_type == "application/json" else None


# Login and the guild


async def test_login_gives_the_guild_with_everything_in_it(sim: DiscordSim) -> None:
    forum = sim.setup.channel(sim.guild, "forum", ChannelType.FORUM)
    lobby = sim.setup.channel(sim.guild, "lobby", ChannelType.VOICE)
    thread, post = sim.setup.thread(sim.channel, "a thread"), sim.setup.thread(forum, "a post")
    role = sim.setup.role(sim.guild, "players", color=0xFF0000)
    bob = sim.setup.member(sim.guild, "bob", role, nick="Bobby")
    sim.setup.voice(sim.guild, bob, lobby)
    async with running(Toy(), sim.token) as bot:
        guild = bot.guilds[0]
        member = guild.get_member(bob.id)
        assert bot.user is not None
        assert bot.user.id == sim.bot.id
        assert member is not None
        assert (member.display_name, [r.name for r in member.roles]) == ("Bobby", ["@everyone", "players"])
        assert {type(c) for c in guild.channels} == {discord.TextChannel, discord.ForumChannel, discord.VoiceChannel}
        assert {t.id: t.parent_id for t in guild.threads} == {thread.id: sim.channel.id, post.id: forum.id}
        assert member.voice is not None
        assert member.voice.channel is not None
        assert member.voice.channel.id == lobby.id
        assert guild.me.guild_permissions.send_messages
    assert not sim.truth.unknown


@pytest.mark.parametrize("members", [300, 2100])
async def test_a_large_guild_is_chunked(sim: DiscordSim, members: int) -> None:
    for number in range(members):
        sim.setup.member(sim.guild, f"member{number}")
    async with running(Toy(intents=discord.Intents(guilds=True, members=True)), sim.token) as bot:
        assert len(bot.guilds[0].members) == bot.guilds[0].member_count == members + 2


async def test_a_wrong_token_is_refused(sim: DiscordSim) -> None:
    with pytest.raises(discord.LoginFailure):
        async with running(Toy(), "wrong"):
            pass


async def test_an_intent_that_is_not_enabled_is_refused() -> None:
    async with DiscordSim(enabled_intents=MEMBERS | PRESENCES) as sim:
        with pointed_at(sim), pytest.raises(discord.PrivilegedIntentsRequired):
            async with running(Toy(), sim.token):
                pass
        assert sim.gateway.counts["close 4014"] == 1


async def test_shards_get_their_own_guilds() -> None:
    async with DiscordSim(shards=2) as sim:
        guilds = [sim.guild, *(sim.setup.guild(f"guild {number}") for number in range(5))]
        channels = [sim.setup.channel(guild, "talk") for guild in guilds]
        ada = sim.setup.user("ada")
        for guild in guilds:
            sim.setup.member(guild, ada)
        bot = commands.AutoShardedBot("!", intents=discord.Intents.all(), **QUICK)
        by_shard: dict[int, set[int]] = {0: set(), 1: set()}

        async def on_message(message: discord.Message) -> None:
            assert message.guild is not None
            by_shard[message.guild.shard_id].add(message.guild.id)

        bot.event(on_message)
        with pointed_at(sim):
            async with running(bot, sim.token):
                for channel in channels:
                    sim.act.post(channel, ada, "hello")
                async with asyncio.timeout(5):
                    while sum(map(len, by_shard.values())) < 6:
                        await asyncio.sleep(0.01)
                sessions = {s.shard: s for s in sim.gateway.sessions.values()}
        assert by_shard == {n: {g.id for g in guilds if (g.id >> 22) % 2 == n} for n in (0, 1)}
        assert all(by_shard.values())
        assert {session.shards for session in sessions.values()} == {2}


# Messages and interactions


async def test_a_prefix_command_answers_with_embed_and_picture(bot: Toy, sim: DiscordSim, alice: User) -> None:
    answer = await sim.watch.message("Session of", since=sim.act.post(sim.channel, alice, "!last_session"))
    picture = answer.files["session.png"]
    assert picture.startswith(b"\x89PNG")
    assert (answer.embeds[0]["image"]["width"], answer.embeds[0]["image"]["height"]) == (640, 240)
    assert answer.allowed_mentions == {"parse": []}
    fetched = await general(bot, sim).fetch_message(answer.id)
    assert fetched.attachments == []  # as on the real one: a file shown by an embed is no attachment of the message
    assert fetched.embeds[0].image.url is not None
    async with ClientSession() as http, http.get(fetched.embeds[0].image.url) as response:
        assert await response.read() == picture
    assert "[Next]" in sim.watch.transcript(sim.channel)


async def test_a_slash_command_takes_typed_options_and_completes_them(bot: Toy, sim: DiscordSim, alice: User) -> None:
    assert await sim.act.autocomplete(alice, sim.channel, "greet", "player", "b") == [
        {"name": "Björn", "value": "Björn"}
    ]
    run = await sim.act.slash(alice, sim.channel, "greet", player="Zoë", times=2).done()
    assert run.response is not None
    assert run.response.content == "Hello Zoë! Hello Zoë!"
    run = await sim.act.slash(alice, sim.channel, "team stats", side="axis", who=alice).done()
    assert run.response is not None
    assert run.response.content == "axis: 4 wins of 7 with alice"
    for wrong in ({}, {"player": 3}, {"player": "Ada", "times": 9}, {"player": "Ada", "colour": "red"}):
        with pytest.raises(CommandRefused):
            sim.act.slash(alice, sim.channel, "greet", **wrong)
    with pytest.raises(CommandRefused, match="no command /nothing; there are: greet, last_session"):
        sim.act.slash(alice, sim.channel, "nothing")


async def test_a_deferred_answer_is_thinking_first(bot: Toy, sim: DiscordSim, alice: User) -> None:
    run = await sim.act.slash(alice, sim.channel, "slow", seconds=0.1).answered()
    assert run.response is not None
    assert run.response.loading
    assert not run.finished
    await run.done()
    assert (run.response.content, run.response.loading) == ("There it is.", False)
    assert [m.id for m in sim.watch.by_bot()] == [run.response.id]  # filled in, not a second message
    assert run.finished_after is not None
    assert run.answered_after is not None
    assert run.finished_after > run.answered_after + 0.05


async def test_buttons_menus_and_forms(bot: Toy, sim: DiscordSim, alice: User) -> None:
    shown = (await sim.act.slash(alice, sim.channel, "last_session").done()).response
    assert shown is not None
    await sim.act.click(alice, shown, "Next").done()
    assert shown.content == "Page **1**"
    whisper = await sim.act.click(alice, shown, "Only for me").done()
    assert whisper.ephemeral
    assert whisper.response is not None
    assert whisper.response.content not in [m.content for m in sim.world.history(sim.channel.id)]
    looked = await sim.act.choose(alice, shown, "Combat").done()
    assert looked.followups[0].content == "The view *combat*"
    form = await sim.act.click(alice, shown, "Note").done()
    assert form.modal is not None
    field = form.modal["components"][0]["components"][0]["custom_id"]
    noted = await sim.act.submit(form, **{field: "we won"}).done()
    assert noted.response is not None
    assert noted.response.content == "Noted: we won"
    with pytest.raises(CommandRefused, match="Nowhere"):
        sim.act.click(alice, shown, "Nowhere")


async def test_an_interaction_is_answered_once_and_in_time(alice: User, sim: DiscordSim) -> None:
    late = DiscordSim(interaction_deadline=0.05)
    ada = late.setup.member(late.guild, "ada")
    codes: list[int] = []

    class Slow(Toy):
        async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
            for wait in (0.1, 0.0):
                await asyncio.sleep(wait)
                try:
                    await interaction.response.send_message("?")
                except discord.HTTPException as error:
                    codes.append(error.code)

    async with late:
        with pointed_at(late):
            async with running(Slow(), late.token) as bot:
                bot.tree.clear_commands(guild=None)
                late.core.registry.overwrite(0, [{"name": "late", "description": "too late"}])
                bot.tree.on_error = _ignore  # type: ignore[method-assign]
                with pytest.raises(TimeoutError, match="an answer to command late of ada"):
                    await late.act.slash(ada, late.channel, "late").answered(0.4)
    assert codes == [10062, 10062]


async def _ignore(*_: object) -> None:
    """An unknown command is what this test wants."""


async def test_without_the_content_intent_messages_are_empty(sim: DiscordSim, alice: User) -> None:
    intents = discord.Intents(guilds=True, guild_messages=True)
    texts: dict[int, str] = {}

    class Listener(discord.Client):
        async def on_message(self, message: discord.Message) -> None:
            texts[message.id] = message.content

    async with running(Listener(intents=intents, **QUICK), sim.token):
        plain = sim.act.post(sim.channel, alice, "secret")
        named = sim.act.post(sim.channel, alice, f"{sim.bot.mention} hello")
        async with asyncio.timeout(5):
            while len(texts) < 2:
                await asyncio.sleep(0.01)
    assert texts == {plain.id: "", named.id: f"{sim.bot.mention} hello"}
    assert (await rest(sim, "GET", f"/channels/{sim.channel.id}/messages/{plain.id}"))[1]["content"] == "secret"


async def test_what_changes_in_a_guild_is_told(bot: Toy, sim: DiscordSim, alice: User) -> None:
    seen: list[str] = []
    await sim.gateway.ping()  # what came before is done with
    for name in ("member_join", "member_remove", "member_update", "voice_state_update", "guild_channel_update"):
        bot.add_listener(_noting(seen, name), f"on_{name}")
    for name in ("raw_message_edit", "raw_message_delete", "raw_bulk_message_delete", "thread_create", "typing"):
        bot.add_listener(_noting(seen, name), f"on_{name}")
    lobby = sim.setup.channel(sim.guild, "lobby", ChannelType.VOICE)
    carol = sim.setup.member(sim.guild, "carol")
    sim.setup.voice(sim.guild, carol, lobby)
    sim.setup.change_member(sim.guild, carol, nick="C")
    sim.setup.leave(sim.guild, carol)
    sim.setup.rename(sim.channel, "talk")
    sim.setup.thread(sim.channel, "side")
    sim.act.typing(sim.channel, alice)
    written = [sim.act.post(sim.channel, alice, f"text {number}") for number in range(4)]
    sim.act.edit(written[0], "changed")
    sim.act.delete(written[1])
    sim.act.delete_many(written[2:])
    await heard(bot, sim, [m.id for m in written])
    await sim.gateway.ping()
    await asyncio.sleep(0.05)
    assert seen == [
        *("member_join", "voice_state_update", "member_update", "voice_state_update", "member_remove"),
        *("guild_channel_update", "thread_create", "typing"),
        *("raw_message_edit", "raw_message_delete", "raw_bulk_message_delete"),
    ]


def _noting(seen: list[str], name: str) -> Any:
    async def listener(*_: object) -> None:
        seen.append(name)

    return listener


# Lost connections


async def test_resume_replays_what_was_missed_once_and_in_order(bot: Toy, sim: DiscordSim, alice: User) -> None:
    for how in (Drop.RESET, Drop.CLOSE, Drop.RECONNECT, Drop.INVALID_RESUMABLE):
        before = [sim.act.post(sim.channel, alice, f"before {number}").id for number in range(20)]
        assert sim.gateway.drop(how) == 1
        missed = [sim.act.post(sim.channel, alice, f"missed {number}").id for number in range(200)]
        await heard(bot, sim, missed)
        assert [number for number in bot.heard if number >= before[0]] == before + missed
    assert sim.gateway.counts["resumes"] == 4
    assert sim.gateway.counts["identifies"] == 1
    assert sim.gateway.counts["events replayed"] > 400


@pytest.mark.parametrize("how", [Drop.LOST, Drop.INVALID])
async def test_op_9_loses_what_happens_until_the_next_identify(
    bot: Toy, sim: DiscordSim, alice: User, how: Drop
) -> None:
    mark = sim.act.post(sim.channel, alice, "the last one heard")
    await heard(bot, sim, [mark.id])
    bot.happened.clear()
    sim.gateway.drop(how)
    missed = [sim.act.post(sim.channel, alice, f"missed {number}").id for number in range(150)]
    async with asyncio.timeout(5):
        while bot.happened != ["ready"]:
            await asyncio.sleep(0.01)
    assert sim.gateway.counts["identifies"] == 2
    assert not set(bot.heard) & set(missed)
    after = general(bot, sim).history(after=discord.Object(mark.id), limit=None, oldest_first=True)
    assert [message.id async for message in after] == missed


async def test_an_outage_is_survived(bot: Toy, sim: DiscordSim, alice: User) -> None:
    await sim.down()
    missed = sim.act.post(sim.channel, alice, "while it was down")
    with pytest.raises(aiohttp.ClientConnectorError):  # discord.py does not wrap it
        await general(bot, sim).send("anybody?")
    await sim.up()
    await heard(bot, sim, [missed.id])  # discord.py waits 0 to 2 s before it tries again, then longer each time
    assert sim.gateway.counts["resumes"] == 1


async def test_a_storm_of_drops_ends_with_the_truth(bot: Toy, sim: DiscordSim, alice: User) -> None:
    async with sim.storm(0.1, (Drop.RESET, Drop.RECONNECT), most=6) as storm:
        posts = ((sim.channel, alice, f"number {number}") for number in range(1000))
        written = await sim.act.flood(posts, rate=1500)
        await storm.over()
    await heard(bot, sim, [m.id for m in written])
    assert sorted(bot.heard) == sorted(m.id for m in sim.truth.by_users())
    assert storm.drops == 6


async def test_lost_doubled_and_late_deliveries(bot: Toy, sim: DiscordSim, alice: User) -> None:
    deliveries = sim.faults.deliveries
    deliveries.lose, deliveries.duplicate, deliveries.reorder = 0.05, 0.05, 0.1
    written = [sim.act.post(sim.channel, alice, f"number {number}").id for number in range(500)]
    sim.faults.stop()
    sim.deliver_held()
    last = sim.act.post(sim.channel, alice, "the last")
    await heard(bot, sim, [last.id])
    assert deliveries.lost == len(set(written) - set(bot.heard)) > 5
    assert deliveries.duplicated == len(bot.heard) - len(set(bot.heard)) > 5
    assert deliveries.reordered > 5
    assert bot.heard != sorted(bot.heard)


async def test_heartbeats_are_kept(sim: DiscordSim) -> None:
    async with DiscordSim(heartbeat_interval=0.1) as fast:
        with pointed_at(fast):
            async with running(Toy(), fast.token):
                await asyncio.sleep(0.45)
                assert await fast.gateway.ping() < 1
        assert len(fast.gateway.beats) >= 4
        assert fast.gateway.worst_lateness < 1


async def test_a_killed_bot_comes_back_to_the_same_world(sim: DiscordSim, alice: User) -> None:
    command = [sys.executable, "-m", "tests.discord_sim.toy"]
    environment = {**os.environ, **sim.environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    for number in (1, 2):
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
        await sim.bot_connected(20)
        asked = sim.act.post(sim.channel, alice, "!greet Ada")
        await sim.watch.message("Hello Ada!", since=asked, within=10)
        process.kill()
        await process.wait()
        async with asyncio.timeout(5):
            while sim.gateway.connected:
                await asyncio.sleep(0.01)
        assert len(sim.world.history(sim.channel.id)) == 2 * number
    assert sim.gateway.counts["identifies"] == 2


# Posting exactly once, limits, faults


async def test_a_nonce_makes_a_lost_answer_harmless(bot: Toy, sim: DiscordSim) -> None:
    channel = general(bot, sim)
    with sim.faults.swallow(times=1) as fault, pytest.raises(aiohttp.ClientError):
        await channel.send("round 1", nonce="round-1")
    assert fault.hits == 1
    again = await channel.send("round 1", nonce="round-1")
    assert [m.id for m in sim.world.history(sim.channel.id)] == [again.id]
    assert sim.truth.deduplicated == [again.id]
    assert [(made.kind, made.nonce) for made in sim.truth.created] == [("bot", "round-1")]
    assert again.nonce == "round-1"
    assert (await channel.fetch_message(again.id)).nonce is None  # Discord does not keep it
    await again.delete()
    with pytest.raises(discord.NotFound, match="Unknown Message"):
        await channel.send("round 1", nonce="round-1")


async def test_rate_limits_are_counted_and_obeyed(bot: Toy, sim: DiscordSim) -> None:
    sim.limits.rules[CREATE_MESSAGE] = Rule(5, 0.3)
    channel = general(bot, sim)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(channel.send(f"{number}") for number in range(12)))
    assert loop.time() - began > 0.5
    assert len(sim.world.history(sim.channel.id)) == 12
    assert sim.limits.refused == 0  # the client read the headers


async def test_429_and_500_rain_is_survived(bot: Toy, sim: DiscordSim) -> None:
    channel = general(bot, sim)
    with sim.faults.too_many_requests(0.4, retry_after=(0.01, 0.02)) as rain:
        for number in range(20):
            await channel.send(f"{number}")
    with sim.faults.too_many_requests(times=1, retry_after=(0.05, 0.05), is_global=True):
        await channel.send("after a global one")
    with sim.faults.errors(times=1, statuses=(502,)):
        await channel.send("after a 502")  # discord.py waits 1 s
    with sim.faults.errors(times=1, statuses=(503,)), pytest.raises(discord.DiscordServerError):
        await channel.send("503 is not tried again")
    assert rain.hits > 3
    assert [m.content for m in sim.world.history(sim.channel.id)] == [
        *map(str, range(20)),
        "after a global one",
        "after a 502",
    ]
    assert sim.truth.statuses[CREATE_MESSAGE, 429] == rain.hits + 1


def fields(count: int, name: int = 1, value: int = 1) -> list[Json]:
    return [{"name": "n" * name, "value": "v" * value}] * count


def button(number: int, **more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "x", "custom_id": f"c{number}"} | more


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def menu(count: int, **more: Any) -> Json:
    options = [{"label": f"o{number}", "value": f"v{number}"} for number in range(count)]
    return {"type": 3, "custom_id": "m", "options": options} | more


TOO_MUCH: dict[str, Json] = {
    "content": {"content": "x" * 2001},
    "embeds": {"embeds": [{"title": "x"}] * 11},
    "embeds.0.title": {"embeds": [{"title": "x" * 257}]},
    "embeds.0.description": {"embeds": [{"description": "x" * 4097}]},
    "embeds.0.footer.text": {"embeds": [{"footer": {"text": "x" * 2049}}]},
    "embeds.0.fields": {"embeds": [{"fields": fields(26)}]},
    "embeds.0.fields.0.name": {"embeds": [{"fields": fields(1, name=257)}]},
    "embeds.0.fields.0.value": {"embeds": [{"fields": fields(1, value=1025)}]},
    "embeds._errors": {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]},
    "components": {"content": "x", "components": [row(button(number)) for number in range(6)]},
    "components.0.components": {"content": "x", "components": [row(*map(button, range(6)))]},
    "components.0.components.0.label": {"content": "x", "components": [row(button(1, label="x" * 81))]},
    "components.0.components.0.custom_id": {"content": "x", "components": [row(button(1, custom_id="x" * 101))]},
    "components.0.components.0.options": {"content": "x", "components": [row(menu(26))]},
    "components._errors": {"content": "x", "components": [row(button(1), button(1))]},
    "nonce": {"content": "x", "nonce": "x" * 26},
}


@pytest.mark.parametrize("path", TOO_MUCH)
async def test_a_message_over_a_limit_is_refused(sim: DiscordSim, path: str) -> None:
    status, body = await rest(sim, "POST", f"/channels/{sim.channel.id}/messages", json=TOO_MUCH[path])
    assert (status, body["code"], body["message"]) == (400, 50035, "Invalid Form Body")
    errors = body["errors"]
    for step in path.removesuffix("._errors").split("."):
        errors = errors[step]
    assert errors["_errors"][0]["code"]
    assert not sim.truth.created


async def test_limits_reach_the_caller_as_exceptions(bot: Toy, sim: DiscordSim) -> None:
    channel = general(bot, sim)
    with pytest.raises(discord.HTTPException, match=r"In content: Must be 2000 or fewer in length\.") as error:
        await channel.send("x" * 2001)
    assert (error.value.status, error.value.code) == (400, 50035)
    with pytest.raises(discord.HTTPException, match="Cannot send an empty message"):
        await channel.send("")
    big = discord.File(io.BytesIO(b"x" * (10 * 1024 * 1024 + 1)), "big.bin")
    with pytest.raises(discord.HTTPException, match="Request entity too large"):
        await channel.send(file=big)


async def test_permissions_are_enforced(bot: Toy, sim: DiscordSim, alice: User) -> None:
    channel = general(bot, sim)
    sim.setup.overwrite(sim.channel, sim.bot, deny=P.ATTACH_FILES)
    with pytest.raises(discord.Forbidden, match="Missing Permissions"):
        await channel.send(file=discord.File(io.BytesIO(b"x"), "x.txt"))
    sim.setup.overwrite(sim.channel, sim.bot, deny=P.SEND_MESSAGES)
    with pytest.raises(discord.Forbidden) as error:
        await channel.send("hello")
    assert error.value.code == 50013
    sim.setup.overwrite(sim.channel, sim.bot, deny=P.VIEW_CHANNEL)
    with pytest.raises(discord.Forbidden) as error:
        await channel.send("hello")
    assert error.value.code == 50001
    sim.act.post(sim.channel, alice, "behind its back")
    sim.setup.delete_channel(sim.channel)
    with pytest.raises(discord.NotFound) as missing:
        await channel.send("hello")
    assert missing.value.code == 10003
    assert bot.heard == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"name": "Upper", "description": "x"}, "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "two words", "description": "x"}, "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "x", "description": ""}, "BASE_TYPE_REQUIRED"),
        ({"name": "x", "description": "x" * 101}, "BASE_TYPE_BAD_LENGTH"),
        (
            {"name": "x", "description": "x", "options": [{"type": 3, "name": "o", "description": "x"}] * 26},
            "MAX_LENGTH",
        ),
        (
            {
                "name": "x",
                "description": "x",
                "options": [
                    {
                        "type": 3,
                        "name": f"o{n}",
                        "description": "x" * 100,
                        "choices": [{"name": "n" * 50, "value": "v" * 50}] * 20,
                    }
                    for n in range(5)
                ],
            },
            "APPLICATION_COMMAND_TOO_LARGE",
        ),
    ],
)
async def test_a_command_over_a_limit_is_refused(sim: DiscordSim, command: Json, code: str) -> None:
    path = f"/applications/{sim.world.application_id}/commands"
    status, body = await rest(sim, "PUT", path, json=[command])
    assert (status, body["code"]) == (400, 50035)
    assert code in str(body["errors"]["0"])
    many = [{"name": f"c{number}", "description": "x"} for number in range(101)]
    status, body = await rest(sim, "PUT", path, json=many)
    assert (status, body["code"]) == (400, 30032)
    status, body = await rest(sim, "PUT", path, json=many[:100])
    assert (status, len(body)) == (200, 100)


# History


async def test_pages_of_history_follow_the_cursor(sim: DiscordSim, alice: User) -> None:
    start = datetime.now(UTC) - timedelta(days=3)
    ids = [
        sim.act.post(sim.channel, alice, f"{n}", at=start + timedelta(minutes=n), silent=True).id for n in range(250)
    ]
    path = f"/channels/{sim.channel.id}/messages"

    async def page(**query: int) -> list[int]:
        status, body = await rest(sim, "GET", path, params={name: str(value) for name, value in query.items()})
        assert status == 200
        return [int(message["id"]) for message in body]

    assert await page() == ids[:-51:-1]
    assert await page(limit=100, after=0) == ids[99::-1]  # the oldest hundred, from newest to oldest
    assert await page(limit=100, after=ids[99]) == ids[199:99:-1]
    assert await page(limit=100, after=ids[199]) == ids[:199:-1]
    assert await page(limit=100, after=ids[249]) == []
    assert await page(limit=3, before=ids[3]) == ids[2::-1]
    assert await page(limit=5, around=ids[100]) == ids[102:97:-1]
    assert (await rest(sim, "GET", path, params={"limit": "101"}))[0] == 400


async def test_discord_py_reads_the_whole_history_in_order(bot: Toy, sim: DiscordSim, alice: User) -> None:
    ids = [sim.act.post(sim.channel, alice, f"{number}", silent=True).id for number in range(250)]
    channel = general(bot, sim)
    read = [m.id async for m in channel.history(limit=None, after=discord.Object(ids[9]), oldest_first=True)]
    assert read == ids[10:]
    assert sim.truth.calls["GET /channels/{channel}/messages"] == 3
    assert [m.id async for m in channel.history(limit=120)] == ids[:-121:-1]
    thread = sim.setup.thread(sim.channel, "old")
    sim.setup.archive(thread)
    assert [t.id async for t in channel.archived_threads()] == [thread.id]


async def test_a_flood_is_heard_to_the_last_message(bot: Toy, sim: DiscordSim, alice: User) -> None:
    written = await sim.act.flood(((sim.channel, alice, f"number {n}") for n in range(5000)), rate=20_000)
    await heard(bot, sim, [m.id for m in written])
    assert sorted(bot.heard) == [made.id for made in sim.truth.by_users()]
    assert sim.truth.per_author()[alice.id] == 5000


# The wire, without discord.py


@pytest.mark.parametrize("compress", [None, "zlib-stream", "zstd-stream"])
async def test_the_gateway_speaks_every_compression(sim: DiscordSim, compress: str | None) -> None:
    url = sim.gateway_url + "?v=10&encoding=json" + (f"&compress={compress}" if compress else "")
    unpack = _unpacker(compress)
    async with ClientSession() as http, http.ws_connect(url) as socket:
        assert unpack((await socket.receive()).data)["op"] == 10
        await socket.send_json({"op": 1, "d": None})
        assert unpack((await socket.receive()).data)["op"] == 11
        await socket.send_json({"op": 2, "d": {"token": sim.token, "intents": MESSAGE_CONTENT, "properties": {}}})
        assert unpack((await socket.receive()).data)["t"] == "READY"


def _unpacker(compress: str | None) -> Any:
    import zlib

    if compress == "zlib-stream":
        inflate = zlib.decompressobj()
        return lambda data: loads(inflate.decompress(data))
    if compress == "zstd-stream":
        unpack = zstandard.ZstdDecompressor().decompressobj()
        return lambda data: loads(unpack.decompress(data))
    return loads


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"op": 2, "d": {"token": "wrong", "intents": 0}}, 4004),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 1 << 60}}, 4013),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 0, "shard": [2, 2]}}, 4010),
        ({"op": 8, "d": {"guild_id": "1"}}, 4003),
        ({"op": 77, "d": None}, 4001),
        ("no json", 4002),
        ({"op": 1, "d": "x" * 5000}, 4002),
    ],
)
async def test_the_gateway_closes_on_nonsense(sim: DiscordSim, sent: Json | str, code: int) -> None:
    if isinstance(sent, dict) and isinstance(sent["d"], dict) and sent["d"].get("token") == "TOKEN":
        sent["d"]["token"] = sim.token
    async with ClientSession() as http, http.ws_connect(sim.gateway_url + "?v=10") as socket:
        await socket.receive()
        await (socket.send_str(sent) if isinstance(sent, str) else socket.send_json(sent))
        assert (await socket.receive()).type is WSMsgType.CLOSE
        assert socket.close_code == code


async def test_unknown_routes_are_noted(sim: DiscordSim) -> None:
    status, body = await rest(sim, "GET", "/no/such/route")
    assert (status, body) == (404, {"message": "404: Not Found", "code": 0})
    assert dict(sim.truth.unknown) == {"GET /api/v10/no/such/route": 1}


# The page


async def test_the_page_shows_and_does_what_a_person_does(bot: Toy, sim: DiscordSim, alice: User) -> None:
    page = Page(sim)
    await page.start()
    here = {"user": str(alice.id), "channel": str(sim.channel.id)}
    try:
        async with ClientSession(page.url) as http:
            for name in ("", "web/page.css", "web/page.js", "web/message.js", "web/markdown.js"):
                async with http.get("/" + name) as response:
                    text = await response.text()
                    assert response.status == 200
                    assert 'src="http' not in text and "url(http" not in text and "import(" not in text  # noqa: PT018
            async with http.post("/slash", json=here | {"command": "last_session", "options": {}}) as response:
                assert "seconds" in await response.json()
            asked = here | {"command": "greet", "focused": "player", "typed": "z", "options": {"player": "z"}}
            async with http.post("/autocomplete", json=asked) as response:
                assert await response.json() == {"choices": [{"name": "Zoë", "value": "Zoë"}]}
            async with http.get("/state") as response:
                state = await response.json()
            assert state["messages"][0]["embeds"][0]["title"] == "Session of 2025-10-28"
            assert {command["name"] for command in state["commands"]} == {"greet", "last_session", "slow", "team"}
            async with http.post("/say", json=here | {"content": "!greet Ada"}):
                await sim.watch.message("Hello Ada!", since=sim.watch.mark())
    finally:
        await page.stop()
