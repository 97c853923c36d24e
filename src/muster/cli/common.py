"""What every command shares: the application, the database option, and the one place where errors become answers."""

import asyncio
import gc
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from muster import __version__
from muster.config import Settings, SettingsError, load
from muster.model.trouble import Trouble

T = TypeVar("T")

_LOOKS = (700, 10, 10)
"""How often Python looks for garbage when nobody tells it anything."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Muster keeps the statistics of a gaming community: who plays, how well and with whom.",
)

Db = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="database: sqlite:///path, postgresql://user@host/name, or a path"),
]
Json = Annotated[bool, typer.Option("--json", help="answer as JSON")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="print the version and stop")] = False) -> None:
    if version:
        print(f"muster {__version__}")
        raise typer.Exit


def settings_of(db: str | None, **values: Any) -> Settings:
    """The settings in force, with the database of the command line where one is given."""
    if db is not None:
        values["database_url"] = db
    try:
        return load(**values)
    except SettingsError as error:
        raise fail(str(error), 2) from None


def fail(message: str, code: int = 1) -> typer.Exit:
    """Says what went wrong, on standard error; returns the exit to raise."""
    for line in message.splitlines():
        err.print(f"muster: {line}", markup=False, soft_wrap=True)
    return typer.Exit(code)


def run(main: Coroutine[Any, Any, T], writing: Path | None = None) -> T:
    """Runs a command's coroutine; turns expected errors into one line and an exit code.

    `writing` is what the command writes beside the database.
    """
    # What is loaded by now stays to the end: from here on only what the command makes is looked through for garbage.
    gc.freeze()
    gc.set_threshold(*_LOOKS)
    try:
        return asyncio.run(main)
    except Trouble as error:
        raise fail(str(error)) from None
    except KeyboardInterrupt:
        raise fail("stopped; what was done is kept, the same command goes on from there", 130) from None
    except BrokenPipeError:
        # The reader of our output went away: nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        raise unwritable(error, writing) from None


def unwritable(error: OSError, path: Path | None = None) -> typer.Exit:
    """Says which file or folder could not be used, and why; returns the exit to raise."""
    where = error.filename or path or "standard output"
    return fail(
        f"can't write {where}: {error.strerror or error}; check that there is room and that you may write there"
    )
