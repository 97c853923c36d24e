"""What there is to know about a command, read off the command itself: how it is typed, what it takes, an example."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from discord.ext import commands

EXAMPLES: Final = {
    "player": "Gnadle",
    "other": "Borcus",
    "metric": "accuracy",
    "period": "month",
    "map": "supply",
    "weapon": "MP40",
    "month": "2025-10",
    "view": "combat",
    "rounds": "20",
    "command": "leaderboard",
    "table": "rounds",
    "format": "csv",
    "switch": "on",
    "session": "last",
    "user": "@Gnadle",
    "who": "@Gnadle",
    "channel": "#general",
    "text": "good game",
    "days": "30",
    "share": "0.5",
    "before": "archive",
}
"""What a typed example says for an option."""


class OptionInfo(msgspec.Struct, frozen=True):
    """An option: its name, what it is, whether it must be given, whether it is typed without its name."""

    name: str
    about: str
    required: bool
    bare: bool


class CommandInfo(msgspec.Struct, frozen=True):
    """A command. `typed` and `example` without the prefix."""

    name: str
    about: str
    aliases: tuple[str, ...]
    options: tuple[OptionInfo, ...]
    example: str

    @property
    def typed(self) -> str:
        """How it is typed."""
        return " ".join((self.name, *(_typed(option) for option in self.options)))


class GroupInfo(msgspec.Struct, frozen=True):
    """The commands of a subject."""

    name: str
    about: str
    commands: tuple[CommandInfo, ...]


def describe(command: "commands.Command[Any, ..., Any]") -> CommandInfo:
    """A command as it can be typed and chosen."""
    options = tuple(_options(command))
    example = command.extras.get("example") or _example(command.qualified_name, options)
    return CommandInfo(command.qualified_name, command.short_doc, tuple(command.aliases), options, example)


def _options(command: "commands.Command[Any, ..., Any]") -> Iterator[OptionInfo]:
    told = getattr(getattr(command, "app_command", None), "parameters", ())
    about = {parameter.name: str(parameter.description) for parameter in told}
    for name, parameter in command.clean_params.items():
        converter: Any = parameter.converter
        if isinstance(converter, type) and issubclass(converter, commands.FlagConverter):
            flags = converter.get_flags().values()
            for flag in sorted(flags, key=lambda flag: not flag.positional):
                yield OptionInfo(flag.name, str(flag.description), flag.required, flag.positional)
        else:
            known = about.get(name, "")
            yield OptionInfo(name, "" if known == "…" else known, parameter.required, True)


def _typed(option: OptionInfo) -> str:
    words = option.name if option.bare else f"{option.name}: …"
    return words if option.required else f"[{words}]"


def _example(name: str, options: tuple[OptionInfo, ...]) -> str:
    """A typed example: what needs no name, and one option with its name."""
    bare = [option for option in options if option.bare]
    named = [option for option in options if not option.bare and option.name in EXAMPLES]
    if any(option.name not in EXAMPLES for option in bare):
        return name
    words = [EXAMPLES[option.name] for option in bare]
    return " ".join((name, *words, *(f"{option.name}: {EXAMPLES[option.name]}" for option in named[:1])))
