"""Answers on a terminal, a module for each kind, and as JSON. Names are foreign: they are text, never markup."""

from functools import singledispatch

from rich.console import RenderableType

from muster.cli.show import (
    chat,
    leaderboard,
    match,
    people,
    persons,
    player,
    player_tables,
    ratings,
    session,
    sessions,
    versus,
)
from muster.cli.show import round as round_
from muster.cli.show.player import PlayerPage
from muster.stats import values
from muster.stats.values import chat as chat_values
from muster.stats.values import persons as person_values
from muster.stats.values import presence as presence_values

__all__ = ["PlayerPage", "render"]


@singledispatch
def render(answer: object) -> RenderableType:
    """The page of an answer of a question. Raises TypeError for what is none."""
    raise TypeError(f"there is no page for {type(answer).__name__}")


render.register(PlayerPage, player.render)
render.register(values.Career, player.overview)
render.register(values.Maps, player_tables.maps)
render.register(values.Weapons, player_tables.weapons)
render.register(values.History, player_tables.history)
render.register(values.Recent, player_tables.recent)
render.register(values.Leaderboard, leaderboard.render)
render.register(values.Ladder, ratings.render)
render.register(values.SessionOverview, session.render)
render.register(values.SessionList, sessions.render)
render.register(values.RoundPage, round_.render)
render.register(values.MatchPage, match.render)
render.register(values.HeadToHead, versus.render)
render.register(values.Choice, people.choice)
render.register(values.Nobody, people.nobody)
render.register(person_values.PersonProfile, persons.profile)
render.register(chat_values.TopChatters, chat.top)
render.register(chat_values.Activity, chat.activity)
render.register(chat_values.ActiveHours, chat.hours)
render.register(chat_values.ServerActivity, chat.days)
render.register(chat_values.ChatSessions, chat.sessions)
render.register(presence_values.TopVoice, chat.voice)
render.register(chat_values.ChatterChoice, chat.choice)
