"""Commands for event pipelines: seen, made, changed, carried over as TOML, tried out."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muster.cli.common import Db, Json, app, err, fail, out, run, settings_of, unwritable

if TYPE_CHECKING:
    from muster.model.chat import Message
    from muster.pipelines.values import Pipeline
    from muster.store.engine import Writer

pipeline = typer.Typer(no_args_is_help=True, help="What happens when a message is of a kind: filters, then actions.")
app.add_typer(pipeline, name="pipeline")

Name = Annotated[str, typer.Argument(help="the pipeline's name")]
Priority = Annotated[int | None, typer.Option(help="low ones are asked first; 100 where nothing is said")]
Enabled = Annotated[bool | None, typer.Option("--enabled/--disabled", help="asked about messages as they come, or not")]
OnMatch = Annotated[
    bool | None, typer.Option("--stop-on-match/--go-on-after-match", help="whether pipelines after it are asked too")
]
OnError = Annotated[
    bool | None, typer.Option("--stop-on-error/--go-on-after-error", help="whether a failed action ends it all")
]
Filters = Annotated[
    list[str] | None, typer.Option("--filter", help='as in TOML: kind = "regex", pattern = "help"; repeatable')
]
Actions = Annotated[
    list[str] | None, typer.Option("--action", help='as in TOML: kind = "notify", channel = 123; repeatable')
]


@pipeline.command("list")
def listed(db: Db = None, as_json: Json = False) -> None:
    """Show every pipeline, in the order they are asked in."""
    import msgspec

    from muster.cli.show import jsonout, pipelines

    found = _read(db)
    if as_json:
        print(jsonout.to_json(msgspec.to_builtins(found)))
    elif found:
        out.print(pipelines.listed(found))
    else:
        err.print("there is none yet; `muster pipeline add` makes one, `muster pipeline import` takes a file")


@pipeline.command("show")
def show(name: Name, db: Db = None, as_json: Json = False) -> None:
    """Show a pipeline as TOML."""
    import msgspec

    from muster.cli.show import jsonout
    from muster.pipelines.written import dump

    one = _read(db, name)[0]
    print(jsonout.to_json(msgspec.to_builtins(one)) if as_json else dump([one]), end="\n" if as_json else "")


@pipeline.command("add")
def add(
    name: Name,
    filters: Filters = None,
    actions: Actions = None,
    priority: Priority = None,
    enabled: Enabled = None,
    stop_on_match: OnMatch = None,
    stop_on_error: OnError = None,
    db: Db = None,
) -> None:
    """Make a pipeline of filters, which must all let a message through, and actions. It works within seconds."""
    given = _given(filters, actions, priority, enabled, stop_on_match, stop_on_error)

    async def work(writer: "Writer") -> None:
        from muster.community.archive import ChatLogError
        from muster.community.events import stored
        from muster.pipelines.written import made
        from muster.store import pipelines

        if name in {row.name for row in await pipelines.all_of_them(writer)}:
            raise ChatLogError(f"there is a pipeline {name!r} already; `muster pipeline edit {name}` changes it")
        await stored.put(writer, [made({"name": name, **given()})])

    _write(db, work)
    out.print(f"pipeline {name} is stored", markup=False)


@pipeline.command("edit")
def edit(
    name: Name,
    filters: Filters = None,
    actions: Actions = None,
    priority: Priority = None,
    enabled: Enabled = None,
    stop_on_match: OnMatch = None,
    stop_on_error: OnError = None,
    db: Db = None,
) -> None:
    """Change a pipeline: what is given takes the place of what was. With no option it opens in your editor."""
    given = _given(filters, actions, priority, enabled, stop_on_match, stop_on_error)
    if (filters, actions, priority, enabled, stop_on_match, stop_on_error) == (None,) * 6:
        _edit_text(name, db)
        return

    async def work(writer: "Writer") -> None:
        import msgspec

        from muster.community.events import stored
        from muster.pipelines.written import made

        before = msgspec.to_builtins(await stored.find(writer, name))
        await stored.put(writer, [made({**before, **given()})])

    _write(db, work)
    out.print(f"pipeline {name} is changed", markup=False)


def _edit_text(name: str, db: str | None) -> None:
    from muster.pipelines.written import dump, load

    before = dump(_read(db, name))
    after = _edited(before)
    if after == before:
        err.print("nothing was changed")
        return

    async def work(writer: "Writer") -> None:
        from muster.community.archive import ChatLogError
        from muster.community.events import stored

        changed = load(after)
        if [one.name for one in changed] != [name]:
            raise ChatLogError(f"the text has to hold the pipeline {name!r} and no other; nothing was changed")
        await stored.put(writer, changed)

    _write(db, work)
    out.print(f"pipeline {name} is changed", markup=False)


@pipeline.command("enable")
def enable(name: Name, db: Db = None) -> None:
    """Let a pipeline be asked about messages as they come."""
    _switch(name, db, on=True)


@pipeline.command("disable")
def disable(name: Name, db: Db = None) -> None:
    """Let it rest. Where a policy names it, it goes on to run before messages are deleted."""
    _switch(name, db, on=False)


def _edited(text: str) -> str:
    """What a person makes of a text, in the editor that VISUAL or EDITOR names."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="muster-") as folder:
        file = Path(folder) / "pipeline.toml"
        file.write_text(text, "utf-8")
        try:
            subprocess.run([*command, str(file)], check=True)
        except (OSError, subprocess.CalledProcessError):
            raise fail(f"the editor {command[0]} failed; EDITOR may name another, or use the options") from None
        return file.read_text("utf-8")


def _switch(name: str, db: str | None, *, on: bool) -> None:
    async def work(writer: "Writer") -> None:
        import msgspec

        from muster.community.events import stored

        await stored.put(writer, [msgspec.structs.replace(await stored.find(writer, name), enabled=on)])

    _write(db, work)
    out.print(f"pipeline {name} is {'enabled' if on else 'disabled'}", markup=False)


@pipeline.command("remove")
def remove(name: Name, db: Db = None) -> None:
    """Forget a pipeline. What it summed up and archived stays."""

    async def work(writer: "Writer") -> None:
        from muster.community.events import stored

        await stored.remove(writer, name)

    _write(db, work)
    out.print(f"pipeline {name} is removed", markup=False)


@pipeline.command("export")
def export(
    name: Annotated[str | None, typer.Argument(help="only this one")] = None,
    to: Annotated[Path | None, typer.Option("--out", help="file to write; without it standard output")] = None,
    db: Db = None,
) -> None:
    """Write pipelines as TOML, which `import` takes."""
    from muster.pipelines.written import dump

    text = dump(_read(db, name))
    if to is None:
        print(text, end="")
        return
    try:
        to.write_text(text, "utf-8")
    except OSError as error:
        raise unwritable(error, to) from None


@pipeline.command("import")
def take(
    file: Annotated[str, typer.Argument(help="a TOML file, or - for standard input")],
    db: Db = None,
) -> None:
    """Take the pipelines of a TOML file, all or none; those of the same names are replaced, others stay."""
    from muster.pipelines.values import BadPipeline
    from muster.pipelines.written import load

    try:
        found = load(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"))
    except BadPipeline as error:
        raise fail(f"{file}: {error}") from None
    except UnicodeDecodeError:
        raise fail(f"{file} is no text in UTF-8") from None
    except OSError as error:
        raise fail(f"{file} can't be read: {error.strerror}") from None

    async def work(writer: "Writer") -> None:
        from muster.community.events import stored

        await stored.put(writer, found)

    _write(db, work)
    out.print(f"{len(found)} stored: {', '.join(one.name for one in found) or 'none'}", markup=False)


@pipeline.command("test")
def try_out(
    name: Name,
    text: Annotated[str | None, typer.Option(help="what the message says")] = None,
    channel: Annotated[str, typer.Option(help="its channel, by id or name")] = "1",
    user: Annotated[str, typer.Option(help="its author's id")] = "1",
    role: Annotated[list[str] | None, typer.Option(help="a role of the author, by id; repeatable")] = None,
    at: Annotated[str | None, typer.Option(help="when, such as 2025-10-31T22:15+01:00; without it now")] = None,
    platform: Annotated[str, typer.Option(help="discord, twitch or vrchat")] = "discord",
    stored: Annotated[bool, typer.Option("--stored", help="ask about the kept messages instead")] = False,
    limit: Annotated[int, typer.Option(min=1, help="with --stored: about so many of the latest")] = 1000,
    db: Db = None,
) -> None:
    """Ask a pipeline whether it means a message, and which filters let it through. Nothing is done about it."""
    from muster.cli.show import pipelines
    from muster.pipelines.match import Ready

    ready = Ready(_read(db, name)[0])
    if stored:
        _test_stored(ready.pipeline, limit, db)
        return
    if text is None:
        raise fail("give the message: --text 'can anybody help?', or --stored for the kept ones", 2)
    message = _message(text, channel, user, role or (), at, platform)
    told = ready.told(message)
    out.print(pipelines.asked(told, all(passes for _, passes in told)))


def _message(text: str, channel: str, user: str, roles: Sequence[str], at: str | None, platform: str) -> "Message":
    from muster.model.chat import Channel, Community, Message, Person, Platform, number_at
    from muster.pipelines.check import one_of
    from muster.pipelines.values import BadPipeline

    try:
        one_of("--platform", platform, [one.value for one in Platform])
        moment = datetime.now(UTC) if at is None else datetime.fromisoformat(at)
    except BadPipeline as error:
        raise fail(str(error), 2) from None
    except ValueError:
        raise fail(f"--at {at}: it looks like 2025-10-31T22:15+01:00", 2) from None
    ms = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    of = Platform(platform)
    where = Channel(Community(of, "1", "test"), channel, channel)
    return Message(where, number_at(ms), Person(of, user, user), ms, text, roles=tuple(roles))


def _test_stored(one: "Pipeline", limit: int, db: str | None) -> None:
    from muster import app as program
    from muster.community import logbook
    from muster.stats.words import plain

    settings = settings_of(db)

    async def work() -> Any:
        async with program.asked(settings) as store:
            return await logbook.meant(store, one, limit)

    meant, asked = run(work())
    for row in meant:
        said = plain(f"#{row.channel_name}  {row.user_name}: {row.text}")
        out.print(f"{logbook.moment(row):%Y-%m-%d %H:%M}  {said}", markup=False, soft_wrap=True)
    err.print(f"{len(meant):,} of the latest {asked:,} kept messages are meant", markup=False)


def _given(
    filters: Sequence[str] | None,
    actions: Sequence[str] | None,
    priority: int | None,
    enabled: bool | None,
    stop_on_match: bool | None,
    stop_on_error: bool | None,
) -> Callable[[], dict[str, Any]]:
    """What was given on the command line, as a table of TOML has it; read when it is called."""

    def table() -> dict[str, Any]:
        from muster.pipelines.written import parts_typed

        values: dict[str, Any] = {"priority": priority, "enabled": enabled}
        values |= {"stop_on_match": stop_on_match, "stop_on_error": stop_on_error}
        found = {key: value for key, value in values.items() if value is not None}
        parts = {"filters": filters, "actions": actions}
        return found | {what: parts_typed(what, texts) for what, texts in parts.items() if texts is not None}

    return table


def _read(db: str | None, name: str | None = None) -> "list[Pipeline]":
    """Every pipeline, or the one of a name."""
    from muster import app as program
    from muster.community.events import stored

    settings = settings_of(db)

    async def work() -> "list[Pipeline]":
        async with program.asked(settings) as store, store.read() as reader:
            return await stored.every(reader) if name is None else [await stored.find(reader, name)]

    return run(work())


def _write(db: str | None, work: Callable[["Writer"], Any]) -> None:
    """Does something in one transaction."""
    from muster import app as program

    settings = settings_of(db)

    async def writing() -> None:
        async with program.filled(settings) as store, store.write() as writer:
            await work(writer)

    run(writing())
