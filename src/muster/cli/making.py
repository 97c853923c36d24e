"""Commands that make files: simulate, export, demo."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from muster.cli.common import Db, Json, app, err, fail, out, run, settings_of, unwritable


@app.command()
def simulate(
    to: Annotated[Path, typer.Option("--out", help="the folder to write to")],
    nights: Annotated[int, typer.Option(min=1, help="evenings to play")] = 3,
    players: Annotated[int, typer.Option(min=2, help="players in a usual round")] = 12,
    seed: Annotated[int, typer.Option(help="the same seed plays the same evenings")] = 1,
    community: Annotated[int | None, typer.Option(help="people to draw the players from")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="leave out what goes wrong on real servers")] = False,
    as_json: Json = False,
) -> None:
    """Write round files of invented evenings, and the truth about them in truth.json."""
    from muster.rounds.simulate import simulate as play

    try:
        done = play(to, nights=nights, players=players, seed=seed, community=community, oddities=not plain)
    except ValueError as error:
        raise fail(str(error), 2) from None
    except OSError as error:
        raise unwritable(error, to) from None
    if as_json:
        print(f'{{"files": {done.files}, "rounds": {done.rounds}}}')
    else:
        out.print(
            f"{done.rounds} rounds of {nights} evenings in {to}, the truth about them in {done.truth}", markup=False
        )


@app.command()
def export(
    table: Annotated[str, typer.Argument(help="player_rounds, weapon_rounds, rounds, matches, sessions or ratings")],
    db: Db = None,
    form: Annotated[str, typer.Option("--format", help="json, csv or parquet")] = "json",
    to: Annotated[Path | None, typer.Option("--out", help="file to write; else standard output")] = None,
    period: Annotated[str, typer.Option(help="today, week, month, season, all, YYYY-MM or YYYY-MM-DD")] = "all",
    map_: Annotated[str | None, typer.Option("--map", help="only this map")] = None,
    server: Annotated[str | None, typer.Option("--server", help="only this game server")] = None,
    everything: Annotated[bool, typer.Option("--all", help="with rows that are not valid or not eligible")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="JSON: one object a line")] = False,
) -> None:
    """Write a table to a file, with stable columns."""
    from muster import app as program
    from muster.cli.asking import scope_of
    from muster.stats import files
    from muster.stats.export import COLUMNS, rows

    if table not in COLUMNS:
        raise fail(f"there is no table {table!r}; choose one of {', '.join(COLUMNS)}", 2)
    if form not in files.FORMATS:
        raise fail(f"there is no format {form!r}; choose one of {', '.join(files.FORMATS)}", 2)
    if form == "parquet" and to is None:
        raise fail("a Parquet file can't go to standard output: say where with --out FILE", 2)
    settings = settings_of(db)
    scope = scope_of(settings, period, map_, server)
    written = "lines" if lines and form == "json" else form

    async def work() -> int:
        async with program.asked(settings) as store, store.read() as reader:
            found = rows(reader, table, scope, everything=everything)
            return await files.write(found, COLUMNS[table], written, to or sys.stdout)

    count = run(work(), writing=to)
    if to is not None:
        err.print(f"{count:,} rows of {table} in {to}", markup=False)


@app.command()
def demo(
    to: Annotated[Path, typer.Option("--out", help="folder for what the demo makes")] = Path("muster-demo"),
    seed: Annotated[int, typer.Option(help="another seed plays other evenings")] = 7,
) -> None:
    """Play three invented evenings, import them, and show what Muster knows then. Needs no server and no token."""
    from muster.cli.demo import play

    run(play(to, seed), writing=to)
