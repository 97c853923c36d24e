"""What `muster run` says before it begins."""

from collections.abc import Iterator, Mapping

from muster.config import ServerSettings, Settings, from_environment
from muster.ops.roles import ALL, Role, Roles, listed


def plan(settings: Settings, intents: Mapping[str, str], roles: Roles = ALL) -> Iterator[str]:
    """What runs, what is off and why, in lines. `intents`: what is asked of Discord, and what for."""
    if roles != ALL:
        yield f"only {listed(roles)}; of the rest nothing runs here"
    if Role.BOT in roles:
        yield from _discord(settings, intents)
    if Role.COLLECTOR in roles:
        yield from _collected(settings)
    counted_here = settings.discord_token or Role.BOT not in roles
    if Role.WRITER in roles and counted_here and settings.count_messages:
        if settings.history_folder:
            yield f"on   history: counted from {settings.history_folder}, in the background"
        if roles != ALL:
            yield "on   the chat log: what is older than its channel's policy goes"
    if Role.BOT in roles:
        yield from _posts(settings)


def _discord(settings: Settings, intents: Mapping[str, str]) -> Iterator[str]:
    """What is asked of Discord, and what is counted there."""
    if settings.discord_token:
        yield f"on   Discord: commands by {settings.command_prefix} and /"
        yield from (f"       intent {intent}: {reason}" for intent, reason in intents.items())
    else:
        yield "off  Discord: DISCORD_TOKEN is not set"
    if settings.discord_token:
        yield from _counted(settings)


def _collected(settings: Settings) -> Iterator[str]:
    """Where rounds come from."""
    if not settings.servers:
        yield "off  rounds: there is no [[servers]] table with a folder"
    for server in settings.servers:
        yield from _rounds(settings, server)


def _posts(settings: Settings) -> Iterator[str]:
    """What is posted, and where."""
    if settings.stats_channel_id is None:
        yield "off  posts: STATS_CHANNEL_ID is not set"
    elif not settings.discord_token:
        yield "off  posts: they need Discord; what is imported now waits"
    else:
        age = f"{settings.announce_max_age_hours:g} h"
        what = "rounds, maps and achievements" if settings.announce_achievements else "rounds and maps"
        yield f"on   posts: {what} to channel {settings.stats_channel_id}, none older than {age}"
    if settings.discord_token:
        yield from _evenings(settings)
    if settings.admin_channel_id is None:
        yield "off  words to admins: ADMIN_CHANNEL_ID is not set"


def _counted(settings: Settings) -> Iterator[str]:
    """What is counted of people beside their messages."""
    if not settings.count_voice:
        yield "off  voice: count_voice = false"
    if settings.count_joins:
        yield "on   joins and leaves: kept, by the intent members"
    else:
        yield "off  joins and leaves: count_joins is not set; it needs the Server Members Intent"
    readable = settings.message_content and settings.count_messages
    for name, wanted in (("emoji", settings.count_emoji), ("words", settings.count_words)):
        if wanted and not readable:
            yield f"off  {name} that people write: they need message_content and count_messages"
        elif wanted:
            yield f"on   {name} that people write: counted, the texts are not kept for it"


def _evenings(settings: Settings) -> Iterator[str]:
    """What evenings begin and end by, and the message about game servers."""
    if settings.stats_channel_id is None:
        if settings.automation_enabled:
            yield "off  evenings: they need STATS_CHANNEL_ID"
    elif not settings.automation_enabled:
        yield "on   evenings: as the rounds make them; AUTOMATION_ENABLED adds voice, a schedule and commands"
    else:
        voice = f"{settings.session_start_threshold} in {len(settings.gaming_voice_channels)} voice channels"
        zone = settings.session_timezone or settings.timezone
        ways = [voice] if settings.gaming_voice_channels else []
        ways += [f"{settings.session_start_at} {zone}"] if settings.session_start_at else []
        yield f"on   evenings: begun by {', '.join([*ways, 'command', 'the first round'])}"
    if settings.status_channel_id is not None and any(server.address for server in settings.servers):
        yield f"on   status of game servers: in channel {settings.status_channel_id}"
    elif settings.status_channel_id is not None:
        yield "off  status of game servers: no [[servers]] table has an address"


def _rounds(settings: Settings, server: ServerSettings) -> Iterator[str]:
    """Where the rounds of a game server come from."""
    if server.folder:
        there = "" if server.folder.is_dir() else " (not there yet: waiting for it)"
        yield f"on   rounds of {server.name}: watching {server.folder}{there}"
    if server.ssh_host:
        where = f"{server.ssh_user}@{server.ssh_host}:{server.ssh_port}:{server.remote_stats_path}"
        yield f"on   rounds of {server.name}: fetched by SFTP from {where}"
    if server.push_token_env:
        here = f"http://{settings.push_host}:{settings.push_port}/rounds/"
        missing = "" if from_environment(server.push_token_env) else f", once {server.push_token_env} is set"
        yield f"{'off' if missing else 'on '}  rounds of {server.name}: pushed to {here}{missing}"
    if not (server.folder or server.ssh_host or server.push_token_env):
        yield f"off  rounds of {server.name}: none of folder, ssh_host and push_token_env is set"
