"""`chatlog` in Discord: policies, search and export, by whom they are for, in the channels he sees, all of it noted."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from muster.community import logbook
from muster.community.events import stored
from muster.model import chat
from muster.pipelines.written import made
from tests.bot.admin_room import HOSTILE, Room, room, told
from tests.community.retold import told as counted
from tests.discord_sim import Channel, Message, P, User
from tests.importer.working import query

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMANDS = ("chatlog", "chatlog policy", "chatlog set", "chatlog off", "chatlog search gg", "chatlog export")


class Log(Room):
    """The room with what was written in it, and in a channel that a moderator does not see."""

    hidden: Channel
    mod: User


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Log]:
    folder = tmp_path_factory.mktemp("chatlog")
    async with room(folder) as opened:
        log = Log(opened.sim, opened.store, opened.bot, opened.root)
        sim = log.sim
        log.hidden = sim.setup.channel(sim.guild, "hidden")
        mods = sim.setup.role(sim.guild, "mods", P.MANAGE_GUILD)
        sim.setup.overwrite(log.hidden, mods, deny=P.VIEW_CHANNEL)
        log.mod = sim.setup.member(sim.guild, "mod", mods)
        for channel in (sim.channel, log.hidden):
            await logbook.set_policy(log.store, "discord", str(channel.id), on=True)
        await counted(log.store, folder, written(log))
        async with log.store.write() as writer:
            await stored.put(writer, [made({"name": "best", "actions": [{"kind": "archive"}]})])
        yield log


def written(log: Log) -> list[chat.Message]:
    sim = log.sim
    elsewhere = chat.Community(chat.Platform.DISCORD, "4444", "Elsewhere")
    here = chat.Community(chat.Platform.DISCORD, str(sim.guild.id), sim.guild.name)
    places = [chat.Channel(here, str(channel.id), channel.name) for channel in (sim.channel, log.hidden)]
    places.append(chat.Channel(elsewhere, "5555", "away"))
    who = chat.Person(chat.Platform.DISCORD, "7001", HOSTILE)
    at = 1_750_000_000_000
    return [
        chat.Message(place, chat.number_at(at + n * 1000) + p, who, at + n * 1000, f"gg {n} {HOSTILE} {place.name}")
        for n in range(30)
        for p, place in enumerate(places)
    ]


async def everything(there: Log, message: Message) -> str:
    """All that an embed shows."""
    return json.dumps(message.embeds[0])


async def test_others_are_told_in_private(there: Log) -> None:
    for at, command in enumerate(COMMANDS):
        if at % 5 == 0:
            alice = there.member("alice")
        answer = await there.typed(f"!{command}", alice)
        assert "for admins of this server" in told(answer), command
        assert there.is_private(answer), command
    assert await query(there.store, "SELECT count(*) FROM chat_log_access") == [(0,)]


async def test_what_is_kept_is_shown_and_changed(there: Log) -> None:
    here, hidden = f"<#{there.sim.channel.id}>", f"<#{there.hidden.id}>"
    for answer in (await there.typed("!chatlog"), await there.chosen("chatlog policy")):
        assert there.is_private(answer)
        assert f"{here}: everything, for 30 days; 30 messages now" in told(answer)
        assert hidden in told(answer)
        assert "**All other channels**: nothing is kept" in told(answer)
    shown = told(await there.chosen("chatlog policy", there.mod))
    assert here in shown
    assert hidden not in shown
    changed = await there.chosen("chatlog set", days=7, share=0.25, before="best")
    assert f"{here}: 25 % of the messages, for 7 days, then `best`; 30 messages now" in told(changed)
    assert there.is_private(changed)
    assert "everything, for 7 days, then `best`" in told(await there.typed("!chatlog set share: 1"))
    assert "nothing is kept" in told(await there.typed(f"!chatlog off {here}"))
    (policy,) = [one.policy for one in await logbook.overview(there.store) if one.key == str(there.sim.channel.id)]
    assert (policy.enabled, policy.retention_days, policy.sampling_rate, policy.pipeline) == (False, 7, 1.0, "best")
    for words, reason in (
        ("!chatlog set before: burn", "there are: summarise"),
        ("!chatlog set share: 2", "share"),
        ("!chatlog set nowhere", "nothing was counted in a channel"),
        (f"!chatlog off {hidden}", "nothing was counted in a channel"),
    ):
        answer = await there.typed(words, there.root if hidden not in words else there.mod)
        assert reason in told(answer).replace("\\", ""), words
        assert there.is_private(answer), words
    assert "best" in [c["value"] for c in await there.sim.act.autocomplete(
        there.root, there.sim.channel, "chatlog set", "before", "be")]  # fmt: skip


async def test_what_was_written_is_found_where_the_asker_sees_it(there: Log) -> None:
    answer = await there.chosen("chatlog search", text="GG 29")
    assert there.is_private(answer)
    shown = told(answer)
    assert f"https://discord.com/channels/{there.sim.guild.id}/{there.hidden.id}/" in shown
    assert shown.count("gg 29") == 2, "and nothing of another server"
    assert "@everyone" not in shown.replace("@\u200beveryone", "")
    assert "](http://b)" not in shown
    assert f"<#{there.hidden.id}>" not in told(await there.chosen("chatlog search", there.mod, text="gg 29"))
    one = told(await there.typed(f"!chatlog search gg channel: <#{there.hidden.id}>"))
    assert f"<#{there.sim.channel.id}>" not in one
    assert "nothing was counted" in told(
        await there.typed(f"!chatlog search gg channel: <#{there.hidden.id}>", there.mod)
    )
    assert "contains that" in told(await there.typed("!chatlog search zzqqxx"))
    assert "Say what to look for" in told(await there.typed("!chatlog search"))


async def test_an_export_goes_to_the_asker_alone(there: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    for answer in (await there.typed("!chatlog export"), await there.chosen("chatlog export")):
        assert there.is_private(answer)
        (file,) = answer.attachments
        assert file.filename == f"chatlog-{there.sim.channel.name}.jsonl"
        rows = [json.loads(line) for line in file.data.splitlines()]
        assert len(rows) == 30
        assert {row["channel"] for row in rows} == {str(there.sim.channel.id)}
    assert "nothing was counted" in told(await there.typed(f"!chatlog export <#{there.hidden.id}>", there.mod))
    monkeypatch.setattr("muster.bot.cogs.chatlog.MOST", 100)
    assert "muster chatlog export" in told(await there.typed("!chatlog export"))


async def test_every_look_is_noted(there: Log) -> None:
    rows = await query(there.store, "SELECT who, action, about FROM chat_log_access ORDER BY id")
    assert {who for who, *_ in rows} == {f"discord:{there.root.id}", f"discord:{there.mod.id}"}
    actions = [(action, about) for _, action, about in rows]
    assert ("policy", f"{there.sim.channel.id} on days=7 rate=0.25 steps=best") in actions
    assert ("policy", f"{there.sim.channel.id} off") in actions
    assert ("search", "'GG 29' in all channels he sees") in actions
    assert ("export", str(there.sim.channel.id)) in actions


async def test_help_knows_the_parts(there: Log) -> None:
    shown = told(await there.typed("!help chatlog"))
    for name in ("policy", "set", "off", "search", "export"):
        assert f"**!chatlog {name}**" in shown
    assert "`!chatlog set [channel] [days: …] [share: …] [before: …]`" in told(await there.typed("!help chatlog set"))
    assert len(there.bot.tree.get_commands()) <= 100
