"""Commands about who writes, when and how much: chat top, activity, hours, days, sessions, settings."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muster.cli.asking import Limit, Missing, Offset, Period, Unclear, answer
from muster.cli.common import Db, Json, app, fail, settings_of, unwritable
from muster.config import CONFIG_FILE

if TYPE_CHECKING:
    from muster.config import Settings
    from muster.stats.values.chat import CommunityRef, Days
    from muster.store.engine import Reader

chat = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Who writes, when and how much.")
app.add_typer(chat, name="chat")

Community = Annotated[
    str | None, typer.Option("--community", help="name or id of the Discord server; not needed where there is one")
]
Who = Annotated[list[str], typer.Argument(help="a name, its beginning, or an id")]

Question = Callable[["Reader", "CommunityRef", "Days"], Awaitable[Any]]


def _ask(settings: "Settings", as_json: bool, community: str | None, period: str, question: Question) -> None:
    """Asks a question about a community and the days of a period."""
    from muster.stats.chat_source import find_community

    days = _days(settings, period)

    async def about(reader: "Reader") -> object:
        return await question(reader, await find_community(reader, community), days)

    answer(settings, as_json, about)


def _days(settings: "Settings", period: str) -> "Days":
    from muster.community.days import rule_of
    from muster.stats.chat_source import days
    from muster.stats.periods import UnknownPeriod, parse

    rule = rule_of(settings)
    today = rule.day(datetime.now(UTC))
    try:
        return days(parse(period, datetime.combine(today, time(12), UTC)), today, rule.begin)
    except UnknownPeriod as error:
        raise fail(str(error), 2) from None


async def _key_of(reader: "Reader", community: "CommunityRef", words: list[str]) -> str:
    from muster.stats.chat_names import lookup
    from muster.stats.values.chat import ChatterChoice

    found = await lookup(reader, community, " ".join(words))
    if isinstance(found, ChatterChoice):
        raise Unclear(found)
    if found is None:
        raise Missing(f"nobody who writes in {community.name} goes by anything like {' '.join(words)!r}")
    return found.key


@chat.command()
def top(
    db: Db = None,
    community: Community = None,
    period: Period = "all",
    channel: Annotated[str | None, typer.Option("--channel", help="only this channel, with its threads")] = None,
    limit: Limit = 10,
    offset: Offset = 0,
    as_json: Json = False,
) -> None:
    """Who writes most."""
    from muster.stats import chat_source, chat_top

    async def question(reader: "Reader", where: "CommunityRef", days: "Days") -> object:
        place = await chat_source.find_channel(reader, where, channel) if channel else None
        return await chat_top.top_chatters(reader, where, days, place, limit=limit, offset=offset)

    _ask(settings_of(db), as_json, community, period, question)


@app.command()
def profile(
    name: Annotated[list[str], typer.Argument(help="a name in the game or in the community, or a GUID or an id")],
    db: Db = None,
    community: Community = None,
    as_json: Json = False,
) -> None:
    """Somebody in the game and in a community, side by side, if he is linked."""
    from muster.stats import chat_source, persons

    settings, words = settings_of(db), " ".join(name)
    today = _days(settings, "all").today

    async def about(reader: "Reader") -> object:
        anywhere = community is not None or bool(await chat_source.all_communities(reader))
        where = await chat_source.find_community(reader, community) if anywhere else None
        both = await persons.other_half(reader, *await _person(reader, where, words))
        return await persons.profile(reader, both[0], where, both[1], today, settings.timezone)

    answer(settings, as_json, about)


async def _person(reader: "Reader", where: "CommunityRef | None", words: str) -> tuple[str | None, str | None]:
    """The key of the player of a name, or else that of who goes by it in a community."""
    from muster.stats import chat_names, names
    from muster.stats.values import Found, Nobody
    from muster.stats.values.chat import Chatter

    found = await names.lookup(reader, words)
    if isinstance(found, Found):
        return found.player.key, None
    chatter = await chat_names.lookup(reader, where, words) if where is not None else None
    if isinstance(chatter, Chatter):
        return None, chatter.key
    raise Unclear(chatter if chatter is not None and isinstance(found, Nobody) else found)


@chat.command()
def voice(
    db: Db = None,
    community: Community = None,
    period: Period = "all",
    limit: Limit = 10,
    offset: Offset = 0,
    as_json: Json = False,
) -> None:
    """Who is in voice most."""
    from muster.stats.voice import top_voice

    async def question(reader: "Reader", where: "CommunityRef", days: "Days") -> object:
        return await top_voice(reader, where, days, limit=limit, offset=offset)

    _ask(settings_of(db), as_json, community, period, question)


@chat.command()
def activity(
    who: Who, db: Db = None, community: Community = None, period: Period = "all", as_json: Json = False
) -> None:
    """What somebody writes: how much, where, how regularly, at which hours."""
    from muster.stats import chat_activity

    async def question(reader: "Reader", where: "CommunityRef", days: "Days") -> object:
        return await chat_activity.activity(reader, where, await _key_of(reader, where, who), days)

    _ask(settings_of(db), as_json, community, period, question)


@chat.command()
def hours(
    who: Annotated[list[str] | None, typer.Argument(help="a name or an id; nothing for everybody")] = None,
    db: Db = None,
    community: Community = None,
    as_json: Json = False,
) -> None:
    """At which hours of the week is written, of all time."""
    from muster.stats import chat_hours

    settings = settings_of(db)

    async def question(reader: "Reader", where: "CommunityRef", _: "Days") -> object:
        key = await _key_of(reader, where, who) if who else None
        return await chat_hours.active_hours(reader, where, settings.timezone, key)

    _ask(settings, as_json, community, "all", question)


@chat.command()
def days(db: Db = None, community: Community = None, period: Period = "month", as_json: Json = False) -> None:
    """Members, messages and people who wrote, day by day, and the busiest channels."""
    from muster.stats import chat_server

    async def question(reader: "Reader", where: "CommunityRef", asked: "Days") -> object:
        return await chat_server.server_activity(reader, where, asked)

    _ask(settings_of(db), as_json, community, period, question)


@chat.command()
def sessions(
    who: Who,
    db: Db = None,
    community: Community = None,
    period: Period = "all",
    limit: Limit = 20,
    offset: Offset = 0,
    as_json: Json = False,
) -> None:
    """When somebody was there writing, the latest first."""
    from muster.stats import chat_sessions

    async def question(reader: "Reader", where: "CommunityRef", asked: "Days") -> object:
        key = await _key_of(reader, where, who)
        return await chat_sessions.sessions_of(reader, where, key, asked, limit=limit, offset=offset)

    _ask(settings_of(db), as_json, community, period, question)


@chat.command()
def settings(
    file: Annotated[Path, typer.Argument(help="a message tracker's config.json")],
    write: Annotated[bool, typer.Option("--write", help="put the lines into muster.toml")] = False,
) -> None:
    """Say the settings of a message tracker (trackedChannels, dailyCutoffHourUTC, logging) in Muster's own."""
    from muster.community.tracker_config import BadConfig, Conflict, as_toml, merged, read_config

    try:
        config = read_config(file.read_bytes())
    except OSError as error:
        raise fail(f"can't read {file}: {error.strerror}", 2) from None
    except BadConfig as error:
        raise fail(f"{file}: {error}", 2) from None
    if not write:
        print(as_toml(config), end="")
        return
    target = Path(CONFIG_FILE)
    try:
        target.write_text(merged(config, target.read_text("utf-8") if target.exists() else ""), "utf-8")
    except Conflict as error:
        raise fail(str(error)) from None
    except OSError as error:
        raise unwritable(error, target) from None
    print(f"{target.resolve()} has the settings of {file}")
