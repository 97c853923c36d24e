"""A person's page on the terminal: the game on one side, the community on the other."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from muster.cli.show import style, text
from muster.cli.show.chat import week
from muster.cli.show.pieces import Facts, heading, names, page, remark
from muster.stats.metrics import METRICS
from muster.stats.values.persons import ChatHalf, GameHalf, PersonProfile

_UNLINKED: Final = "not linked: in Discord, `link NAME` brings both halves together"


def profile(value: PersonProfile) -> RenderableType:
    """Both halves, who he plays with, when he is around."""
    name = text.name(value.game.player) if value.game is not None else ""
    if not name and value.chat is not None:
        name = text.plain(value.chat.user.name).strip() or text.plain(value.chat.user.key)
    around = value.around
    return page(
        text.joined(Text(name, style.TITLE), "all time"),
        _game(value.game) if value.game is not None else None,
        _chat(value.chat) if value.chat is not None else None,
        None if value.linked else remark(_UNLINKED),
        *_hours("Plays", around.played),
        *_hours("Writes", around.messages),
        *_hours("In voice", around.in_voice),
        remark(f"clock: {around.timezone}"),
    )


def _game(half: GameHalf) -> RenderableType:
    facts = [
        text.counted(half.rounds, "round"),
        f"{text.span(half.seconds)} played",
        text.counted(half.sessions, "session"),
        f"{text.record(half.matches)} matches",
        f"K/D {METRICS['kd'].show(half.kd)}",
        f"DPM {METRICS['dpm'].show(half.dpm)}",
        f"rating {half.rating.shown:,}" if half.rating is not None else "",
        f"last seen {text.date(half.last_seen)} UTC",
    ]
    partners = [f"{text.name(one.player)} ({one.rounds:,})" for one in half.partners]
    company = [Facts(names("plays with", partners, len(partners)), ", ")] if partners else []
    return Group(heading("In the game"), Facts(facts), *company)


def _chat(half: ChatHalf) -> RenderableType:
    facts = [
        text.counted(half.messages, "message"),
        text.counted(half.active_days, "active day"),
        f"{text.span(half.voice_seconds)} in voice",
        f"{text.counted(half.streak, 'day')} in a row now, {half.longest_streak:,} at most",
        f"last message {text.minute(half.last_at)} UTC" if half.last_at is not None else "no message",
    ]
    where = text.plain(half.community.name).strip() or text.plain(half.community.key)
    return Group(heading(f"In {where}"), Facts(facts))


def _hours(what: str, values: Sequence[int]) -> list[RenderableType]:
    return [Group(heading(what), week(values))] if any(values) else []
