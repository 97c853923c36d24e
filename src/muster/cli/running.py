"""Commands that keep Muster going: run, doctor."""

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from muster import __version__
from muster.cli.common import Db, Json, app, fail, out, run, settings_of

if TYPE_CHECKING:
    from datetime import datetime

    from muster.config import Settings
    from muster.ops.checks import Check
    from muster.ops.health import Known
    from muster.ops.roles import Roles

GRACE = 8.5
"""Seconds a stop may take, whatever hangs."""

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@app.command("run")
def run_(
    db: Db = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="ROLE",
            help="run as collector, bot or writer alone, on PostgreSQL; may be given several times",
        ),
    ] = None,
    standby: Annotated[
        bool, typer.Option("--standby", help="wait while another process runs, and take over when it ends")
    ] = False,
) -> None:
    """Start everything that is configured: the Discord bot, watching folders, posts. Ctrl-C or SIGTERM ends it."""
    from muster.config import SettingsError
    from muster.ops import logs
    from muster.ops.parts import Misconfigured, PartDied
    from muster.rounds.importer import UnknownZone

    roles = _roles(only)
    settings = settings_of(db)
    try:
        logs.set_up(settings)
    except SettingsError as error:
        raise fail(str(error), 2) from None
    print(f"Muster {__version__}", flush=True)
    try:
        finished = run(_until_stopped(settings, roles, standby=standby))
    except Misconfigured as error:
        raise fail(str(error)) from None
    except PartDied as death:
        if isinstance(death.error, Misconfigured | UnknownZone):
            raise fail(str(death.error)) from None
        structlog.get_logger("muster").error("a part died", part=death.name, exc_info=death.error)
        raise fail(f"the {death.name} died: {death.error or 'it ended'}") from None
    print("stopped; everything is stored" if finished else "broken off; what was committed is kept", flush=True)


def _roles(only: list[str] | None) -> "Roles":
    from muster.ops.roles import ALL, Role

    known = {str(role): role for role in Role}
    for name in only or ():
        if name not in known:
            raise fail(f"there is no role `{name}`; --only takes {', '.join(known)}", 2)
    return frozenset(known[name] for name in only) if only else ALL


async def _until_stopped(settings: "Settings", roles: "Roles", *, standby: bool) -> bool:
    """Runs until a signal comes; False where something hung and was broken off."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = asyncio.create_task(_run(settings, stop, roles, standby=standby))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    await asyncio.wait((running,), timeout=GRACE)
    if not running.done():
        running.cancel()
        await asyncio.wait((running,), timeout=0.5)
        return False
    await running
    return True


async def _run(settings: "Settings", stop: asyncio.Event, roles: "Roles", *, standby: bool) -> None:
    from muster import app as program

    await program.run(settings, stop, lambda line: print(line, flush=True), roles, standby=standby)


@app.command()
def doctor(
    db: Db = None,
    as_json: Json = False,
    local: Annotated[
        bool, typer.Option("--local", help="leave out what other machines have to answer: Discord, game servers")
    ] = False,
) -> None:
    """Look at everything that is configured, and name the cure for what is wrong."""
    from muster import app as program
    from muster.cli.show import jsonout

    checks = run(program.doctor(settings_of(db), local=local))
    if as_json:
        print(jsonout.to_json(checks))
    else:
        out.print(_table(checks))
    if any(check.level == "fail" for check in checks):
        raise typer.Exit(1)


@app.command()
def health(db: Db = None, as_json: Json = False) -> None:
    """How the running program is, part by part, as it noted itself a few seconds ago."""
    from datetime import UTC, datetime

    from muster import app as program
    from muster.cli.show import jsonout
    from muster.ops.health import known

    settings = settings_of(db)

    async def work() -> "list[Known]":
        async with program.asked(settings) as store, store.read() as reader:
            return await known(reader, datetime.now(UTC))

    found = run(work())
    if as_json:
        print(jsonout.to_json(found))
    elif not found:
        raise fail("nothing has noted how it is: start `muster run` on this database")
    else:
        for one in found:
            out.print(_parts(one, datetime.now(UTC)))
    if not found or any(one.silent or not one.state.ok for one in found):
        raise typer.Exit(1)


def _parts(one: "Known", now: "datetime") -> object:
    """A process and its parts."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    age = (now - one.state.taken_at).total_seconds()
    head = f"muster {one.process}, {age:,.0f} s ago, up since {one.state.started_at:%Y-%m-%d %H:%M} UTC"
    if one.silent:
        head = f"muster {one.process} is SILENT: last heard of {age:,.0f} s ago; start it, or see its log"
    table = Table(box=None, header_style="bold")
    for name in ("", "part", "last success", "lag", "what", "cure"):
        table.add_column(name, overflow="fold")
    for vital in one.state.vitals:
        colour = {"ok": "green", "lagging": "yellow"}.get(vital.level, "red")
        done = "" if vital.done is None else f"{vital.done:%Y-%m-%d %H:%M:%S}"
        lag = "" if vital.lag is None else f"{vital.lag:,.0f} s"
        row = (Text(vital.level, colour), Text(vital.part), done, lag, Text(vital.detail), Text(vital.cure))
        table.add_row(*row)
    return Group(Text(head, "red" if one.silent else ""), table)


def _table(checks: "list[Check]") -> object:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold")
    for name in ("", "what", "found", "cure"):
        table.add_column(name, overflow="fold")
    for check in checks:
        table.add_row(Text(check.level, _COLOURS[check.level]), check.name, Text(check.found), Text(check.cure))
    return table
