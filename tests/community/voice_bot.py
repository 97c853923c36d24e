"""A bot that counts voice, as a process of its own whose clock is a file: `python -m tests.community.voice_bot`.

Arguments: API base, token, URL of the database, the clock's file (milliseconds since 1970).
"""

import asyncio
import signal
import sys
from pathlib import Path

from pydantic import SecretStr

from muster.bot import endpoint
from muster.bot.online import Online
from muster.community.days import DayRule
from muster.community.voice import VoiceCounter
from muster.config import Settings
from muster.store.engine import Store, parse_url
from tests.discord_sim.client import QUICK


async def main(api_base: str, token: str, url: str, clock: Path) -> None:
    settings = Settings(discord_token=SecretStr(token), discord_api_base=api_base, _env_file=None)  # type: ignore[call-arg]
    endpoint.use(api_base)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Store(parse_url(url)) as store:
        counter = VoiceCounter(store, lambda *_: DayRule(), now=lambda: int(clock.read_text()), gather=0.01, beat=0.05)
        online = Online(settings, store, None, counter, **QUICK)
        await asyncio.gather(online.run(stop), counter.run(stop))


if __name__ == "__main__":
    api_base, token, url, clock = sys.argv[1:]
    asyncio.run(main(api_base, token, url, Path(clock)))
