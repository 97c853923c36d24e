"""REST: the bot itself, guilds, members, roles, channels, threads."""

from datetime import UTC, datetime

from tests.discord_sim import payload
from tests.discord_sim.api import Call, Routes
from tests.discord_sim.errors import MISSING_ACCESS, MISSING_PERMISSIONS, UNKNOWN_ROLE, ApiError, Problems
from tests.discord_sim.events import MEMBERS
from tests.discord_sim.model import Channel, ChannelType, Guild, Member
from tests.discord_sim.permissions import P, in_guild
from tests.discord_sim.wire import Json

routes = Routes()


@routes("GET", "/users/@me")
def me(call: Call) -> Json:
    return payload.full_user(call.core.world.bot)


@routes("GET", "/users/{user}")
def user(call: Call) -> Json:
    return call.core.world.user(call.id("user")).json()


@routes("GET", "/users/@me/guilds")
def my_guilds(call: Call) -> list[Json]:
    bot, guilds = call.core.world.bot, call.core.world.guilds.values()
    return [
        {"id": str(g.id), "name": g.name, "owner": False, "permissions": str(in_guild(g, g.members[bot.id]))}
        for g in guilds
        if bot.id in g.members
    ]


@routes("POST", "/users/@me/channels")
def direct_channel(call: Call) -> Json:
    world = call.core.world
    return payload.channel(world.direct_channel(world.user(int(call.body["recipient_id"]))))


@routes("GET", "/applications/@me")
@routes("GET", "/oauth2/applications/@me")
def application(call: Call) -> Json:
    world = call.core.world
    owner = next((u for u in world.users.values() if not u.bot), world.bot)
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": call.core.settings.application_flags,
        "owner": owner.json(),
        "team": None,
        "bot": world.bot.json(),
        "approximate_guild_count": len(world.guilds),
        "interactions_endpoint_url": None,
        "integration_types_config": {"0": {}},
    }


@routes("GET", "/gateway", needs_token=False)
def gateway(call: Call) -> Json:
    return {"url": call.core.gateway.url}


@routes("GET", "/gateway/bot")
def gateway_bot(call: Call) -> Json:
    limit = {"total": 1000, "remaining": 1000 - call.core.gateway.counts["identifies"], "reset_after": 86_400_000}
    limit["max_concurrency"] = 1
    return {"url": call.core.gateway.url, "shards": call.core.settings.shards, "session_start_limit": limit}


# Guilds


@routes("GET", "/guilds/{guild}")
def guild(call: Call) -> Json:
    found = call.guild()
    out = payload.guild(found)
    if call.query.get("with_counts") in {"1", "true", "True"}:
        out["approximate_member_count"] = len(found.members)
        out["approximate_presence_count"] = sum(m.status != "offline" for m in found.members.values())
    return out


@routes("GET", "/guilds/{guild}/channels")
def guild_channels(call: Call) -> list[Json]:
    return [payload.channel(c) for c in call.guild().channels.values() if not c.is_thread]


@routes("GET", "/guilds/{guild}/roles")
def guild_roles(call: Call) -> list[Json]:
    return [payload.role(role) for role in call.guild().roles.values()]


@routes("GET", "/guilds/{guild}/members")
def guild_members(call: Call) -> list[Json]:
    found = call.guild()
    if not call.core.settings.enabled_intents & MEMBERS:
        raise ApiError(*MISSING_ACCESS)
    limit, after = call.number("limit", 1), call.number("after", 0)
    problems = Problems()
    problems.number(["limit"], limit, 1, 1000)
    problems.raise_any()
    chosen = sorted(number for number in found.members if number > after)[:limit]
    return [payload.member(found.members[number]) for number in chosen]


@routes("GET", "/guilds/{guild}/members/search")
def search_members(call: Call) -> list[Json]:
    wanted = call.query.get("query", "").lower()
    names = ((m, {m.user.name.lower(), (m.nick or "").lower()}) for m in call.guild().members.values())
    found = [m for m, known in names if any(name.startswith(wanted) for name in known if name)]
    return [payload.member(m) for m in found[: call.number("limit", 1)]]


@routes("GET", "/guilds/{guild}/members/{user}")
def guild_member(call: Call) -> Json:
    return payload.member(call.core.world.member(call.guild(), call.id("user")))


@routes("PUT", "/guilds/{guild}/members/{user}/roles/{role}")
def add_role(call: Call) -> None:
    _change_role(call, add=True)


@routes("DELETE", "/guilds/{guild}/members/{user}/roles/{role}")
def remove_role(call: Call) -> None:
    _change_role(call, add=False)


def _change_role(call: Call, *, add: bool) -> None:
    found, core = call.guild(), call.core
    bot = found.members[core.world.bot.id]
    role = found.roles.get(call.id("role"))
    if role is None:
        raise ApiError(*UNKNOWN_ROLE)
    highest = max(r.position for r in found.roles_of(bot))
    if not in_guild(found, bot) & P.MANAGE_ROLES or role.position >= highest:
        raise ApiError(*MISSING_PERMISSIONS)
    member: Member = core.world.member(found, call.id("user"))
    (member.roles.add if add else member.roles.discard)(role.id)
    member.changed()
    core.world.permissions_changed()
    core.feed.tell_guild("GUILD_MEMBER_UPDATE", payload.member(member) | {"guild_id": str(found.id)}, found)


# Channels and threads


@routes("GET", "/channels/{channel}")
def channel(call: Call) -> Json:
    return payload.channel(call.channel())


@routes("POST", "/channels/{channel}/threads")
def create_thread(call: Call) -> Json:
    return payload.channel(_thread(call, call.core.world.ids.now()))


@routes("POST", "/channels/{channel}/messages/{message}/threads")
def create_thread_from_message(call: Call) -> Json:
    message = call.core.world.message(call.channel().id, call.id("message"))
    return payload.channel(_thread(call, message.id))


def _thread(call: Call, number: int) -> Channel:
    core, parent = call.core, call.channel(P.CREATE_PUBLIC_THREADS)
    problems = Problems()
    problems.length(["name"], call.body.get("name") or "", 1, 100)
    problems.raise_any()
    made = Channel(number, ChannelType.PUBLIC_THREAD, call.body["name"], parent.guild_id, parent.id)
    made.owner_id = core.world.bot.id
    made.thread_members.add(core.world.bot.id)
    core.world.channels[made.id] = made
    core.world.guild(parent.guild_id or 0).channels[made.id] = made
    core.feed.tell("THREAD_CREATE", payload.channel(made) | {"newly_created": True}, made)
    return made


@routes("PATCH", "/channels/{channel}")
def edit_channel(call: Call) -> Json:
    """Names, topics, and whether a thread is archived."""
    found = call.channel()
    core, rights = call.core, call.core.world.rights(call.channel(), call.core.world.bot)
    own = found.is_thread and found.owner_id == core.world.bot.id
    if not own and not rights & (P.MANAGE_THREADS if found.is_thread else P.MANAGE_CHANNELS):
        raise ApiError(*MISSING_PERMISSIONS)
    found.name = call.body.get("name", found.name)
    found.topic = call.body.get("topic", found.topic)
    if call.body.get("archived", found.archived) != found.archived:
        found.archived = bool(call.body["archived"])
        found.archived_at = datetime.now(UTC)
    kind = "THREAD_UPDATE" if found.is_thread else "CHANNEL_UPDATE"
    core.feed.tell(kind, payload.channel(found), found)
    return payload.channel(found)


@routes("PUT", "/channels/{channel}/thread-members/@me")
def join_thread(call: Call) -> None:
    call.channel().thread_members.add(call.core.world.bot.id)


@routes("DELETE", "/channels/{channel}/thread-members/@me")
def leave_thread(call: Call) -> None:
    call.channel().thread_members.discard(call.core.world.bot.id)


@routes("GET", "/guilds/{guild}/threads/active")
def active_threads(call: Call) -> Json:
    found = call.guild()
    threads = [c for c in found.channels.values() if c.is_thread and not c.archived and call.core.world.bot_sees(c)]
    return _listed(call, threads)


@routes("GET", "/channels/{channel}/threads/archived/public")
def archived_threads(call: Call) -> Json:
    """The most lately archived first; `before` is a time."""
    parent = call.channel(P.READ_MESSAGE_HISTORY)
    found: Guild = call.core.world.guild(parent.guild_id or 0)
    before = (
        datetime.fromisoformat(call.query["before"]) if "before" in call.query else datetime.max.replace(tzinfo=UTC)
    )
    known = [c for c in found.channels.values() if c.parent_id == parent.id and c.is_thread and c.archived]
    dated = [(c.archived_at or datetime.now(UTC), c) for c in known]
    older = sorted((d for d in dated if d[0] < before), key=lambda d: d[0], reverse=True)
    limit = call.number("limit", 50)
    return _listed(call, [c for _, c in older[:limit]]) | {"has_more": len(older) > limit}


def _listed(call: Call, threads: list[Channel]) -> Json:
    bot = call.core.world.bot.id
    joined = [payload.thread_member(c, bot) for c in threads if bot in c.thread_members]
    return {"threads": [payload.channel(c) for c in threads], "members": joined}
