"""Waiting for what the bot writes, and reading a channel as text."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.discord_sim.core import Core
from tests.discord_sim.model import Channel, Message, User
from tests.discord_sim.signals import Signal

Where = Callable[[Message], bool]


@dataclass(slots=True)
class Mark:
    """A moment: what is written after it has a place in the list above this number."""

    number: int


class Watch:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._seen: list[Message] = []  # everything of the bot, ephemeral too, in order of its making
        self._signal = Signal()
        core.feed.watchers.append(self._take)

    def mark(self) -> Mark:
        """Now; for `message(since=…)`."""
        return Mark(len(self._seen))

    async def message(
        self,
        where: Where | str | None = None,
        *,
        channel: Channel | None = None,
        since: Mark | Message | None = None,
        within: float = 5.0,
    ) -> Message:
        """The bot's first message that fits and is not "thinking", now or within the time.

        `where`: a predicate, or a text it contains. `since`: what was there before does not count; by default
        nothing that is there already does.
        """
        start = self._start(since)

        def look() -> Message | None:
            return next((m for m in self._seen[start:] if self._fits(m, where, channel)), None)

        return await self._signal.until(look, within, f"a message of the bot like {where!r}")

    async def messages(
        self,
        count: int,
        where: Where | str | None = None,
        *,
        channel: Channel | None = None,
        since: Mark | Message | None = None,
        within: float = 10.0,
    ) -> list[Message]:
        """As soon as there are so many that fit: all of them."""
        start = self._start(since)

        def look() -> list[Message] | None:
            found = [m for m in self._seen[start:] if self._fits(m, where, channel)]
            return found if len(found) >= count else None

        return await self._signal.until(look, within, f"{count} messages of the bot like {where!r}")

    async def edited(self, message: Message, where: Where | str | None = None, *, within: float = 5.0) -> Message:
        """Wait until a message has been edited (and fits)."""
        before = message.revision

        def look() -> Message | None:
            return message if message.revision > before and self._fits(message, where, None) else None

        return await self._signal.until(look, within, f"an edit like {where!r}")

    async def until(self, condition: Callable[[], bool], within: float = 5.0, what: str = "the condition") -> None:
        """Wait until a condition on the world holds; looked at whenever a message comes, changes or goes."""
        await self._signal.until(lambda: condition() or None, within, what)

    def by_bot(self, channel: Channel | None = None) -> list[Message]:
        """Everything the bot wrote, ephemeral answers too."""
        return [m for m in self._seen if channel is None or m.channel_id == channel.id]

    def transcript(self, channel: Channel, last: int = 50, *, viewer: User | None = None) -> str:
        """The channel as text; ephemeral messages too (only the viewer's, if one is named)."""
        world = self._core.world
        hidden = [m for m in world.hidden.values() if m.channel_id == channel.id]
        if viewer is not None:
            hidden = [m for m in hidden if m.seen_by == viewer.id]
        shown = sorted([*world.history(channel.id), *hidden], key=lambda m: m.id)[-last:]
        return "\n".join(line(message) for message in shown)

    def _start(self, since: Mark | Message | None) -> int:
        if isinstance(since, Mark):
            return since.number
        if isinstance(since, Message):
            return next((n for n, m in enumerate(self._seen) if m.id > since.id), len(self._seen))
        return len(self._seen)

    def _take(self, what: str, message: Message) -> None:
        if what == "create" and message.author is self._core.world.bot:
            self._seen.append(message)
        self._signal.fire()

    @staticmethod
    def _fits(message: Message, where: Where | str | None, channel: Channel | None) -> bool:
        if message.loading or (channel is not None and message.channel_id != channel.id):
            return False
        if isinstance(where, str):
            return where in message.text
        return where is None or where(message)


def line(message: Message) -> str:
    """One message of a transcript."""
    notes = [f"{a.filename} ({len(a.data)} bytes)" for a in message.attachments]
    notes += ["edited"] * (message.edited_at is not None) + ["only one sees it"] * message.ephemeral
    notes += ["thinking"] * message.loading
    text = message.text.replace("\n", "\n    ")
    return f"{message.created_at:%H:%M:%S} {message.author.name}: {text}" + "".join(f" <{note}>" for note in notes)
