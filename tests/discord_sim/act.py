"""What people do: write, edit, delete, type, run slash commands, press buttons, choose from menus, fill in forms.

Writing is synchronous: the event is on its way when the call returns. Interactions give an `Interaction` to wait on:

    run = await sim.act.slash(alice, channel, "player_stats", player="Bob").done()
    run.response.embeds
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.discord_sim.compose import Composer
from tests.discord_sim.core import Core
from tests.discord_sim.events import Event
from tests.discord_sim.interactions import Interaction, Kind, event
from tests.discord_sim.model import Channel, Message, User, walk
from tests.discord_sim.permissions import P
from tests.discord_sim.registry import CommandRefused
from tests.discord_sim.wire import Json

SYSTEM_TYPES = {"pin": 6, "join": 7, "boost": 8, "thread": 18}


class Act:
    def __init__(self, core: Core) -> None:
        self._core = core

    # Writing

    def post(
        self,
        channel: Channel,
        user: User,
        content: str = "",
        *,
        reply_to: Message | None = None,
        files: Mapping[str, bytes] | None = None,
        at: datetime | None = None,
        silent: bool = False,
    ) -> Message:
        """A user writes. `at`: a moment of the past, for history; `silent`: without an event (written before)."""
        core = self._core
        world, composer = core.world, Composer(core.world, core.cdn_base)
        number = world.ids.at(at) if at is not None else world.ids.now()
        message = Message(number, channel.id, channel.guild_id, user, content)
        if files:
            message.attachments = tuple(composer.file(channel, name, data) for name, data in files.items())
        if reply_to is not None:
            message.reply_to, message.type = reply_to.id, 19
        if "<@" in content or "@everyone" in content or "@here" in content or reply_to is not None:
            composer.mention(message, channel)
        if not silent:
            return core.feed.create(message)
        world.history(channel.id).add(message)
        core.truth.message(message, channel, world.bot.id)
        return message

    def webhook(self, channel: Channel, name: str, content: str) -> Message:
        """A webhook writes, as a bridge from another platform does."""
        number = self._core.world.ids.now()
        author = User(number, name, bot=True, webhook=True)
        return self._core.feed.create(
            Message(number + 1, channel.id, channel.guild_id, author, content, webhook_id=number)
        )

    def system(self, channel: Channel, user: User, what: str = "join") -> Message:
        """A system message: join, boost, pin or thread."""
        number = self._core.world.ids.now()
        return self._core.feed.create(Message(number, channel.id, channel.guild_id, user, type=SYSTEM_TYPES[what]))

    def direct(self, user: User, content: str) -> Message:
        """A direct message to the bot."""
        return self.post(self._core.world.direct_channel(user), user, content)

    def edit(self, message: Message, content: str) -> Message:
        message.content = content
        return self._core.feed.update(message)

    def delete(self, message: Message) -> None:
        self._core.feed.delete(message)

    def delete_many(self, messages: Sequence[Message]) -> None:
        """A moderator's bulk deletion, in one channel."""
        self._core.feed.delete_many(self._core.world.channels[messages[0].channel_id], messages)

    def react(self, message: Message, user: User, emoji: str, *, add: bool = True) -> None:
        self._core.feed.react(message, user, emoji, add=add)

    def typing(self, channel: Channel, user: User) -> None:
        data: Json = {"channel_id": str(channel.id), "user_id": str(user.id), "timestamp": 0}
        if channel.guild_id is not None:
            data["guild_id"] = str(channel.guild_id)
        self._core.feed.tell("TYPING_START", data, channel)

    async def flood(
        self, posts: Iterable[tuple[Channel, User, str]], rate: float, *, tick: float = 0.02
    ) -> list[Message]:
        """Write many messages at so many a second."""
        made: list[Message] = []
        loop = asyncio.get_running_loop()
        began = loop.time()
        for channel, user, content in posts:
            ahead = len(made) / rate - (loop.time() - began)
            if ahead > 0:
                await asyncio.sleep(max(ahead, tick))
            made.append(self.post(channel, user, content))
        return made

    # Interactions

    def slash(self, user: User, channel: Channel, command: str, /, **options: Any) -> Interaction:
        """Run a slash command, as `slash(alice, channel, "team stats", side="axis")`.

        Users, channels, roles and attachments are given as such. CommandRefused where a client would not send it.
        """
        found = self._core.registry.find(self._core.world.guild_of(channel), command)
        needed = found.command.get("default_member_permissions")
        rights = self._core.world.rights(channel, user)
        if not rights & P.USE_APPLICATION_COMMANDS or (needed and int(needed) & ~rights):
            raise CommandRefused(f"{user.name} may not use /{command}")
        return self._open(Kind.COMMAND, user, channel, self._core.registry.data(found, options))

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        command: str,
        focused: str,
        typed: str,
        /,
        within: float = 5.0,
        **options: Any,
    ) -> list[Json]:
        """The choices ({name, value}) the bot offers for what is typed so far into the option `focused`."""
        found = self._core.registry.find(self._core.world.guild_of(channel), command)
        option = next((o for o in found.options if o["name"] == focused), None)
        if option is None or not option.get("autocomplete"):
            raise CommandRefused(f"/{command} has no option {focused} with autocomplete")
        data = self._core.registry.data(found, options | {focused: typed}, focused)
        asked = await self._open(Kind.AUTOCOMPLETE, user, channel, data).answered(within)
        return asked.choices or []

    def click(self, user: User, message: Message, button: str | int = 0) -> Interaction:
        """Press a button: by its label, its custom id, or its place among the buttons."""
        buttons = [c for c in walk(message.components) if c["type"] == 2]
        found = _pick(
            buttons, button, lambda c: {c.get("label"), c.get("custom_id"), (c.get("emoji") or {}).get("name")}
        )
        if found.get("disabled"):
            raise CommandRefused(f"the button {button!r} is disabled")
        if "custom_id" not in found:
            raise CommandRefused(f"the button {button!r} is a link")
        self._visible(user, message)
        data = {"custom_id": found["custom_id"], "component_type": 2, "id": found["id"]}
        return self._open(Kind.COMPONENT, user, self._core.world.channels[message.channel_id], data, message)

    def choose(self, user: User, message: Message, *values: str, menu: str | int = 0) -> Interaction:
        """Choose from a menu, by labels or values; `menu`: its custom id, placeholder or place among the menus."""
        menus = [c for c in walk(message.components) if c["type"] == 3]
        found = _pick(menus, menu, lambda c: {c.get("custom_id"), c.get("placeholder")})
        if found.get("disabled"):
            raise CommandRefused(f"the menu {menu!r} is disabled")
        options = found["options"]
        chosen = [_pick(options, value, lambda o: {o["label"], o["value"]})["value"] for value in values]
        if not found.get("min_values", 1) <= len(chosen) <= found.get("max_values", 1):
            raise CommandRefused(f"the menu takes {found.get('min_values', 1)} to {found.get('max_values', 1)} values")
        self._visible(user, message)
        data = {"custom_id": found["custom_id"], "component_type": 3, "id": found["id"], "values": chosen}
        return self._open(Kind.COMPONENT, user, self._core.world.channels[message.channel_id], data, message)

    def submit(self, form: Interaction, **values: str) -> Interaction:
        """Fill in the form an interaction answered with: texts by custom id."""
        if form.modal is None:
            raise CommandRefused("that interaction was not answered with a form")
        rows = [_filled(row, values) for row in form.modal["components"]]
        data = {"custom_id": form.modal["custom_id"], "components": rows}
        return self._open(Kind.MODAL, form.user, form.channel, data, form.source)

    def _open(self, kind: Kind, user: User, channel: Channel, data: Json, source: Message | None = None) -> Interaction:
        core = self._core
        made = core.interactions.open(core.world, kind, user, channel, data, source)

        def act() -> None:
            made.began = time.monotonic()
            core.gateway.dispatch(Event.of("INTERACTION_CREATE", event(made, core.world), channel.guild_id))

        wait = 0.0 if source is None else source.touched + core.settings.reaction_time - time.monotonic()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, act)
        else:
            act()
        return made

    def _visible(self, user: User, message: Message) -> None:
        if message.seen_by not in {None, user.id}:
            raise CommandRefused(f"{user.name} does not see that message")


def _pick(things: Sequence[Json], wanted: str | int, names: "Any") -> Json:
    if isinstance(wanted, int):
        if wanted < len(things):
            return things[wanted]
    else:
        for thing in things:
            if wanted in names(thing):
                return thing
    known = [sorted(str(name) for name in names(thing) if name) for thing in things]
    raise CommandRefused(f"no {wanted!r} there; there is {known}")


def _filled(row: Json, values: Mapping[str, str]) -> Json:
    """A row or label of a form with what was typed (or, of a menu, chosen)."""

    def one(component: Json) -> Json:
        kept = {"type": component["type"], "custom_id": component["custom_id"], "id": component.get("id", 0)}
        value = values.get(component["custom_id"], component.get("value") or "")
        return kept | ({"value": value} if component["type"] == 4 else {"values": [value] if value else []})

    if "component" in row:
        return {"type": row["type"], "id": row.get("id", 0), "component": one(row["component"])}
    if "components" in row:
        return {"type": row["type"], "id": row.get("id", 0), "components": [one(c) for c in row["components"]]}
    return row
