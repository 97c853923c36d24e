"""An interaction from the user's press to the last follow-up, and who may still answer it."""

import secrets
import time
from dataclasses import dataclass, field
from enum import IntEnum

from tests.discord_sim import payload
from tests.discord_sim.errors import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK, ApiError
from tests.discord_sim.model import Channel, Message, User
from tests.discord_sim.settings import Settings
from tests.discord_sim.signals import Signal
from tests.discord_sim.wire import Json
from tests.discord_sim.world import World


class Kind(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Callback(IntEnum):
    MESSAGE = 4
    DEFER = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(eq=False)
class Interaction:
    """What a test holds after a user did something: wait on it, look at what came of it."""

    id: int
    token: str
    kind: Kind
    user: User
    channel: Channel
    data: Json
    source: Message | None = None  # the message of the button or menu
    began: float = field(default_factory=time.monotonic)
    answered_after: float | None = None  # seconds until the first answer, a deferral included
    finished_after: float | None = None  # seconds until there was something to read
    callback: Callback | None = None
    response: Message | None = None  # the original response; for UPDATE the message of the component
    followups: list[Message] = field(default_factory=list)
    choices: list[Json] | None = None
    modal: Json | None = None
    signal: Signal = field(default_factory=Signal)
    revision: int = field(init=False)  # of the source, when the user acted

    def __post_init__(self) -> None:
        self.revision = self.source.revision if self.source is not None else 0

    @property
    def ephemeral(self) -> bool:
        return self.response is not None and self.response.ephemeral

    @property
    def finished(self) -> bool:
        """Whether the user has got something: a message that is not "thinking", choices, a form, an update."""
        if self.callback in {None, Callback.DEFER_UPDATE}:
            changed = self.source is not None and self.source.revision > self.revision
            return bool(self.followups) or (self.response is not None and changed)
        if self.response is None and self.followups:
            return True  # the "thinking" was taken back
        return self.callback in {Callback.CHOICES, Callback.MODAL, Callback.UPDATE} or (
            self.response is not None and not self.response.loading
        )

    async def answered(self, within: float = 5.0) -> "Interaction":
        await self.signal.until(lambda: self.callback, within, f"an answer to {self.describe()}")
        return self

    async def done(self, within: float = 5.0) -> "Interaction":
        """Wait until there is something to read."""
        await self.signal.until(lambda: self.finished, within, f"a finished answer to {self.describe()}")
        return self

    async def followup(self, number: int = 0, within: float = 5.0) -> Message:
        def look() -> Message | None:
            return self.followups[number] if len(self.followups) > number else None

        return await self.signal.until(look, within, f"follow-up {number} to {self.describe()}")

    def describe(self) -> str:
        return f"{self.kind.name.lower()} {self.data.get('name') or self.data.get('custom_id')} of {self.user.name}"

    def changed(self) -> None:
        if self.finished and self.finished_after is None:
            self.finished_after = time.monotonic() - self.began
        self.signal.fire()


class Interactions:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.all: list[Interaction] = []
        self._by_token: dict[str, Interaction] = {}

    def open(
        self, world: World, kind: Kind, user: User, channel: Channel, data: Json, source: Message | None = None
    ) -> Interaction:
        made = Interaction(world.ids.now(), secrets.token_urlsafe(24), kind, user, channel, data, source)
        self.all.append(made)
        self._by_token[made.token] = made
        return made

    def to_answer(self, interaction_id: int, token: str) -> Interaction:
        """The interaction of a callback: known, in time, not answered yet."""
        found = self._by_token.get(token)
        if found is None or found.id != interaction_id:
            raise ApiError(*UNKNOWN_INTERACTION)
        if found.callback is not None:
            raise ApiError(*ALREADY_ACKNOWLEDGED)
        if time.monotonic() - found.began > self.settings.interaction_deadline:
            raise ApiError(*UNKNOWN_INTERACTION)
        return found

    def to_follow(self, token: str) -> Interaction:
        """The interaction of a follow-up or an edit: answered, and not older than 15 minutes."""
        found = self._by_token.get(token)
        if found is None or found.callback is None:
            raise ApiError(*UNKNOWN_WEBHOOK)
        if time.monotonic() - found.began > self.settings.interaction_lifetime:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return found


def event(one: Interaction, world: World) -> Json:
    """INTERACTION_CREATE."""
    guild = world.guild_of(one.channel)
    out: Json = {
        "id": str(one.id),
        "application_id": str(world.application_id),
        "type": int(one.kind),
        "data": one.data,
        "token": one.token,
        "version": 1,
        "channel_id": str(one.channel.id),
        "channel": payload.channel(one.channel) | {"permissions": payload.rights(world, one.channel, one.user)},
        "app_permissions": payload.rights(world, one.channel, world.bot),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild.id) if guild else "0"},
        "context": 0 if guild else 1,
        "attachment_size_limit": 10 * 1024 * 1024,
    }
    if one.source is not None:
        out["message"] = payload.message(one.source, world)
    if guild is None:
        return out | {"user": one.user.json()}
    member = payload.member(guild.members[one.user.id])
    member["permissions"] = payload.rights(world, one.channel, one.user)
    out |= {"guild_id": str(guild.id), "guild_locale": "en-US", "member": member}
    return out | {"guild": {"id": str(guild.id), "locale": "en-US", "features": []}}


def metadata(one: Interaction) -> Json:
    """`interaction_metadata` of the messages that answer it."""
    out: Json = {"id": str(one.id), "type": int(one.kind), "user": one.user.json()}
    out["authorizing_integration_owners"] = {"0": str(one.channel.guild_id or 0)}
    if one.kind is Kind.COMMAND:
        out["name"] = one.data["name"]  # not documented, shown by clients as "used /name"
    return out
