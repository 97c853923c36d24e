"""REST: messages, reactions, typing, and reading a channel's history."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from tests.discord_sim import payload
from tests.discord_sim.api import Call, Routes
from tests.discord_sim.compose import Composer
from tests.discord_sim.errors import (
    BULK_COUNT,
    BULK_TOO_OLD,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NOT_TEXT,
    NOT_YOURS,
    THREAD_ARCHIVED,
    UNKNOWN_MESSAGE,
    ApiError,
    Problems,
)
from tests.discord_sim.events import MESSAGE_CONTENT
from tests.discord_sim.model import Channel, ChannelType, Message
from tests.discord_sim.permissions import P
from tests.discord_sim.wire import Json, iso, time_of

routes = Routes()
MESSAGES = "/channels/{channel}/messages"
ONE = MESSAGES + "/{message}"
NO_MESSAGES = {ChannelType.CATEGORY, ChannelType.FORUM}


def composer(call: Call) -> Composer:
    return Composer(call.core.world, call.core.cdn_base)


def shown(call: Call, message: Message) -> Json:
    """A message as the app may read it."""
    core = call.core
    full = payload.message(message, core.world)
    own = message.author is core.world.bot or message.guild_id is None or core.world.bot.id in message.mentions
    return full if own or core.settings.enabled_intents & MESSAGE_CONTENT else payload.without_content(full)


@routes("GET", MESSAGES)
def list_messages(call: Call) -> list[Json]:
    channel = call.channel()
    given = [name for name in ("before", "after", "around") if name in call.query]
    limit = call.number("limit", 50)
    problems = Problems()
    problems.number(["limit"], limit, 1, 100)
    if len(given) > 1:
        problems.add([given[1]], "BASE_TYPE_EXCLUSIVE", "before, after and around are mutually exclusive")
    problems.raise_any()
    if not call.core.world.rights(channel, call.core.world.bot) & P.READ_MESSAGE_HISTORY:
        return []
    history = call.core.world.history(channel.id)
    page = getattr(history, given[0])(call.number(given[0], 0), limit) if given else history.latest(limit)
    return [shown(call, message) for message in page]


@routes("GET", ONE)
def get_message(call: Call) -> Json:
    return shown(call, _message(call, call.channel(P.READ_MESSAGE_HISTORY)))


@routes("POST", MESSAGES)
def create_message(call: Call) -> Json:
    core = call.core
    channel = call.channel(P.SEND_MESSAGES)
    if channel.type in NO_MESSAGES:
        raise ApiError(*NOT_TEXT)
    nonce = call.body.get("nonce")
    known = core.nonces.find(core.world.bot.id, nonce) if nonce is not None else None
    if known is not None and call.body.get("enforce_nonce"):
        core.truth.deduplicated.append(known[1])
        message = core.world.message(*known)  # deleted since: 10008, as the real one answers
        return payload.message(message, core.world) | {"nonce": nonce}
    message = composer(call).new(channel, core.world.bot, call.body, call.files)
    message.nonce = nonce
    _reply(call, channel, message)
    if channel.archived:
        channel.archived = False  # a message wakes a thread
        core.feed.tell("THREAD_UPDATE", payload.channel(channel), channel)
    if nonce is not None:
        core.nonces.remember(core.world.bot.id, nonce, channel.id, message.id)
    core.feed.create(message)
    return payload.message(message, core.world) | ({} if nonce is None else {"nonce": nonce})


def _reply(call: Call, channel: Channel, message: Message) -> None:
    reference = call.body.get("message_reference")
    if not reference:
        return
    known = call.core.world.history(channel.id).get(int(reference["message_id"]))
    if known is None and reference.get("fail_if_not_exists", True):
        problems = Problems()
        problems.add(["message_reference"], "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        problems.raise_any()
    if known is not None:
        message.reply_to, message.type = known.id, 19
        composer(call).mention(message, channel)


@routes("PATCH", ONE)
def edit_message(call: Call) -> Json:
    core = call.core
    message = _message(call, call.channel())
    if message.author is not core.world.bot:
        raise ApiError(*NOT_YOURS)
    if core.world.channels[message.channel_id].archived:
        raise ApiError(*THREAD_ARCHIVED)
    composer(call).change(message, call.body, call.files)
    core.feed.update(message)
    return payload.message(message, core.world)


@routes("DELETE", ONE)
def delete_message(call: Call) -> None:
    channel = call.channel()
    message = _message(call, channel)
    if message.author is not call.core.world.bot:
        _needs(call, channel, P.MANAGE_MESSAGES)
    call.core.feed.delete(message)


@routes("POST", MESSAGES + "/bulk-delete")
def bulk_delete(call: Call) -> None:
    channel = call.channel(P.MANAGE_MESSAGES)
    ids = [int(number) for number in call.body.get("messages") or ()]
    if not 2 <= len(ids) <= 100:
        raise ApiError(*BULK_COUNT)
    if any(time_of(number) < datetime.now(UTC) - timedelta(days=14) for number in ids):
        raise ApiError(*BULK_TOO_OLD)
    history = call.core.world.history(channel.id)
    call.core.feed.delete_many(channel, [m for m in map(history.get, dict.fromkeys(ids)) if m is not None])


@routes("POST", "/channels/{channel}/typing")
def typing(call: Call) -> None:
    channel = call.channel(P.SEND_MESSAGES)
    data = {"channel_id": str(channel.id), "user_id": str(call.core.world.bot.id)}
    data["timestamp"] = str(int(datetime.now(UTC).timestamp()))
    if channel.guild_id is not None:
        data["guild_id"] = str(channel.guild_id)
    call.core.feed.tell("TYPING_START", data, channel)


@routes("PUT", ONE + "/reactions/{emoji}/@me")
def add_reaction(call: Call) -> None:
    message = _message(call, call.channel(P.ADD_REACTIONS, P.READ_MESSAGE_HISTORY))
    call.core.feed.react(message, call.core.world.bot, unquote(call.path["emoji"]), add=True)


@routes("DELETE", ONE + "/reactions/{emoji}/@me")
def remove_reaction(call: Call) -> None:
    message = _message(call, call.channel())
    call.core.feed.react(message, call.core.world.bot, unquote(call.path["emoji"]), add=False)


@routes("GET", ONE + "/reactions/{emoji}")
def list_reactions(call: Call) -> list[Json]:
    message = _message(call, call.channel(P.READ_MESSAGE_HISTORY))
    users = (message.reactions or {}).get(unquote(call.path["emoji"]), [])
    return [call.core.world.users[user].json() for user in users[: call.number("limit", 25)]]


@routes("GET", MESSAGES + "/pins")
def list_pins(call: Call) -> Json:
    pinned = [m for m in call.core.world.history(call.channel(P.READ_MESSAGE_HISTORY).id) if m.pinned]
    items = [{"pinned_at": iso(m.created_at), "message": shown(call, m)} for m in reversed(pinned)]
    return {"items": items[: call.number("limit", 50)], "has_more": False}


@routes("PUT", MESSAGES + "/pins/{message}")
def pin(call: Call) -> None:
    message = _message(call, call.channel(P.MANAGE_MESSAGES))
    message.pinned = True
    call.core.feed.update(message, edited=False)


@routes("DELETE", MESSAGES + "/pins/{message}")
def unpin(call: Call) -> None:
    message = _message(call, call.channel(P.MANAGE_MESSAGES))
    message.pinned = False
    call.core.feed.update(message, edited=False)


def _message(call: Call, channel: Channel) -> Message:
    message = call.core.world.message(channel.id, call.id("message"))
    if message.ephemeral:
        raise ApiError(*UNKNOWN_MESSAGE)  # reached by the interaction's token only
    return message


def _needs(call: Call, channel: Channel, permission: P) -> None:
    rights = call.core.world.rights(channel, call.core.world.bot)
    if not rights & permission:
        raise ApiError(*(MISSING_PERMISSIONS if rights else MISSING_ACCESS))
