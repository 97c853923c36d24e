"""Commands for the chat: what is kept of it, and finding it again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from muster.cli.common import Db, Json, app, err, out, run, settings_of

if TYPE_CHECKING:
    from muster.community.logbook import LoggedChannel
    from muster.store.log import TextRow

chatlog = typer.Typer(no_args_is_help=True, help="What is kept of what people write, channel by channel.")
app.add_typer(chatlog, name="chatlog")


@chatlog.command("policy")
def policy(
    channel: Annotated[str | None, typer.Argument(help="a channel's id or name, or `default`; none lists all")] = None,
    on: Annotated[bool | None, typer.Option("--on/--off", help="keep what is written, or not")] = None,
    days: Annotated[int | None, typer.Option(min=0, help="days it is kept")] = None,
    rate: Annotated[float | None, typer.Option(min=0, max=1, help="share of messages that are kept")] = None,
    before_drop: Annotated[
        str | None,
        typer.Option(help="what is done before: `archive`, `summarise`, another step or pipeline, `none`"),
    ] = None,
    platform: Annotated[str, typer.Option(help="where the channel is")] = "discord",
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show what is kept of each channel, or change it. A change holds from the next message on."""
    from muster import app as program
    from muster.cli.show import jsonout
    from muster.community import logbook
    from muster.stats.words import plain

    settings = settings_of(db)

    async def work() -> "list[LoggedChannel]":
        async with program.filled(settings) as store:
            if channel is not None and (on, days, rate, before_drop) != (None, None, None, None):
                await logbook.set_policy(store, platform, channel, on=on, days=days, rate=rate, steps=before_drop)
            return await logbook.overview(store)

    found = run(work())
    if channel is not None:
        found = [one for one in found if channel in (one.key, one.name)]
    if as_json:
        print(jsonout.to_json(found))
        return
    table = Table(box=None, header_style="dim")
    for name in ("channel", "name", "kept", "days", "share", "before it goes", "messages now"):
        table.add_column(name, justify="right" if name in ("days", "share", "messages now") else "left")
    for one in found:
        p = one.policy
        table.add_row(
            Text(plain(one.key)),
            Text(plain(one.name)),
            "yes" if p.enabled else "no",
            str(p.retention_days),
            f"{p.sampling_rate:g}",
            Text(plain(p.pipeline or "–")),
            f"{one.messages:,}",
        )
    out.print(table)


@chatlog.command("search")
def search(
    text: Annotated[str, typer.Argument(help="what the messages contain, in any case")],
    limit: Annotated[int, typer.Option(min=1, help="how many, the latest first")] = 20,
    archived: Annotated[bool, typer.Option("--archived", help="in the archive instead of the database")] = False,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Find kept messages by their text."""
    from muster import app as program
    from muster.cli.show import jsonout
    from muster.community import logbook
    from muster.community.archive import ChatLogError
    from muster.stats.words import plain

    settings = settings_of(db)

    async def work() -> "Sequence[TextRow]":
        async with program.asked(settings) as store:
            if not archived:
                return await logbook.search(store, text, limit)
        archive = program.archive_of(settings)
        if archive is None:
            raise ChatLogError("there is no archive: set `chat_archive` to a folder")
        return archive.search(text, limit)

    found = run(work())
    if as_json:
        print(jsonout.to_json(found))
        return
    for row in reversed(found):
        said = plain(f"#{row.channel_name}  {row.user_name}: {row.text}")
        out.print(f"{logbook.moment(row):%Y-%m-%d %H:%M}  {said}", markup=False, soft_wrap=True)
    if not found:
        err.print("nothing kept contains that")


@chatlog.command("export")
def export(
    channel: Annotated[str, typer.Argument(help="a channel's id or name")],
    to: Annotated[Path, typer.Option("--out", help="file to write, an object a line")],
    db: Db = None,
) -> None:
    """Write the kept messages of a channel to a file, NDJSON."""
    from muster import app as program
    from muster.community import logbook

    settings = settings_of(db)

    async def work() -> int:
        async with program.asked(settings) as store:
            return await logbook.export(store, channel, to)

    out.print(f"{run(work()):,} messages written to {to}", markup=False)


@chatlog.command("summary")
def summary(db: Db = None, as_json: Json = False) -> None:
    """Show what was summed up by pipelines and before deletion: by channel and month."""
    from muster import app as program
    from muster.cli.show import jsonout, pipelines
    from muster.store.pipelines import Summary, summaries

    settings = settings_of(db)

    async def work() -> "list[Summary]":
        async with program.asked(settings) as store, store.read() as reader:
            return await summaries(reader)

    found = run(work())
    if as_json:
        print(jsonout.to_json(found))
    elif found:
        out.print(pipelines.summaries(found))
    else:
        err.print("nothing was summed up yet; the action `summarise` of a pipeline does, or `--before-drop summarise`")


@chatlog.command("access")
def access(
    limit: Annotated[int, typer.Option(min=1, help="how many, the latest first")] = 50,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show who looked into the chat log in Discord, or changed there what is kept."""
    from muster import app as program
    from muster.cli.show import jsonout
    from muster.stats.words import plain
    from muster.store.pipelines import Access, accesses

    settings = settings_of(db)

    async def work() -> "Sequence[Access]":
        async with program.asked(settings) as store, store.read() as reader:
            return await accesses(reader, limit)

    found = run(work())
    if as_json:
        print(jsonout.to_json(found))
        return
    for one in found:
        line = plain(f"{one.who}  {one.action}  {one.about}")
        out.print(f"{one.at:%Y-%m-%d %H:%M}  {line}", markup=False, soft_wrap=True)
    if not found:
        err.print("nobody has yet")


@chatlog.command("archive")
def archive_now(db: Db = None) -> None:
    """Delete what is older than it is kept, after archiving where that is wanted; `muster run` does so every night."""
    from muster import app as program
    from muster.community.retention import Retention

    settings = settings_of(db)

    async def work() -> Any:
        async with program.filled(settings) as store:
            return await Retention(store, program.archive_of(settings)).purge(datetime.now(UTC))

    done = run(work())
    out.print(f"{done.deleted:,} messages deleted, {done.archived:,} of them archived")
    for name, reason in done.failed.items():
        err.print(f"muster: #{name}: kept, because {reason}", markup=False)
    if done.failed:
        raise typer.Exit(1)


@chatlog.command("restore")
def restore(
    file: Annotated[str, typer.Argument(help="a file of the archive, or `all`")],
    db: Db = None,
) -> None:
    """Put archived messages back into the database. They go again when they are too old for their channel."""
    from muster import app as program
    from muster.community import logbook
    from muster.community.archive import ChatLogError

    settings = settings_of(db)

    async def work() -> int:
        async with program.filled(settings) as store:
            archive = program.archive_of(settings)
            if archive is None:
                raise ChatLogError("there is no archive: set `chat_archive` to a folder")
            files = archive.files() if file == "all" else [file]
            return sum([await logbook.restore(store, archive.read(one)) for one in files])

    out.print(f"{run(work()):,} messages put back")
