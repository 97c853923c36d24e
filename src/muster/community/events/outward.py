"""What is done outside the database: by whom, how often it is tried, and when it is given up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from muster.model.chat import Message, Platform
from muster.pipelines.values import Outward, Pipeline

PAUSE = 0.5
"""Seconds before the second attempt; twice as long before each further one."""

MOST_TEXT = 8_000
"""Characters of a message that are sent on."""


class ActionFailed(Exception):
    """An action could not be done. `again`: another attempt may help."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


class Hands(Protocol):
    """Who does it. Every method raises ActionFailed."""

    async def add_role(self, message: Message, role: int) -> None:
        """Gives the author of a message a role."""

    async def send(self, url: str, body: bytes, name: str) -> None:
        """Sends JSON to an address. `name` is the same for the same event, however often it is sent."""


async def attempt(action: Outward, do: Callable[[], Awaitable[None]], pause: float = PAUSE) -> None:
    """Does something within the action's time, as often as it allows. Raises ActionFailed in the end."""
    for number in range(action.retries + 1):
        try:
            async with asyncio.timeout(action.timeout):
                await do()
                return
        except TimeoutError:
            failed = ActionFailed(f"it took longer than {action.timeout:g} s", again=True)
        except ActionFailed as error:
            failed = error
        if not failed.again or number == action.retries:
            raise failed
        await asyncio.sleep(pause * 2**number)


def link(message: Message) -> str:
    """Where a message can be looked at; empty where its platform has no such place."""
    channel = message.channel
    if channel.community.platform is not Platform.DISCORD:
        return ""
    return f"https://discord.com/channels/{channel.community.key}/{channel.key}/{message.number}"


def name_of(pipeline: Pipeline, message: Message) -> str:
    """What an event is called: a pipeline and a message, once."""
    channel = message.channel
    return f"{pipeline.name}:{channel.community.platform.value}:{channel.key}:{message.number}"


def told(pipeline: Pipeline, message: Message) -> dict[str, object]:
    """An event as it is sent to others. Numbers of messages are text: they are greater than JavaScript's."""
    channel = message.channel
    return {
        "pipeline": pipeline.name,
        "platform": channel.community.platform.value,
        "community": {"id": channel.community.key, "name": channel.community.name},
        "channel": {"id": channel.key, "name": channel.name, "parent": channel.parent},
        "author": {"id": message.author.key, "name": message.author.name},
        "message": {
            "id": str(message.number),
            "sent_at": message.sent_at,
            "text": None if message.text is None else message.text[:MOST_TEXT].encode("utf-8", "replace").decode(),
            "reply_to": None if message.reply_to is None else str(message.reply_to),
            "mentions": message.mentions,
            "attachments": message.attachments,
        },
        "link": link(message),
    }
