"""REST: answers to interactions, their edits, follow-ups."""

import time

from tests.discord_sim import payload
from tests.discord_sim.api import Call, Routes
from tests.discord_sim.compose import Composer
from tests.discord_sim.errors import UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, ApiError, Problems
from tests.discord_sim.interactions import Callback, Interaction, Kind, metadata
from tests.discord_sim.model import EPHEMERAL, LOADING, Message
from tests.discord_sim.rest_messages import composer
from tests.discord_sim.validate_commands import check_choices
from tests.discord_sim.wire import Json

routes = Routes()
WEBHOOK = "/webhooks/{webhook}/{token}"


@routes("POST", "/interactions/{interaction}/{token}/callback", needs_token=False)
def callback(call: Call) -> Json | None:
    interaction = call.core.interactions.to_answer(call.id("interaction"), call.path["token"])
    kind = _kind(call, interaction)
    data: Json = call.body.get("data") or {}
    match kind:
        case Callback.MESSAGE:
            _respond(call, interaction, composer(call), data)
        case Callback.DEFER:
            flags = LOADING | (int(data.get("flags") or 0) & EPHEMERAL)
            _publish(call, interaction, _answer(call, interaction, flags))
        case Callback.DEFER_UPDATE:
            interaction.response = interaction.source
        case Callback.UPDATE:
            assert interaction.source is not None
            composer(call).change(interaction.source, data, call.files)
            interaction.response = call.core.feed.update(interaction.source)
        case Callback.CHOICES:
            interaction.choices = _choices(interaction, data)
        case Callback.MODAL:
            interaction.modal = _modal(data)
    interaction.callback = kind
    interaction.answered_after = time.monotonic() - interaction.began
    interaction.changed()
    if call.query.get("with_response") not in {"1", "true"}:
        return None
    return _callback_body(call, interaction, kind)


def _kind(call: Call, interaction: Interaction) -> Callback:
    problems = Problems()
    number = call.body.get("type")
    fits = {
        Kind.COMMAND: {4, 5, 9},
        Kind.AUTOCOMPLETE: {8},
        Kind.COMPONENT: {4, 5, 6, 7, 9},
        Kind.MODAL: {4, 5, 6, 7} if interaction.source is not None else {4, 5},
    }[interaction.kind]
    if number not in fits:
        problems.add(["type"], "BASE_TYPE_CHOICES", f"Value must be one of {fits}.")
    problems.raise_any()
    return Callback(int(number or 0))


def _respond(call: Call, interaction: Interaction, made_by: Composer, data: Json) -> None:
    message = made_by.new(interaction.channel, call.core.world.bot, data, call.files, interaction=True)
    _publish(call, interaction, _dress(call, interaction, message))


def _answer(call: Call, interaction: Interaction, flags: int) -> Message:
    channel, world = interaction.channel, call.core.world
    message = Message(world.ids.now(), channel.id, channel.guild_id, world.bot, flags=flags)
    return _dress(call, interaction, message)


def _dress(call: Call, interaction: Interaction, message: Message) -> Message:
    """What every answer carries: who asked, and by what."""
    message.webhook_id = call.core.world.application_id
    message.interaction = metadata(interaction)
    message.type = 20 if interaction.kind is Kind.COMMAND else 0
    if interaction.source is not None and not interaction.source.ephemeral:
        message.type, message.reply_to = 19, interaction.source.id
    if message.flags & EPHEMERAL:
        message.seen_by = interaction.user.id
    return message


def _publish(call: Call, interaction: Interaction, message: Message) -> None:
    interaction.response = call.core.feed.create(message)


def _choices(interaction: Interaction, data: Json) -> list[Json]:
    problems = Problems()
    choices = data.get("choices") or []
    check_choices(problems, ["data", "choices"], choices, _focused_type(interaction.data["options"]))
    problems.raise_any()
    return list(choices)


def _focused_type(options: list[Json]) -> int:
    for option in options:
        if option.get("focused"):
            return int(option["type"])
        if option.get("options"):
            return _focused_type(option["options"])
    return 3


def _modal(data: Json) -> Json:
    problems = Problems()
    problems.length(["data", "title"], data.get("title") or "", 1, 45)
    problems.length(["data", "custom_id"], data.get("custom_id") or "", 1, 100)
    problems.length(["data", "components"], data.get("components") or [], 1, 5)
    problems.raise_any()
    return data


def _callback_body(call: Call, interaction: Interaction, kind: Callback) -> Json:
    about: Json = {"id": str(interaction.id), "type": int(interaction.kind)}
    body: Json = {"interaction": about}
    if kind in {Callback.MESSAGE, Callback.DEFER, Callback.UPDATE} and interaction.response is not None:
        message = interaction.response
        about |= {"response_message_id": str(message.id), "response_message_loading": message.loading}
        about["response_message_ephemeral"] = message.ephemeral
        body["resource"] = {"type": int(kind), "message": payload.message(message, call.core.world)}
    return body


# Follow-ups


@routes("POST", WEBHOOK, needs_token=False)
def follow_up(call: Call) -> Json | None:
    """A further message; the first one after a deferral takes the place of "thinking"."""
    interaction = _interaction(call)
    core, original = call.core, interaction.response
    if original is not None and original.loading:
        message = _fill(call, original)
    else:
        made = composer(call).new(interaction.channel, core.world.bot, call.body, call.files, interaction=True)
        message = _dress(call, interaction, made)
        if original is not None and not original.ephemeral:
            message.type, message.reply_to = 19, original.id
        core.feed.create(message)
    interaction.followups.append(message)
    interaction.changed()
    return payload.message(message, core.world) if call.query.get("wait") in {"1", "true"} else None


def _fill(call: Call, original: Message) -> Message:
    """Put what came into a deferred answer. Whether it is ephemeral was decided by the deferral."""
    body = call.body | {"flags": (call.body.get("flags") or 0) & ~EPHEMERAL}
    composer(call).change(original, body, call.files)
    original.flags &= ~LOADING
    return call.core.feed.update(original, edited=False)


@routes("GET", WEBHOOK + "/messages/{message}", needs_token=False)
def get_answer(call: Call) -> Json:
    return payload.message(_found(call, _interaction(call)), call.core.world)


@routes("PATCH", WEBHOOK + "/messages/{message}", needs_token=False)
def edit_answer(call: Call) -> Json:
    interaction = _interaction(call)
    message = _found(call, interaction)
    if message.loading:
        _fill(call, message)
    else:
        composer(call).change(message, call.body, call.files)
        call.core.feed.update(message)
    interaction.changed()
    return payload.message(message, call.core.world)


@routes("DELETE", WEBHOOK + "/messages/{message}", needs_token=False)
def delete_answer(call: Call) -> None:
    interaction = _interaction(call)
    message = _found(call, interaction)
    call.core.feed.delete(message)
    if interaction.response is message:
        interaction.response = None
    interaction.changed()


def _interaction(call: Call) -> Interaction:
    if call.id("webhook") != call.core.world.application_id:
        raise ApiError(*UNKNOWN_WEBHOOK)
    return call.core.interactions.to_follow(call.path["token"])


def _found(call: Call, interaction: Interaction) -> Message:
    """The original response, or a follow-up by its id."""
    if call.path["message"] == "@original":
        if interaction.response is None:
            raise ApiError(*UNKNOWN_MESSAGE)
        return interaction.response
    wanted = call.id("message")
    known = [message for message in (interaction.response, *interaction.followups) if message is not None]
    for message in known:
        if message.id == wanted:
            return message
    raise ApiError(*UNKNOWN_MESSAGE)
