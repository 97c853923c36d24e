"""Commands about what is stored of a person: privacy show, export, opt-out, opt-in, erase."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from muster.cli.common import Db, Json, app, err, fail, out, run, settings_of
from muster.model.chat import Platform

if TYPE_CHECKING:
    from muster.community.privacy import Done, Privacy
    from muster.config import Settings

T = TypeVar("T")

group = typer.Typer(no_args_is_help=True, help="What is stored of a person.", rich_markup_mode=None)
app.add_typer(group, name="privacy")

User = Annotated[str, typer.Argument(help="the platform's id, or a name that only one has")]
Where = Annotated[Platform, typer.Option("--platform", help="where the person writes")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]


@group.command()
def show(user: User, platform: Where = Platform.DISCORD, db: Db = None, as_json: Json = False) -> None:
    """What is stored of a person: how much, since when, where, which texts, which link."""
    from muster.cli.show import jsonout, privacy

    found = _about(settings_of(db), platform, user, lambda of, key: of.stored(platform, key))
    if as_json:
        print(jsonout.to_json(found))
    else:
        out.print(privacy.stored(found))


@group.command()
def export(
    user: User,
    platform: Where = Platform.DISCORD,
    to: Annotated[Path | None, typer.Option("--out", help="file to write; else standard output")] = None,
    db: Db = None,
) -> None:
    """All that is stored of a person as one JSON file, with the kept texts, those of the archive too."""
    from muster.cli.show import jsonout

    found = _about(settings_of(db), platform, user, lambda of, key: of.export(platform, key, "operator"), to)
    text = jsonout.to_json(found)
    if to is None:
        print(text)
        return
    try:
        to.write_text(f"{text}\n", "utf-8")
    except OSError as error:
        raise fail(f"can't write {to}: {error.strerror or error}") from None
    err.print(f"written to {to}", markup=False)


@group.command("opt-out")
def opt_out(
    user: User, platform: Where = Platform.DISCORD, yes: Yes = False, db: Db = None, as_json: Json = False
) -> None:
    """Count a person no longer, and erase what is stored of him. His messages still count for their channels."""
    question = "From now on nothing is stored of {}, and what is stored is erased. Do it?"
    _erase(settings_of(db), platform, user, question, yes, as_json, is_for_good=True)


@group.command("opt-in")
def opt_in(user: User, platform: Where = Platform.DISCORD, db: Db = None, as_json: Json = False) -> None:
    """Count a person who opted out again, from now on."""
    from muster.cli.show import jsonout

    changed = _about(settings_of(db), platform, user, lambda of, key: of.opt_in(platform, key, "operator"))
    if as_json:
        print(jsonout.to_json({"changed": changed}))
    else:
        out.print("counted again from now on" if changed else "nothing to do: that person has not opted out")


@group.command()
def erase(
    user: User, platform: Where = Platform.DISCORD, yes: Yes = False, db: Db = None, as_json: Json = False
) -> None:
    """Erase what is stored of a person, in the database and in files. What he writes later is counted anew."""
    question = "All that is stored of {} is erased, in the database, its spill file and the archive. Do it?"
    _erase(settings_of(db), platform, user, question, yes, as_json, is_for_good=False)


def _about(
    settings: "Settings",
    platform: Platform,
    user: str,
    ask: "Callable[[Privacy, str], Awaitable[T]]",
    writing: Path | None = None,
) -> T:
    """Asks about the person that is meant."""
    from muster import app as program

    async def work() -> T:
        async with program.filled(settings) as store:
            requests = program.privacy_of(settings, store)
            return await ask(requests, await requests.find(platform, user))

    return run(work(), writing)


def _can_be_asked() -> bool:
    return sys.stdin.isatty()


def _erase(
    settings: "Settings", platform: Platform, user: str, question: str, yes: bool, as_json: bool, *, is_for_good: bool
) -> None:
    from muster.cli.show import jsonout, privacy
    from muster.stats.words import plain

    found = _about(settings, platform, user, lambda of, key: of.stored(platform, key))
    if not yes:
        if not _can_be_asked():
            raise fail("that can't be undone: say --yes where nobody can be asked", 2)
        who = f"{plain(found.name)} ({plain(found.user)})" if found.name else plain(found.user)
        if not typer.confirm(question.format(who), err=True):
            raise fail("left as it was")

    def work(of: "Privacy", key: str) -> "Awaitable[Done]":
        return (of.opt_out if is_for_good else of.erase)(platform, key, "operator")

    done = _about(settings, platform, found.user, work)
    if as_json:
        print(jsonout.to_json(done))
    else:
        out.print(privacy.done(done, is_for_good=is_for_good))
    if not done.is_clean:
        raise fail("the database is in use, and its log may still hold erased bytes: run the same command again")
