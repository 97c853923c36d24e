"""`make demo-discord` as a program: somebody opens the page, types a command, sees the answer with its picture."""

import asyncio
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.conftest import ROOT

PNG = b"\x89PNG\r\n\x1a\n"


class Visitor:
    """Somebody at the page."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._channels: dict[str, str] = {}

    async def state(self, channel: str = "general") -> dict[str, Any]:
        """What the page shows of a channel."""
        async with self._http.get(f"{self._url}state", params={"channel": self._channels.get(channel, "0")}) as answer:
            found: dict[str, Any] = await answer.json()
        self._channels = {each["name"]: each["id"] for each in found["channels"]}
        return found

    async def say(self, words: str, channel: str = "general") -> None:
        """Types a message."""
        state = await self.state(channel)
        user = next(each["user"]["id"] for each in state["members"] if each["user"]["username"] == "Ada")
        body = {"channel": self._channels[channel], "user": user, "content": words}
        async with self._http.post(f"{self._url}say", json=body) as answer:
            assert await answer.json() == {}

    async def of_the_bot(self, channel: str, what: str, within: float = 30.0) -> dict[str, Any]:
        """The first message of the bot there that has something in it."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            state = await self.state(channel)
            for message in state["messages"]:
                if message["author"].get("bot") and what in str(message["embeds"]):
                    return message  # type: ignore[no-any-return]
            await asyncio.sleep(0.1)
        raise AssertionError(f"nothing like {what!r} in #{channel}: {state['messages']}")

    async def picture(self, url: str) -> bytes:
        """What is behind a link of a message, by the page's own address."""
        path = re.sub(r"^https?://[^/]+/", self._url, url)
        async with self._http.get(path) as answer:
            assert answer.status == 200
            return await answer.read()


@asynccontextmanager
async def demo(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, asyncio.StreamReader]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.app.demo_discord", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def address(said: asyncio.StreamReader) -> str:
    """Where the page is, as the program says when everything is there."""
    async with asyncio.timeout(60):
        lines = []
        while line := (await said.readline()).decode():
            lines.append(line)
            if line.startswith("Open "):
                return line.split()[1]
    raise AssertionError("".join(lines))


async def test_somebody_without_a_token(tmp_path: Path) -> None:
    async with (
        demo("--port", "0", "--nights", "2", "--every", "1", "--keep", str(tmp_path)) as (process, said),
        aiohttp.ClientSession() as http,
    ):
        visitor = Visitor(http, await address(said))
        await visitor.say("!last_session")
        answer = await visitor.of_the_bot("general", "Session of")
        assert (await visitor.picture(answer["embeds"][-1]["image"]["url"])).startswith(PNG)
        await visitor.of_the_bot("stats", "round-1.txt")
        process.send_signal(signal.SIGINT)
        rest = (await asyncio.wait_for(said.read(), 20)).decode()
        assert (await process.wait(), rest.splitlines()[-1]) == (0, "Stopped.")
        assert "Traceback" not in rest + (tmp_path / "muster.log").read_text()
        assert "stopped; everything is stored" in (tmp_path / "muster.log").read_text()


async def test_a_port_that_is_taken() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with demo("--port", str(server.sockets[0].getsockname()[1])) as (process, said):
        words = (await asyncio.wait_for(said.read(), 20)).decode()
        assert await process.wait() == 1
    assert "choose another with --port" in words
    assert "Traceback" not in words
    server.close()
    await server.wait_closed()
