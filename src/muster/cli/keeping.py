"""Commands that fill and keep the store: import, watch, rebuild, verify, fingerprint, db."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from muster.cli.common import Db, Json, app, err, fail, out, run, settings_of

if TYPE_CHECKING:
    from muster.rounds.importer import ImportReport
    from muster.rounds.importer.rebuild import Difference
    from muster.store.fingerprint import TableDigest

ServerName = Annotated[str | None, typer.Option("--server", help="put all files to this game server")]
Zone = Annotated[str | None, typer.Option("--zone", help="time zone of servers that are new, such as Europe/Berlin")]


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal; yields what to call with how many more are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.update(task, advance=count)


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="folders or round files")],
    db: Db = None,
    server: ServerName = None,
    zone: Zone = None,
    retry: Annotated[bool, typer.Option(help="read files again that were rejected before")] = False,
    as_json: Json = False,
) -> None:
    """Import round files. What is known is passed over; what can't be read is listed with its reason."""
    from muster import app as program
    from muster.cli.show import imports, jsonout
    from muster.rounds.importer import find

    settings = settings_of(db)
    files, refused, others = find(paths)

    async def work() -> "ImportReport":
        async with program.filled(settings) as store:
            with progress_bar("importing", len(files)) as progress:
                choice = program.servers(settings, server, zone)
                return await program.import_files(
                    store, choice, files, settings=settings, retry=retry, progress=progress
                )

    report = run(work())
    for path, reason in refused:
        report.refuse(str(path), reason)
    if others:
        report.counts["not round files"] = others
    if as_json:
        print(jsonout.to_json(report))
    else:
        out.print(imports.render(report))
    if refused or report.counts.get("unreadable"):
        raise typer.Exit(1)


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="the folder a game server writes to", file_okay=False)],
    db: Db = None,
    server: ServerName = None,
    zone: Zone = None,
) -> None:
    """Import what a folder holds, and what comes, until stopped."""
    from muster import app as program
    from muster.cli.show import imports

    settings = settings_of(db)
    if not folder.is_dir():
        raise fail(f"{folder} is no folder")

    async def work() -> None:
        async with program.filled(settings) as store:
            err.print(f"watching {folder} (Ctrl-C ends it)", markup=False)
            choice = program.servers(settings, server, zone)
            async for report in program.watch_folder(store, choice, folder, settings):
                out.print(imports.render(report))

    run(work())


@app.command()
def rebuild(
    db: Db = None,
    zone: Annotated[
        list[str] | None, typer.Option("--zone", metavar="SERVER=ZONE", help="give a server another time zone first")
    ] = None,
) -> None:
    """Derive everything anew from the kept files. The result is the same database."""
    from muster import app as program
    from muster.rounds.importer import rebuild as again

    settings = settings_of(db)
    zones = dict(_zone_of(text) for text in zone or [])

    async def work() -> int:
        async with program.filled(settings) as store:
            with progress_bar("rebuilding", await again.count_contents(store)) as progress:
                return await again.rebuild(store, zones, progress, program.servers(settings))

    out.print(f"{run(work()):,} files derived anew")


def _zone_of(text: str) -> tuple[str, str]:
    server, equals, zone = text.rpartition("=")
    if not equals:
        raise fail(f"--zone {text!r}: write SERVER=ZONE, such as 'main=Europe/Berlin'", 2)
    return server, zone


@app.command()
def verify(db: Db = None, as_json: Json = False) -> None:
    """Recount everything from the kept files and name what differs. Changes nothing."""
    from muster import app as program
    from muster.cli.show import checks, jsonout
    from muster.rounds.importer import rebuild as again

    settings = settings_of(db)

    async def work() -> "list[Difference]":
        async with program.asked(settings) as store:
            with progress_bar("recounting", await again.count_contents(store)) as progress:
                return await again.verify(store, progress)

    differences = run(work())
    if as_json:
        print(jsonout.to_json(differences))
    else:
        out.print(checks.differences(differences))
    if differences:
        raise typer.Exit(1)


@app.command()
def fingerprint(
    db: Db = None,
    tables: Annotated[bool, typer.Option(help="print each table's rows and digest too")] = False,
) -> None:
    """One hash over what the database says, the same for the same files in any order, on any engine."""
    from muster import app as program
    from muster.store.fingerprint import fingerprint as of

    settings = settings_of(db)

    async def work() -> "tuple[str, dict[str, TableDigest]]":
        async with program.asked(settings) as store, store.read() as reader:
            return await of(reader)

    total, digests = run(work())
    if tables:
        for name, digest in digests.items():
            print(f"{digest.digest:032x} {digest.rows:>10,} {name}")
    print(total)


database = typer.Typer(no_args_is_help=True, help="The database itself.", rich_markup_mode=None)
app.add_typer(database, name="db")


@database.command("upgrade")
def upgrade(db: Db = None) -> None:
    """Bring the database to the schema of this program."""
    from muster.store.engine import Store, parse_url
    from muster.store.upgrade import upgrade as migrate

    settings = settings_of(db)

    async def work() -> tuple[str | None, str]:
        async with Store(parse_url(settings.url)) as store:
            return await migrate(store)

    before, after = run(work())
    out.print(f"the database is at revision {after}" + ("" if before == after else f" (was: {before or 'empty'})"))


@database.command("info")
def info(db: Db = None, as_json: Json = False) -> None:
    """What the database holds, and how large it is."""
    from muster import app as program
    from muster.cli.show import checks, jsonout
    from muster.store.info import DatabaseInfo, describe

    settings = settings_of(db)

    async def work() -> DatabaseInfo:
        async with program.asked(settings) as store, store.read() as reader:
            return await describe(store, reader)

    answer = run(work())
    if as_json:
        print(jsonout.to_json(answer))
    else:
        out.print(answer.url, markup=False, soft_wrap=True)
        out.print(checks.pairs(answer.pairs()))
