"""The command that writes the first settings: init."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from muster.cli.common import app, err, fail, out, unwritable

if TYPE_CHECKING:
    from muster.ops.beginning import Answers

T = TypeVar("T")


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(help="where to write, and to start Muster later", file_okay=False, exists=True)
    ] = Path(),
    database: Annotated[
        str | None, typer.Option(help="path of an SQLite file, or postgresql://user@host/name; else your data folder")
    ] = None,
    rounds: Annotated[
        str | None, typer.Option(metavar="PLACE", help="where round files lie: a folder, or user@host:/path by SFTP")
    ] = None,
    server: Annotated[str, typer.Option(help="what that game server is called")] = "main",
    key: Annotated[str | None, typer.Option(help="private key to log in there with")] = None,
    zone: Annotated[str | None, typer.Option(help="time zone of its clock, such as Europe/Berlin")] = None,
    guild: Annotated[str | None, typer.Option(help="id of your Discord server")] = None,
    stats_channel: Annotated[str | None, typer.Option(help="id of the channel that rounds are posted to")] = None,
    admin_channel: Annotated[
        str | None, typer.Option(help="id of the channel that is told what needs an admin")
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--no-input", help="ask nothing; secrets come from DISCORD_TOKEN and PGPASSWORD then")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="write over files that are there")] = False,
) -> None:
    """Ask a few questions and write muster.toml and .env from the answers."""
    from muster.ops import beginning

    targets = _targets(folder, quiet=quiet, force=force)
    ask = _Asking(quiet=quiet)
    token = ask.secret("Discord bot token", "DISCORD_TOKEN", "without one there is no bot")
    told = bool(token) or quiet
    answers = beginning.Answers(
        token=token,
        guild_id=ask.that("Id of your Discord server", guild, beginning.an_id, skip=not told),
        stats_channel_id=ask.that("Id of the channel for rounds", stats_channel, beginning.an_id, skip=not told),
        admin_channel_id=ask.that("Id of the channel for admins", admin_channel, beginning.an_id, skip=not told),
    )
    place, password = ask.that(
        "Database, postgresql://user@host/name or a file (Enter: a file in your data folder)",
        database,
        beginning.a_database,
    )
    if place.startswith("postgres") and not password:
        password = ask.secret("Its password", "PGPASSWORD", "none where the socket needs none")
    where = "Where round files lie, a folder or user@host:/path"
    found = ask.that(where, rounds, lambda text: beginning.a_server(text, server, key or ""))
    if found and "ssh_host" in found and not key and (given := ask.that("Private key to log in with", None, str.strip)):
        found = {**found, "ssh_key_path": given}
    timezone = ask.that("Time zone of the game server's clock", zone, beginning.a_zone, default="UTC")
    chosen = _with(answers, database=place, password=password, server=found, timezone=timezone)
    _write(folder, targets, chosen)


def _with(answers: "Answers", **values: object) -> "Answers":
    import msgspec

    return msgspec.structs.replace(answers, **values)


class _Asking:
    """Takes what the options say, and asks for the rest where it may."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def that(
        self, question: str, given: str | None, read: Callable[[str], T], *, default: str = "", skip: bool = False
    ) -> T:
        """An answer that can be used; a wrong option ends the program, a wrong answer is asked for again."""
        from muster.ops.beginning import BadAnswer

        while True:
            asked = given is None and not self._quiet and not skip
            text = typer.prompt(question, default=default, show_default=bool(default)) if asked else given or default
            try:
                return read(text)
            except BadAnswer as error:
                if not asked:
                    raise fail(f"{question}: {error}", 2) from None
                err.print(str(error), markup=False, soft_wrap=True)

    def secret(self, question: str, variable: str, hint: str) -> str:
        """A secret: from the environment, or typed unseen. It is never an option: those stand in lists of processes."""
        from muster.ops.beginning import BadAnswer, a_secret

        given = os.environ.get(variable)
        if given is not None or self._quiet:
            return self.that(variable, given or "", a_secret)
        while True:
            typed = typer.prompt(f"{question} (typed unseen; {hint})", "", hide_input=True, show_default=False)
            try:
                return a_secret(typed)
            except BadAnswer as error:
                err.print(str(error), markup=False, soft_wrap=True)


def _targets(folder: Path, *, quiet: bool, force: bool) -> list[str]:
    """The files to write: what is there already only where it was said, or is answered with yes."""
    from muster.ops.beginning import FILES

    there = [name for name in FILES if (folder / name).exists()]
    if not there or force:
        return list(FILES)
    if quiet:
        raise fail(f"{' and '.join(there)} stand in {folder.absolute()} already: --force writes over them")
    kept = [name for name in there if not typer.confirm(f"{folder / name} is there already. Write over it?")]
    targets = [name for name in FILES if name not in kept]
    if not targets:
        raise fail("nothing was written")
    return targets


def _write(folder: Path, targets: list[str], answers: "Answers") -> None:
    from muster.ops import beginning

    texts = dict(zip(beginning.FILES, (beginning.toml(answers), beginning.env(answers)), strict=True))
    for name in targets:
        try:
            beginning.write(folder / name, texts[name], secret=name == beginning.ENV_FILE)
        except OSError as error:
            raise unwritable(error, folder / name) from None
        out.print(f"wrote {folder / name}", markup=False, soft_wrap=True)
    server = answers.server or {}
    if (place := server.get("folder")) and not Path(str(place)).is_dir():
        out.print(f"{place} is not there yet; `muster run` waits for it", markup=False, soft_wrap=True)
    steps = [f"cd {folder}"] if folder != Path() else []
    steps += [f"muster collector trust {server['name']}"] if "ssh_host" in server else []
    for step in (*steps, "muster doctor", "muster run"):
        out.print(f"next: {step}", markup=False, soft_wrap=True)
