"""Commands that ask: player, top, session, round, match, versus, rating."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from muster.cli.common import Db, Json, app, fail, out, run, settings_of

if TYPE_CHECKING:
    from muster.config import Settings
    from muster.stats.values import Choice, Gates, Nobody, Scope
    from muster.stats.values.chat import ChatterChoice
    from muster.store.engine import Reader

Period = Annotated[str, typer.Option("--period", help="today, week, month, season, all, YYYY, YYYY-MM or YYYY-MM-DD")]
Map = Annotated[str | None, typer.Option("--map", help="only this map")]
Server = Annotated[str | None, typer.Option("--server", help="only this game server")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="how many at most")]
Offset = Annotated[int, typer.Option("--offset", min=0, help="how many to pass over")]


class Missing(Exception):
    """There is no answer, and this is what to say instead."""


class Unclear(Exception):
    """A name means several players, or none."""

    def __init__(self, answer: "Choice | ChatterChoice | Nobody") -> None:
        super().__init__()
        self.answer = answer


def answer(settings: "Settings", as_json: bool, question: "Callable[[Reader], Awaitable[Any]]") -> None:
    """Asks a question and shows the answer; says what is missing with exit code 1."""
    from muster import app as program
    from muster.cli.show import jsonout, render

    async def work() -> Any:
        async with program.asked(settings) as store, store.read() as reader:
            return await question(reader)

    unclear = False
    try:
        found = run(work())
    except Missing as missing:
        raise fail(str(missing)) from None
    except Unclear as error:
        found, unclear = error.answer, True
    if as_json:
        print(jsonout.to_json(found))
    else:
        for part in found if isinstance(found, list) else [found]:
            out.print(render(part))
    if unclear:
        raise typer.Exit(1)


def scope_of(settings: "Settings", period: str, map_: str | None, server: str | None) -> "Scope":
    """What part of the history is asked for. A period's days begin at midnight of the settings' time zone."""
    from muster.stats.periods import UnknownPeriod, parse
    from muster.stats.values import Scope

    try:
        return Scope(parse(period, datetime.now(ZoneInfo(settings.timezone))), map_, server)
    except UnknownPeriod as error:
        raise fail(str(error), 2) from None


def gates_of(settings: "Settings") -> "Gates":
    """How much a player must have played to be ranked."""
    from muster.stats.values import Gates

    return Gates(settings.min_rounds, settings.min_rounds_ratio, settings.min_shots)


async def _key_of(reader: "Reader", text: str) -> str:
    from muster.stats.names import lookup
    from muster.stats.values import Found

    found = await lookup(reader, text)
    if not isinstance(found, Found):
        raise Unclear(found)
    return found.player.key


@app.command()
def player(
    name: Annotated[list[str], typer.Argument(help="a name, its beginning, or a GUID")],
    db: Db = None,
    period: Period = "all",
    map_: Map = None,
    server: Server = None,
    limit: Limit = 10,
    as_json: Json = False,
) -> None:
    """A player's page: career, maps, weapons, sessions, last rounds."""
    from muster.cli import pages

    settings = settings_of(db)
    scope = scope_of(settings, period, map_, server)

    async def question(reader: "Reader") -> object:
        key = await _key_of(reader, " ".join(name))
        return await pages.player_page(reader, key, scope, gates_of(settings), limit)

    answer(settings, as_json, question)


@app.command()
def top(
    metric: Annotated[str, typer.Argument(help="kills, kd, accuracy, dpm, …: docs/metrics.md names all")],
    db: Db = None,
    period: Period = "all",
    map_: Map = None,
    server: Server = None,
    weapon: Annotated[str | None, typer.Option("--weapon", help="only this weapon, such as MP40")] = None,
    limit: Limit = 10,
    offset: Offset = 0,
    worst: Annotated[bool, typer.Option("--worst", help="the worst first")] = False,
    as_json: Json = False,
) -> None:
    """Players by a metric."""
    from muster.stats import leaderboard, metrics

    settings = settings_of(db)
    scope = scope_of(settings, period, map_, server)
    try:
        key = metrics.find(metric).key
    except metrics.UnknownMetric as error:
        raise fail(str(error), 2) from None

    async def question(reader: "Reader") -> object:
        return await leaderboard.leaderboard(
            reader,
            key,
            scope,
            weapon=weapon,
            worst_first=worst,
            gates=gates_of(settings),
            limit=limit,
            offset=offset,
        )

    answer(settings, as_json, question)


@app.command()
def session(
    which: Annotated[str, typer.Argument(help="last, list, a date (YYYY-MM-DD), a period, or a session's id")] = "last",
    db: Db = None,
    server: Server = None,
    limit: Limit = 20,
    offset: Offset = 0,
    picture: Annotated[
        str | None, typer.Option("--picture", help="write the six-panel picture to this PNG file")
    ] = None,
    as_json: Json = False,
) -> None:
    """A gaming session: everybody who played, every map, the score. Or a list of sessions."""
    from muster.cli import pages

    settings = settings_of(db)

    async def question(reader: "Reader") -> object:
        if which == "list":
            return await pages.session_list(reader, scope_of(settings, "all", None, server), limit, offset)
        found = await pages.sessions(reader, which, lambda text: scope_of(settings, text, None, server), limit, offset)
        if found is None:
            raise Missing("there is no session yet: muster import FOLDER brings rounds in")
        if picture:
            pages.draw(found, picture)
        return found

    answer(settings, as_json, question)


@app.command("round")
def round_(
    which: Annotated[str, typer.Argument(help="last, or a round's file name")] = "last",
    db: Db = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """One round: the outcome, both sides with everybody, who led."""
    from muster.stats import rounds

    async def question(reader: "Reader") -> object:
        last = which == "last"
        found = await (rounds.last_round(reader, server) if last else rounds.round_page(reader, which, server))
        if found is None:
            raise Missing("there is no round yet" if last else f"there is no round from a file {which!r}")
        return found

    answer(settings_of(db), as_json, question)


@app.command()
def match(
    which: Annotated[str, typer.Argument(help="last, or a match's id")] = "last", db: Db = None, as_json: Json = False
) -> None:
    """A match: a map played both ways."""
    from muster.stats import matches

    async def question(reader: "Reader") -> object:
        last = which == "last"
        found = await (matches.last_match(reader) if last else matches.match_page(reader, which))
        if found is None:
            raise Missing(
                "there is no match yet" if last else f"there is no match {which!r}; ids are in `export matches`"
            )
        return found

    answer(settings_of(db), as_json, question)


@app.command()
def versus(
    first: Annotated[str, typer.Argument(help="a player")],
    second: Annotated[str, typer.Argument(help="another player")],
    db: Db = None,
    period: Period = "all",
    map_: Map = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Two players: against each other, and together."""
    from muster.stats import rivals

    settings = settings_of(db)
    scope = scope_of(settings, period, map_, server)

    async def question(reader: "Reader") -> object:
        keys: Sequence[str] = [await _key_of(reader, first), await _key_of(reader, second)]
        if keys[0] == keys[1]:
            raise Missing(f"{first!r} and {second!r} are the same player")
        return await rivals.head_to_head(reader, keys[0], keys[1], scope)

    answer(settings, as_json, question)


@app.command()
def rating(
    db: Db = None,
    limit: Limit = 20,
    offset: Offset = 0,
    calibration: Annotated[bool, typer.Option("--calibration", help="how often the forecasts come true")] = False,
    as_json: Json = False,
) -> None:
    """Players by rating, with its uncertainty."""
    from muster.cli import pages
    from muster.stats import ratings

    settings = settings_of(db)

    async def question(reader: "Reader") -> object:
        if calibration:
            found = await pages.calibration(reader)
            if found is None:
                raise Missing("there is no rated match yet")
            return found
        return await ratings.ladder(reader, gates=gates_of(settings), limit=limit, offset=offset)

    answer(settings, as_json, question)
