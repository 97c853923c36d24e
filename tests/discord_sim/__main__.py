"""`python -m tests.discord_sim [--port N] [--page] [--toy]`: a Discord that runs until Ctrl-C."""

import argparse
import asyncio
import contextlib
import signal

from tests.discord_sim.model import ChannelType
from tests.discord_sim.page import Page
from tests.discord_sim.sim import DiscordSim


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.discord_sim", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of API and gateway; 0: a free one")
    parser.add_argument("--page", action="store_true", help="serve a page that shows the channel")
    parser.add_argument("--page-port", type=int, default=0, help="of the page; 0: a free one")
    parser.add_argument("--toy", action="store_true", help="run a small bot, to try the page")
    parser.add_argument("--name", default="Muster", help="of the bot's account")
    return parser.parse_args()


def people(sim: DiscordSim) -> None:
    """Somebody to be, some channels to be in."""
    setup, guild = sim.setup, sim.guild
    admin = setup.member(guild, "admin")
    setup.make_admin(guild, admin).color = 0xF0B132
    players = setup.role(guild, "players", color=0x57F287, position=5)
    for name in ("Ada", "Björn", "Zoë"):
        setup.member(guild, name, players)
    stats = setup.channel(guild, "stats")
    setup.thread(stats, "yesterday's session")
    setup.channel(guild, "Lobby", ChannelType.VOICE)


def describe(sim: DiscordSim, page: Page | None) -> str:
    channels = "\n".join(f"  #{c.name:<20} {c.id}" for c in sim.guild.channels.values())
    users = "\n".join(f"  {m.user.name:<21} {m.user.id}" for m in sim.guild.members.values() if not m.user.bot)
    variables = "\n".join(f"export {name}={value}" for name, value in sim.environment.items())
    shown = f"\nThe page: {page.url}" if page else ""
    return f"{variables}\n\nguild {sim.guild.name!r}: {sim.guild.id}\n{channels}\n{users}\n{shown}"


async def run(options: argparse.Namespace) -> None:
    sim = DiscordSim(port=options.port)
    sim.bot.rename(options.name)
    people(sim)
    page = Page(sim) if options.page else None
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(sim)
        if page is not None:
            await page.start(options.page_port)
            stack.push_async_callback(page.stop)
        print(describe(sim, page), "Ctrl-C ends it.", sep="\n", flush=True)
        if options.toy:
            from tests.discord_sim.client import pointed_at, running
            from tests.discord_sim.toy import Toy

            stack.enter_context(pointed_at(sim))
            await stack.enter_async_context(running(Toy(), sim.token))
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(run(arguments()))
