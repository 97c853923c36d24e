"""Help as pages: all commands by subject, or one of them."""

from collections.abc import Sequence

from muster.bot import text
from muster.bot.pages import Answer, Page, in_parts
from muster.bot.usage import CommandInfo, GroupInfo

_MOST_LINES = 40


def overview(groups: Sequence[GroupInfo], prefix: str) -> Answer:
    """A first page, and one for each subject."""
    count = sum(len(group.commands) for group in groups)
    lines = [
        f"Every command can be typed, `{prefix}player_stats NAME`, and chosen, `/player_stats`, which completes names.",
        f"Say once who you are, `{prefix}link NAME`: then a command without a name means you.",
        f"Rankings and players take a period: `{prefix}top_killers month`, and more by name: `map: supply`.",
        "",
        *(f"**{group.name}** · {group.about} ({len(group.commands)})" for group in groups),
        "",
        f"`{prefix}help COMMAND` says all about one.",
    ]
    first = Page("Help", "\n".join(lines), footer=text.counted(count, "command"), label="Overview")
    pages = [first]
    for group in groups:
        listed = [f"**{prefix}{one.name}** – {one.about}" for one in group.commands]
        parts = ["\n".join(listed[at : at + _MOST_LINES]) for at in range(0, len(listed), _MOST_LINES)]
        pages += in_parts(f"Help · {group.name}", [group.about, *parts], label=group.name)
    return Answer(tuple(pages), views=True)


def group(one: GroupInfo, prefix: str) -> Answer:
    """The commands that begin with a word."""
    lines = [one.about, "", *(f"**{prefix}{each.name}** – {each.about}" for each in one.commands)]
    return Answer((Page(f"Help · {one.name}", "\n".join(lines)),))


def command(one: CommandInfo, prefix: str) -> Answer:
    """Everything about a command."""
    lines = [one.about, "", f"Typed: `{prefix}{one.typed}`", f"Chosen: `/{one.name}`"]
    if one.aliases:
        lines.append("Also as " + ", ".join(f"`{prefix}{alias}`" for alias in one.aliases))
    if one.options:
        lines += ["", *(f"- `{option.name}`{_about(option.about)}" for option in one.options)]
    lines += ["", f"Example: `{prefix}{one.example}`"]
    return Answer((Page(f"Help · {one.name}", "\n".join(lines)),))


def _about(words: str) -> str:
    return f": {words}" if words else ""
