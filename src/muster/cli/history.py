"""Commands about what other programs logged before: history import, history status."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from muster.cli.common import Db, Json, app, err, fail, out, run, settings_of

if TYPE_CHECKING:
    from muster.community.history import HistoryReport
    from muster.community.history.status import GuildStatus

group = typer.Typer(no_args_is_help=True, help="What other bots logged before.", rich_markup_mode=None)
app.add_typer(group, name="history")


@group.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="folder of logs (logs/SERVER/YYYYMMDD/info.jsonl), or exported JSON")],
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Count what another bot logged, or DiscordChatExporter saved as JSON. Goes on from where the last import stopped.

    What Muster counted itself counts once. Lines that can't be read are listed; days that can't be read stay pending.
    """
    from muster import app as program
    from muster.cli.show import history, jsonout
    from muster.ops.aside import AsideDied

    settings = settings_of(db)
    if not path.exists():
        raise fail(f"there is no {path}", 2)
    columns = (TextColumn("importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())

    async def work() -> "HistoryReport":
        async with program.filled(settings) as store:
            with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
                task = progress.add_task("", total=None)

                def begin(total: int) -> Callable[[int], None]:
                    progress.update(task, total=total)
                    return lambda done: progress.update(task, advance=done)

                try:
                    return await program.import_history(settings, store, path, begin)
                except AsideDied as error:
                    raise fail(f"{error}; what was done is kept, the same command goes on from there") from None
                except OSError as error:
                    raise fail(f"can't read {error.filename or path}: {error.strerror or error}") from None

    report = run(work())
    if as_json:
        print(jsonout.to_json(report))
    else:
        out.print(history.render(report))
    if report.pending:
        raise typer.Exit(1)


@group.command("status")
def status(db: Db = None, as_json: Json = False) -> None:
    """How far the imports of each server have come, and what could not be read."""
    from muster import app as program
    from muster.cli.show import history, jsonout
    from muster.community.history.status import status as of

    settings = settings_of(db)

    async def work() -> "list[GuildStatus]":
        async with program.asked(settings) as store, store.read() as reader:
            return await of(reader)

    found = run(work())
    if as_json:
        print(jsonout.to_json(found))
    else:
        out.print(history.status(found))
