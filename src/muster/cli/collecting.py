"""Commands about where round files come from: sync, collector list, status, trust, test, backfill."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from muster.cli.common import Db, Json, app, err, fail, out, run, settings_of

if TYPE_CHECKING:
    from muster.collect import sync as syncing
    from muster.collect.collector import Collector
    from muster.collect.probe import Found
    from muster.collect.spans import Span
    from muster.config import ServerSettings, Settings
    from muster.rounds.importer import ImportReport
    from muster.store.collectors import CollectorRow

Name = Annotated[str, typer.Argument(help="the game server, as its [[servers]] table names it")]

collector = typer.Typer(no_args_is_help=True, help="Where round files come from.", rich_markup_mode=None)
app.add_typer(collector, name="collector")


@app.command()
def sync(
    period: Annotated[str, typer.Argument(help="2days, 1week, 1month, all, YYYY-MM or YYYY-MM-DD")] = "1day",
    db: Db = None,
    server: Annotated[str | None, typer.Option("--server", help="only this game server")] = None,
    as_json: Json = False,
) -> None:
    """Import what the game servers have of a while, from folders and by SFTP."""
    settings = settings_of(db)
    _sync(settings, None if server is None else _named(settings, server).name, period, as_json)


@collector.command("backfill")
def backfill(name: Name, db: Db = None, as_json: Json = False) -> None:
    """Import everything a game server has. What is known is passed over."""
    settings = settings_of(db)
    _sync(settings, _named(settings, name).name, "all", as_json)


@collector.command("list")
def list_(db: Db = None, as_json: Json = False) -> None:
    """Every collector that is configured, with its place and the time zone of its clock."""
    from muster.cli.show import collectors as show
    from muster.cli.show import jsonout
    from muster.collect.probe import places

    found = list(places(settings_of(db)))
    if as_json:
        print(jsonout.to_json(found))
    else:
        out.print(show.places(found))


@collector.command("status")
def status(db: Db = None, as_json: Json = False) -> None:
    """How each collector is, as the running program noted it, and the cure where it is not well."""
    from muster import app as program
    from muster.cli.show import collectors as show
    from muster.cli.show import jsonout
    from muster.collect.probe import places
    from muster.store.collectors import noted

    settings = settings_of(db)
    there = {(place.server, place.kind) for place in places(settings)}

    async def work() -> "list[CollectorRow]":
        async with program.asked(settings) as store, store.read() as reader:
            return [row for row in await noted(reader) if (row.server, row.kind) in there]

    rows = run(work())
    if as_json:
        print(jsonout.to_json(rows))
    else:
        out.print(show.states(rows, there, datetime.now(UTC)))


@collector.command("test")
def look(name: Name, db: Db = None, as_json: Json = False) -> None:
    """Connect, look what is there, import nothing."""
    from muster.cli.show import collectors as show
    from muster.cli.show import jsonout
    from muster.collect.probe import probe
    from muster.collect.state import SOUND

    settings = settings_of(db)
    found: list[Found] = run(probe(settings, _named(settings, name)))
    if not found:
        raise fail(f"nothing collects from {name}: set folder, ssh_host or push_token_env in its [[servers]] table")
    if as_json:
        print(jsonout.to_json(found))
    else:
        out.print(show.found(found))
    if any(one.state not in SOUND for one in found):
        raise typer.Exit(1)


@collector.command("trust")
def trust(
    name: Name,
    db: Db = None,
    fingerprint: Annotated[
        str | None, typer.Option("--fingerprint", help="trust only a key with this fingerprint, and don't ask")
    ] = None,
) -> None:
    """Show the host key of a game server's host, ask, and trust it from then on."""
    from muster.collect import trust as trusting
    from muster.collect.state import Unavailable

    settings = settings_of(db)
    server = _named(settings, name)
    if server.ssh_host is None:
        raise fail(f"{name} is not fetched from by SSH: set ssh_host in its [[servers]] table")
    host, port, file = server.ssh_host, server.ssh_port, settings.trusted_hosts
    try:
        before = trusting.fingerprints(file, host, port)
        key = asyncio.run(trusting.shown(host, port))
    except Unavailable as error:
        raise fail(str(error)) from None
    shown = key.get_fingerprint()
    out.print(f"{host}:{port} shows {key.get_algorithm()} {shown}", markup=False)
    if shown in before and fingerprint in (None, shown):
        out.print("That key is trusted already.")
        return
    _confirm(host, shown, before, fingerprint)
    try:
        trusting.store(file, host, port, key)
    except OSError as error:
        raise fail(f"can't write {file}: {error.strerror}; let Muster's user write there") from None
    out.print(f"Trusted from now on, in {file}.", markup=False)


def _confirm(host: str, shown: str, before: list[str], wanted: str | None) -> None:
    """Goes on only where the key is the one that is expected."""
    if wanted is not None:
        if wanted != shown:
            raise fail(f"that is not {wanted}: nothing is trusted. Ask the admin of {host} which one is right")
        return
    for old in before:
        out.print(f"Until now it was {old}. If nobody changed it, somebody is in between.", markup=False)
    out.print("On that host `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` says what it has to be.", markup=False)
    if not typer.confirm("Is it the right one?", default=False):
        raise fail("nothing is trusted")


def _named(settings: "Settings", name: str) -> "ServerSettings":
    for server in settings.servers:
        if server.name == name:
            return server
    names = ", ".join(server.name for server in settings.servers) or "none: add a [[servers]] table to muster.toml"
    raise fail(f"there is no game server {name!r}; there is: {names}", 2)


def _sync(settings: "Settings", server: str | None, period: str, as_json: bool) -> None:
    from muster.cli.show import collectors as show
    from muster.cli.show import jsonout
    from muster.collect import spans
    from muster.collect.collector import collectors, zone_of

    found = list(collectors(settings, server))
    if not found:
        raise fail("nothing to fetch from: set folder or ssh_host in a [[servers]] table of muster.toml")
    try:
        now = datetime.now(UTC)
        wanted = {one.server: spans.parse(period, now, zone_of(settings, one.server)) for one in found}
    except spans.UnknownSpan as error:
        raise fail(str(error), 2) from None
    began = time.monotonic()
    with _bar() as tell:
        report = run(_synced(settings, found, wanted, tell))
    if as_json:
        print(jsonout.to_json(report))
    else:
        out.print(show.report(report, time.monotonic() - began))
    if report.failures:
        raise typer.Exit(1)


async def _synced(
    settings: "Settings",
    found: "list[Collector]",
    wanted: "dict[str, Span]",
    tell: "Callable[[syncing.Progress], None]",
) -> "syncing.SyncReport":
    from muster import app as program
    from muster.collect.sync import sync as fetch

    async with program.filled(settings) as store:

        async def take(server: str, paths: list[Path]) -> "ImportReport":
            importer = program.importer_of(settings, store, program.servers(settings, server))
            return await importer.run(paths)

        return await fetch(found, wanted, take, tell)


@contextmanager
def _bar() -> "Iterator[Callable[[syncing.Progress], None]]":
    """A bar on standard error, where that is a terminal; yields what to tell how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("looking", total=None)
        yield lambda now: progress.update(
            task, description=f"{now.phase} {now.server}", completed=now.done, total=now.total or None
        )
