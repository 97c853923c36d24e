"""The chat log as pages: policies, messages that were found, an export."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page, Upload, in_parts
from muster.community.logbook import LoggedChannel, moment
from muster.stats.values.chat import ChannelRef
from muster.store.log import TextRow

ON_A_PAGE: Final = 8
LONGEST: Final = 300
"""Characters of a message that are shown."""


def policies(default: LoggedChannel, channels: Sequence[LoggedChannel], only: str = "") -> Answer:
    """What is kept of channels: of one, or of those that anything is kept of, and of all others."""
    title = "What is kept of what is written"
    if only:
        lines = [_policy(one) for one in channels] or ["Nothing was counted in that channel yet."]
        return Answer((Page(title, "\n".join(lines)),), private=True)
    special = [one for one in channels if one.messages or one.policy != default.policy]
    lines = [*(_policy(one) for one in special), f"**All other channels**: {_words(default)}"]
    pages = in_parts(title, ["\n".join(lines[at : at + 20]) for at in range(0, len(lines), 20)])
    return Answer(pages, private=True)


def _policy(one: LoggedChannel) -> str:
    return f"<#{one.key}>: {_words(one)}; {text.counted(one.messages, 'message')} now"


def _words(one: LoggedChannel) -> str:
    policy = one.policy
    if not policy.enabled:
        return "nothing is kept"
    share = "everything" if policy.sampling_rate == 1 else f"{100 * policy.sampling_rate:g} % of the messages"
    steps = f", then `{text.cell(policy.pipeline)}`" if policy.pipeline else ""
    return f"{share}, for {text.counted(policy.retention_days, 'day')}{steps}"


def found(wanted: str, rows: Sequence[TextRow], most: int) -> Answer:
    """Messages that were found, the latest first, each with a link to where it stands."""
    title = f"Kept messages with “{text.called(wanted)}”"
    if not rows:
        return Answer((Page(title, "Nothing that is kept, in the channels you see, contains that."),), private=True)
    lines = [_message(row) for row in rows[:most]]
    parts = ["\n".join(lines[at : at + ON_A_PAGE]) for at in range(0, len(lines), ON_A_PAGE)]
    count = f"the latest {most}" if len(rows) > most else text.counted(len(rows), "message")
    pages = []
    for number, part in enumerate(parts, 1):
        footer = f"{count} · page {number} of {len(parts)}" if len(parts) > 1 else count
        pages.append(Page(title, part, footer=footer))
    return Answer(tuple(pages), private=True)


def _message(row: TextRow) -> str:
    link = f"https://discord.com/channels/{row.community}/{row.channel}/{row.number}"
    words = text.called(row.text, longest=LONGEST)
    return f"[{text.moment(moment(row))}]({link}) <#{row.channel}> **{text.called(row.user_name)}**: {words}"


def exported(channel: ChannelRef, content: bytes, rows: int) -> Answer:
    """A channel's kept messages as a file."""
    name = "".join(c for c in channel.name if c.isalnum() or c in "-_") or channel.key
    title = f"Export of #{text.called(channel.name, channel.key)}"
    if not rows:
        return Answer((Page(title, "Nothing is kept of that channel."),), private=True)
    page = Page(title, f"{text.counted(rows, 'message')}, an object a line.")
    return Answer((page,), upload=Upload(f"chatlog-{name[:80]}.jsonl", content), private=True)
