"""Writes the pages of this folder that are read off the code: settings, commands, metrics.

`python docs/generate.py` writes them, `--check` only says which are not up to date.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from muster.cli import app
from muster.config import ServerSettings, Settings
from muster.stats.metrics import METRICS

HERE = Path(__file__).parent


def settings() -> str:
    """Every setting: name, environment names, default, meaning."""
    lines = [
        "# Settings",
        "",
        "Settings come from the environment, from `.env`, and from `muster.toml` in the folder Muster is started in;",
        "the first that names one wins. `muster.example.toml` is a complete example. A name that does not exist is an",
        "error that names the nearest right one.",
        "",
        "| in `muster.toml` | in the environment | default | meaning |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        lines.append(f"| {_in_file(name)} | {_in_environment(field)} | {_default(field)} | {field.description} |")
    lines += ["", "## `[[servers]]`", "", "One table for each game server.", "", "| name | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {field.description} |" for name, field in ServerSettings.model_fields.items()]
    return "\n".join(lines) + "\n"


def _in_file(name: str) -> str:
    return "never: it is a secret" if name in Settings.secrets else f"`{name}`"


def _in_environment(field: Any) -> str:
    names = [choice for choice in field.validation_alias.choices if str(choice).isupper()]
    return ", ".join(f"`{name}`" for name in names)


def _default(field: Any) -> str:
    if field.default_factory is not None or field.default in (None, ""):
        return ""
    return f"`{field.default}`"


def commands() -> str:
    """Every command with its arguments and options."""
    lines = [
        "# Commands",
        "",
        "What a person types. `muster COMMAND --help` says the same on the terminal. `--db` names the database and",
        "`--json` gives the answer as JSON.",
    ]
    for name, command in commands_of():
        lines += ["", f"## `{name}`", "", (command.help or "").strip(), "", f"`{_usage(name, command)}`", ""]
        options = [parameter for parameter in command.params if parameter.name != "help"]
        if options:
            lines += ["| option | meaning |", "|---|---|"]
            lines += [f"| `{_written(option)}` | {getattr(option, 'help', '') or ''} |" for option in options]
    return "\n".join(lines) + "\n"


def commands_of() -> list[tuple[str, Any]]:
    """Every command by its full name."""
    return list(_leaves(typer.main.get_command(app), "muster"))


def _leaves(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for sub, inner in command.commands.items():
            yield from _leaves(inner, f"{name} {sub}")
    else:
        yield name, command


def _usage(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = [f"[{p.name.upper()}]" if not p.required else p.name.upper() for p in arguments]
    return " ".join([name, *words, "[options]"])


def _written(option: Any) -> str:
    if option.param_type_name == "argument":
        return str(option.name).upper()
    return ", ".join(option.opts)


def metrics() -> str:
    """Every metric with its one definition."""
    lines = [
        "# Metrics",
        "",
        "One definition each, used wherever a number is shown. A ratio is a ratio of sums, never an average of ratios.",
        "What a file does not tell is left out of both sums; a metric without data shows `–`.",
        "",
        "Only eligible rounds count: valid ones (no orphan round 2, no abandoned or cancelled round, no majority of",
        "bots, at least 60 s), and of them the players who played. Rankings ask for a number of rounds, and for aimed",
        "shots where accuracy is concerned; both can be set.",
        "",
        "| metric | key | unit | definition |",
        "|---|---|---|---|",
    ]
    lines += [f"| {m.title} | `{m.key}` | {m.unit} | {m.definition} |" for m in METRICS.values()]
    return "\n".join(lines) + "\n"


PAGES = {"settings.md": settings, "commands.md": commands, "metrics.md": metrics}


def main() -> None:
    """Writes or checks the pages."""
    stale = [name for name, page in PAGES.items() if not _same(HERE / name, page())]
    if "--check" not in sys.argv:
        for name in stale:
            (HERE / name).write_text(PAGES[name](), "utf-8")
    elif stale:
        sys.exit(f"not up to date: {', '.join(stale)}; run python docs/generate.py")


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("utf-8") == text


if __name__ == "__main__":
    main()
