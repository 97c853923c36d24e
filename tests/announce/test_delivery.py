"""Posts as messages, over the wire: known again, never doubled, and Discord's errors told apart."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from muster.announce.carrier import Gone, Refused, Unreachable, Vanished
from muster.announce.news import NOTICE, identity_of
from muster.bot.online import Online
from muster.bot.pages import Answer, Page, Picture, Upload
from muster.bot.sender import DiscordCarrier, nonce_of
from muster.config import Settings
from muster.store.engine import Reader, Store
from muster.store.outbox import Post
from tests.announce.running import posts
from tests.discord_sim import CREATE_MESSAGE, DiscordSim, P
from tests.discord_sim.client import QUICK, pointed_at
from tests.importer.working import opened

LONG_AGO = datetime.now(UTC) - timedelta(days=1)
FILE = "2025-01-01-200000-supply-round-1.txt"


def post(name: str = FILE, *, kind: str = "round", channel: int = 0, **subject: object) -> Post:
    subject = subject or {"server": "main", "file": name}
    return Post(1, f"{kind}:{name}@{channel}", channel, kind, subject, "pending", 0, datetime.now(UTC))


def drawn(text: str) -> bytes:
    """A picture."""
    return text.encode()


class Builder:
    """Builds what a test wants to be posted."""

    def __init__(self) -> None:
        self.answer: Answer | None = Answer((Page("A round", "with players", footer="a map"),))
        self.error: Exception | None = None

    async def __call__(self, kind: str, subject: Mapping[str, Any], reader: Reader) -> Answer | None:
        if self.error is not None:
            raise self.error
        return self.answer


@asynccontextmanager
async def carrying(sim: DiscordSim, store: Store, builder: Builder) -> AsyncIterator[DiscordCarrier]:
    """A carrier whose bot is logged in."""
    settings = Settings(discord_token=SecretStr(sim.token), guild_id=sim.guild.id, _env_file=None)  # type: ignore[call-arg]
    stop = asyncio.Event()
    with pointed_at(sim):
        online = Online(settings, store, **QUICK)
        task = asyncio.create_task(online.run(stop))
        carrier = DiscordCarrier(online, store, builder)
        try:
            async with asyncio.timeout(10):
                await carrier.ready()
            yield carrier
        finally:
            stop.set()
            await asyncio.wait_for(task, 10)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(f"sqlite:///{tmp_path / 'muster.db'}") as store:
        yield store


async def test_a_post_is_a_message_that_is_known_again(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, builder := Builder()) as carrier:
        here = sim.channel.id
        assert await carrier.posted(here, LONG_AGO) == {}
        first = await carrier.send(post(channel=here))
        builder.answer = Answer((Page("B", footer=f"page 1 · {FILE}2"), Page("C", "second embed", footer=f"{FILE}2")))
        second = await carrier.send(post(f"{FILE}2", channel=here))
        assert posts(sim) == [FILE, f"{FILE}2"]
        found = await carrier.posted(here, LONG_AGO)
        assert (found[FILE], found[f"{FILE}2"]) == (first, second)
        message = sim.world.message(here, first or 0)
        assert message.embeds[0]["footer"]["text"] == f"a map · {FILE}"
        assert [len(m.embeds) for m in sim.watch.by_bot()] == [1, 2]


async def test_others_and_older_messages_do_not_count(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, Builder()) as carrier:
        alice = sim.setup.member(sim.guild, "alice")
        for number in range(250):
            sim.act.post(sim.channel, alice, f"{number}: {FILE}")
        await carrier.send(post(channel=sim.channel.id))
        for number in range(250):
            sim.act.post(sim.channel, alice, f"{number}")
        assert FILE in await carrier.posted(sim.channel.id, LONG_AGO)
        assert await carrier.posted(sim.channel.id, datetime.now(UTC) + timedelta(seconds=1)) == {}


async def test_the_same_post_twice_within_minutes_is_one_message(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, Builder()) as carrier:
        one = post(channel=sim.channel.id)
        assert await carrier.send(one) == await carrier.send(one)
        assert len(posts(sim)) == len(sim.truth.deduplicated) == 1


async def test_a_request_that_is_still_on_its_way_makes_no_second_message(store: Store) -> None:
    """What a history shows too late, the nonce catches: the first try is cut off before its answer."""
    async with DiscordSim() as sim, carrying(sim, store, Builder()) as carrier:
        one = post(channel=sim.channel.id)
        with sim.faults.swallow(times=1), pytest.raises(Unreachable):
            await carrier.send(one)
        await carrier.send(one)
        assert posts(sim) == [FILE]


def test_a_nonce_is_short_and_the_posts_own() -> None:
    nonces = {nonce_of(f"round:main:{n}@1") for n in range(1000)}
    assert len(nonces) == 1000
    assert {len(nonce) for nonce in nonces} == {24}
    assert nonce_of("round:main:x@1") == nonce_of("round:main:x@1")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_discord_in_trouble(store: Store, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordSim() as sim, carrying(sim, store, Builder()) as carrier:
        real = asyncio.sleep
        monkeypatch.setattr("discord.http.asyncio.sleep", lambda seconds: real(seconds / 1000))
        with sim.faults.errors(statuses=(status,), route=CREATE_MESSAGE), pytest.raises(Unreachable):
            await carrier.send(post(channel=sim.channel.id))


async def test_429_is_waited_out(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, Builder()) as carrier:
        with sim.faults.too_many_requests(times=3, route=CREATE_MESSAGE, retry_after=(0.05, 0.05)):
            await carrier.send(post(channel=sim.channel.id))
        assert posts(sim) == [FILE]


async def test_a_discord_that_is_gone(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, Builder()) as carrier:
        await sim.bot_connected()
        await sim.down()
        with pytest.raises(Unreachable):
            await carrier.send(post(channel=sim.channel.id))
        with pytest.raises(Unreachable):
            await carrier.posted(sim.channel.id, LONG_AGO)
        await sim.up()
        assert await carrier.send(post(channel=sim.channel.id))


@pytest.mark.parametrize("how", ["deleted", "hidden", "mute", "unknown"])
async def test_a_channel_that_vanished(store: Store, how: str) -> None:
    async with DiscordSim() as sim, carrying(sim, store, Builder()) as carrier:
        where = sim.channel.id
        match how:
            case "deleted":
                sim.setup.delete_channel(sim.channel)
            case "hidden":
                sim.setup.overwrite(sim.channel, sim.bot, deny=P.VIEW_CHANNEL)
            case "mute":
                sim.setup.overwrite(sim.channel, sim.bot, deny=P.SEND_MESSAGES)
            case _:
                where = 1
        with pytest.raises(Vanished, match=r"40[34]"):
            await carrier.send(post(channel=where))
        if how != "mute":
            with pytest.raises(Vanished):
                await carrier.posted(where, LONG_AGO)


async def test_a_post_that_was_deleted_is_not_posted_again(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, Builder()) as carrier:
        one = post(channel=sim.channel.id)
        message = await carrier.send(one)
        sim.act.delete(sim.world.message(sim.channel.id, message or 0))
        with pytest.raises(Refused, match="deleted"):
            await carrier.send(one)


async def test_nothing_to_say(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, builder := Builder()) as carrier:
        builder.answer = None
        assert await carrier.send(post(channel=sim.channel.id)) is None
        assert posts(sim) == []


async def test_a_post_that_cannot_be_made_is_refused_with_the_reason(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, builder := Builder()) as carrier:
        builder.error = KeyError("file")
        with pytest.raises(Refused, match="could not be made: KeyError"):
            await carrier.send(post(channel=sim.channel.id))
        builder.error = None
        builder.answer = Answer(tuple(Page("x", "y" * 3000) for _ in range(3)))
        with pytest.raises(Refused, match="3 pages"):
            await carrier.send(post(channel=sim.channel.id))


async def test_pictures_and_files_go_along(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, builder := Builder()) as carrier:
        picture = Picture("evening.png", drawn, ("a picture",))
        builder.answer = Answer((Page("An evening"),), picture, Upload("numbers.csv", b"1,2"))
        await carrier.send(post(channel=sim.channel.id))
        (message,) = sim.watch.by_bot()
        assert {a.filename: a.data for a in message.attachments} == {"evening.png": b"a picture", "numbers.csv": b"1,2"}
        assert message.embeds[0]["image"]["url"].endswith("evening.png")


async def test_words_for_an_admin(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, Builder()) as carrier:
        key = f"vanished:5:0@{sim.channel.id}"
        notice = Post(9, key, sim.channel.id, NOTICE, {"text": "Look at <#5>"}, "pending", 0, datetime.now(UTC))
        await carrier.send(notice)
        assert "Look at <#5>" in sim.watch.transcript(sim.channel)
        assert identity_of(notice) == key
        assert key in await carrier.posted(sim.channel.id, LONG_AGO)


@pytest.mark.parametrize(
    ("kind", "subject", "identity"),
    [
        ("round", {"server": "s", "file": FILE}, FILE),
        ("match", {"match_id": "2025-01-01-200000-supply@s"}, "2025-01-01-200000-supply@s"),
        ("session_start", {"session_id": "2025@s"}, "2025@s"),
        ("session_end", {"session_id": "2025@s"}, "2025@s ended"),
        ("match", {"match_id": "x@A · \tB\u200b  C"}, "x@A - B C"),
    ],
)
def test_identities(kind: str, subject: dict[str, Any], identity: str) -> None:
    assert identity_of(post("x", kind=kind, **subject)) == identity


async def test_a_message_is_edited_with_its_picture_and_stays_known(store: Store) -> None:
    async with DiscordSim() as sim, carrying(sim, store, builder := Builder()) as carrier:
        one = post(channel=sim.channel.id)
        builder.answer = Answer((Page("A", "first"),), picture=Picture("a.png", drawn, ("one",)))
        sent = msgspec.structs.replace(one, message_id=await carrier.send(one))
        builder.answer = Answer((Page("A", "second"),), picture=Picture("b.png", drawn, ("two",)))
        await carrier.edit(sent)
        await carrier.edit(sent)
        (message,) = sim.watch.by_bot()
        assert message.embeds[0]["description"] == "second"
        assert list(message.files) == ["b.png"]
        assert posts(sim) == [FILE]
        builder.answer = None
        await carrier.edit(sent)
        sim.act.delete(sim.world.message(sim.channel.id, sent.message_id or 0))
        builder.answer = Answer((Page("A", "third"),))
        with pytest.raises(Gone):
            await carrier.edit(sent)
