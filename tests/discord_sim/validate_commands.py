"""The limits of application commands, as Discord enforces them when they are registered."""

import unicodedata

from tests.discord_sim.errors import TOO_MANY_COMMANDS, ApiError, Problems
from tests.discord_sim.validate import Path
from tests.discord_sim.wire import Json

SLASH, USER, MESSAGE = 1, 2, 3
SUB, GROUP, STRING, INTEGER, NUMBER = 1, 2, 3, 4, 10
MOST = {SLASH: 100, USER: 15, MESSAGE: 15}
LARGEST = 8000  # characters of names, descriptions and values of a command


def check_all(commands: list[Json]) -> None:
    """Raise ApiError for a list of commands of one scope that Discord would refuse."""
    kinds = [command.get("type", SLASH) for command in commands]
    if any(kinds.count(kind) > most for kind, most in MOST.items()):
        raise ApiError(*TOO_MANY_COMMANDS)
    problems = Problems()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        check(problems, [index], command)
        key = (command.get("type", SLASH), str(command.get("name")))
        if key in seen:
            message = "Application command names must be unique"
            problems.add([index, "name"], "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add(key)
    problems.raise_any()


def check(problems: Problems, path: Path, command: Json) -> None:
    kind = command.get("type", SLASH)
    if kind not in MOST:
        problems.add([*path, "type"], "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3}.")
    if kind == SLASH:
        check_name(problems, [*path, "name"], command.get("name"))
        problems.length([*path, "description"], command.get("description") or "", 1, 100)
        check_options(problems, [*path, "options"], command.get("options") or [], depth=0)
    else:
        problems.length([*path, "name"], command.get("name") or "", 1, 32)
        if command.get("description"):
            problems.add([*path, "description"], "APPLICATION_COMMAND_INVALID_DESCRIPTION", "Must be empty.")
    if size(command) > LARGEST:
        message = f"Command exceeds maximum size ({LARGEST})"
        problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def check_name(problems: Problems, path: Path, name: object) -> None:
    r"""`^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`, lower case where there is one."""
    if not isinstance(name, str) or not name:
        problems.add(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif not 1 <= len(name) <= 32 or not all(allowed(character) for character in name) or name != name.lower():
        message = "Command name is invalid"
        problems.add(path, "APPLICATION_COMMAND_INVALID_NAME", message)


def allowed(character: str) -> bool:
    if character in "-_'" or unicodedata.category(character)[0] in "LN":
        return True
    return "\u0900" <= character <= "\u097f" or "\u0e00" <= character <= "\u0e7f"


def check_options(problems: Problems, path: Path, options: list[Json], depth: int) -> None:
    if not problems.length(path, options, 0, 25):
        return
    names: set[str] = set()
    optional_before = False
    nested = [option.get("type") in {SUB, GROUP} for option in options]
    if any(nested) and not all(nested):
        message = "Sub-commands and values cannot be mixed"
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    for index, option in enumerate(options):
        where: Path = [*path, index]
        check_name(problems, [*where, "name"], option.get("name"))
        problems.length([*where, "description"], option.get("description") or "", 1, 100)
        if option.get("name") in names:
            problems.add(
                [*where, "name"], "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists"
            )
        names.add(str(option.get("name")))
        if option.get("required") and optional_before:
            message = "Required options must be placed before non-required options"
            problems.add(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_before = optional_before or not option.get("required")
        check_option(problems, where, option, depth)


def check_option(problems: Problems, path: Path, option: Json, depth: int) -> None:
    kind = option.get("type")
    if not isinstance(kind, int) or not 1 <= kind <= 11:
        problems.add([*path, "type"], "BASE_TYPE_CHOICES", "Value must be one of {1 … 11}.")
        return
    if (kind == SUB and depth > 1) or (kind == GROUP and depth > 0):
        problems.add([*path, "type"], "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deeply")
    if kind in {SUB, GROUP}:
        check_options(problems, [*path, "options"], option.get("options") or [], depth + 1)
    choices = option.get("choices") or []
    if option.get("autocomplete") and choices:
        message = "Autocomplete and choices are mutually exclusive"
        problems.add([*path, "autocomplete"], "APPLICATION_COMMAND_AUTOCOMPLETE_NOT_ALLOWED_WITH_CHOICES", message)
    if (choices or option.get("autocomplete")) and kind not in {STRING, INTEGER, NUMBER}:
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "Choices need a text or a number option")
    check_choices(problems, [*path, "choices"], choices, kind)


def check_choices(problems: Problems, path: Path, choices: list[Json], kind: int) -> None:
    """The choices of an option, or of an answer to autocomplete."""
    if not problems.length(path, choices, 0, 25):
        return
    for index, choice in enumerate(choices):
        problems.length([*path, index, "name"], choice.get("name") or "", 1, 100)
        value = choice.get("value")
        if kind == STRING:
            problems.length([*path, index, "value"], value if isinstance(value, str) else "", 1, 100)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            problems.add([*path, index, "value"], "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')


def size(command: Json) -> int:
    """Characters of names, descriptions and choice values, sub-commands and all; the longest of translations."""

    def longest(one: Json, name: str) -> int:
        translated = (one.get(f"{name}_localizations") or {}).values()
        return max(len(str(one.get(name) or "")), *map(len, translated), 0)

    total = longest(command, "name") + longest(command, "description")
    total += sum(size(option) for option in command.get("options") or ())
    return total + sum(longest(c, "name") + len(str(c.get("value", ""))) for c in command.get("choices") or ())
