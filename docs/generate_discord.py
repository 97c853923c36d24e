"""Asks the bot every command, against a Discord on loopback and invented evenings, and writes down the answers.

`python -m docs.generate_discord` writes `docs/discord-commands.md`.
"""

import asyncio
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from discord.ext import commands

from muster.bot.client import MusterBot
from muster.bot.usage import describe
from muster.community.awareness import Taste
from muster.community.days import DayRule
from muster.config import load
from muster.model import chat
from muster.rounds.importer import Importer, find
from muster.rounds.simulate import simulate
from muster.stats.leaderboard import leaderboard
from muster.stats.values import Gates
from muster.store import notes
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.community.presence import comings, evenings, kept
from tests.community.retold import conversation, members, told
from tests.community.telling import recorder, said
from tests.discord_sim import DiscordSim
from tests.discord_sim.client import QUICK, pointed_at, running
from tests.discord_sim.model import ChannelType, Message, User

PAGE = Path(__file__).parent / "discord-commands.md"

EXAMPLES = {
    "compare_players": "{first} vs {second}",
    "leaderboard": "dpm",
    "rank_player": "{first}",
    "team_stats": "axis",
    "team_synergy": "",
    "team_balance": "{everybody}",
    "team_history": "{first}",
    "whois": "{first}",
    "link": "{second}",
    "sync_stats": "1week",
    "export_stats": "",
    "worst_performers_switch": "on",
    "help": "",
    "rcon": "status",
    "map": "supply",
    "activity": "anna",
    "sessions_of": "anna",
    "profile": "",
    "chatlog search": "good",
}
"""What is typed after a command. A player's command gets a player, the others nothing."""


async def ask_everything(folder: Path) -> str:
    """The page: every command of every cog with its answer."""
    simulate(folder / "rounds", nights=4, players=12, seed=7, oddities=False)
    settings = load(
        database_url=str(folder / "docs.db"), count_words=True, min_rounds=5, min_rounds_ratio=10, min_shots=200
    )
    async with Store(parse_url(settings.url)) as store, DiscordSim() as sim:
        await upgrade(store)
        await Importer(store).run(find([folder / "rounds"])[0])
        asker = sim.setup.member(sim.guild, "you")
        messages = _conversation(sim, asker)
        await told(store, folder, messages)
        await _spoken(sim, store, folder, messages)
        counts = ((f"2025-06-{15 + n}", members_then) for n, members_then in enumerate((80, 82, 82, 85, 84, 87, 90)))
        await members(store, *counts, key=str(sim.guild.id))
        settings = settings.model_copy(update={"guild_id": sim.guild.id, "root_users": [asker.id]})
        async with store.read() as reader:
            best = await leaderboard(reader, "kills", gates=Gates(0, 0, 0), limit=12)
        people = [entry.player for entry in best.entries]
        async with store.write() as writer:
            await notes.link(writer, asker.id, people[0].key, asker.id)
        words = {
            "first": people[0].name,
            "second": people[1].name,
            "everybody": ", ".join(person.name for person in people),
        }
        with pointed_at(sim):
            bot = MusterBot(settings, store, **QUICK)
            async with running(bot, sim.token):
                parts = [HEAD, *_table(bot)]
                for cog in bot.cogs.values():
                    parts.append(f"## {cog.qualified_name}\n\n{cog.description}\n")
                    for command in _commands(cog):
                        parts.append(await _ask(sim, asker, command, words))
    return "\n".join(parts)


WRITERS = ("anna", "bertil", "carla", "dag", "elsa", "finn", "greta")

HEAD = """# Commands in Discord

Every command with a real answer, asked of a bot that holds four invented evenings and the talk of nine
invented days. All of them work typed, as here, and as slash commands. `python -m docs.generate_discord` writes this
page.
"""


def _conversation(sim: DiscordSim, asker: User) -> list[chat.Message]:
    """What was written on the server in nine days: in a channel, a thread of it, and another channel."""
    community = chat.Community(chat.Platform.DISCORD, str(sim.guild.id), sim.guild.name)
    plans, other = sim.setup.thread(sim.channel, "plans"), sim.setup.channel(sim.guild, "off-topic")
    where = [
        chat.Channel(community, str(sim.channel.id), sim.channel.name),
        chat.Channel(community, str(plans.id), plans.name, str(sim.channel.id)),
        chat.Channel(community, str(other.id), other.name),
    ]
    names = {asker.id: asker.name} | {7000 + n: name for n, name in enumerate(WRITERS)}
    people = [chat.Person(chat.Platform.DISCORD, str(key), name) for key, name in names.items()]
    return conversation(600, seed=1, where=where, people=people)


async def _spoken(sim: DiscordSim, store: Store, folder: Path, messages: list[chat.Message]) -> None:
    """The same people in voice, some new ones, and what was written with what."""
    people = list({message.author.key: message.author for message in messages}.values())
    community = messages[0].channel.community
    rooms = [sim.setup.channel(sim.guild, name, ChannelType.VOICE) for name in ("Lounge", "Game")]
    lounge, game = (chat.Channel(community, str(one.id), one.name) for one in rooms)
    await kept(store, evenings(1, [lounge, game], people), comings(community, people[1:4]), DayRule())
    counter = recorder(store, folder, taste=Taste(emoji=True, words=True))
    await counter.open()
    texts = ("good game 👍", "gg, good evening everybody", "who plays tonight? 🎮", "good night 😴", "well played 👍")
    (asker,) = (person for person in people if person.name == "you")
    for n, text in enumerate(texts):
        counter.offer(said(messages[0].channel, asker, 9 * 86_400 + n, text=text))
    await counter._store_pending()


def _table(bot: MusterBot) -> Iterator[str]:
    """Every command on a line: how it is typed, and what it answers."""
    yield "| typed or chosen | answers |\n|---|---|"
    for cog in bot.cogs.values():
        for command in _commands(cog):
            info = describe(command)
            also = f" (also `!{'`, `!'.join(info.aliases)}`)" if info.aliases else ""
            typed = f"!{info.typed}".replace("|", "\\|")
            yield f"| [`{typed}`](#{info.name.replace(' ', '-')}){also} | {info.about} |"
    yield ""


def _commands(cog: commands.Cog) -> Iterator[Any]:
    those = (command for command in cog.walk_commands() if not isinstance(command, commands.Group))
    return iter(sorted(those, key=lambda command: command.qualified_name))


async def _ask(sim: DiscordSim, asker: Any, command: Any, words: dict[str, str]) -> str:
    """Heading, meaning, what was typed, and the first page of the answer."""
    takes_player = "player" in command.clean_params or "ask" in command.clean_params
    name = command.qualified_name
    example = EXAMPLES.get(name, "{first}" if name.startswith("player_") and takes_player else "")
    typed = f"!{name} {example.format(**words)}".strip()
    mark = sim.watch.mark()
    sim.act.post(sim.channel, asker, typed)
    message = await sim.watch.message(since=mark, within=20)
    shown = typed if len(typed) < 80 else f"{typed[:77]}…"
    return f"### `{name}`\n\n{command.short_doc}\n\n`{shown}`\n\n{_answer(message)}\n"


def _answer(message: Message) -> str:
    """An embed as a quotation: title, text, fields, footer, and what is attached."""
    lines: list[str] = [message.content] if message.content else []
    for embed in message.embeds[:1]:
        lines.append(f"**{embed.get('title', '')}**")
        lines += str(embed.get("description", "")).splitlines()
        for field in embed.get("fields", []):
            lines += ["", f"**{field['name']}**", *str(field["value"]).splitlines()]
        if "footer" in embed:
            lines += ["", f"*{embed['footer']['text']}*"]
        if "image" in embed:
            lines += ["", "*with a picture*"]
    lines += [f"*attached: {attached.filename}*" for attached in message.attachments]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _timeless(text: str) -> str:
    """Without what differs from run to run: moments relative to now, numbers of channels."""
    return re.sub(r"<#\d+>", "#channel", re.sub(r"<t:\d+(:\w)?>", "(a moment)", text))


def main() -> None:
    """Writes the page."""
    with tempfile.TemporaryDirectory(prefix="muster-docs-") as folder:
        PAGE.write_text(_timeless(asyncio.run(ask_everything(Path(folder)))), "utf-8")


if __name__ == "__main__":
    main()
