"""What `muster run` says before it begins."""

from collections.abc import Iterator, Mapping

from muster.config import Settings


def plan(settings: Settings, intents: Mapping[str, str]) -> Iterator[str]:
    """What runs, what is off and why, in lines. `intents`: what is asked of Discord, and what for."""
    if settings.discord_token:
        yield f"on   Discord: commands by {settings.command_prefix} and /"
        yield from (f"       intent {intent}: {reason}" for intent, reason in intents.items())
    else:
        yield "off  Discord: DISCORD_TOKEN is not set"
    if settings.discord_token:
        yield from _counted(settings)
    if not settings.servers:
        yield "off  rounds: there is no [[servers]] table with a folder"
    for server in settings.servers:
        here = f"watching {server.folder}" if server.folder else "its folder is not set"
        there = " (not there yet: waiting for it)" if server.folder and not server.folder.is_dir() else ""
        yield f"{'on ' if server.folder else 'off'}  rounds of {server.name}: {here}{there}"
    if settings.discord_token and settings.count_messages and settings.history_folder:
        yield f"on   history: counted from {settings.history_folder}, in the background"
    if settings.stats_channel_id is None:
        yield "off  posts: STATS_CHANNEL_ID is not set"
    elif not settings.discord_token:
        yield "off  posts: they need Discord; what is imported now waits"
    else:
        age = f"{settings.announce_max_age_hours:g} h"
        what = "rounds, maps and achievements" if settings.announce_achievements else "rounds and maps"
        yield f"on   posts: {what} to channel {settings.stats_channel_id}, none older than {age}"
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
