"""Answers to look at in the tests of sessions, rounds and posts, and what holds for every page."""

import re

import msgspec
from rich.cells import cell_len

from muster.bot.pages import Answer, Page
from muster.bot.text import WIDTH
from muster.stats.values import PlayerRef, RoundPage, RoundPlayer, SessionOverview, SessionPlayer
from tests.cli.show_samples import HOSTILE, match_up, round_page, round_player, session, session_player

HARD = (*HOSTILE, "```", "||spoiler||", "<@1> <#2> <t:0:R>", "**bold** [x](http://y)", "a" * 300, "=1+1")
"""Names that mean harm, also to Discord and to spreadsheets."""


def four() -> RoundPage:
    """Two against two; one reconnected, one does not count."""
    return round_page(
        [round_player(0, "axis"), round_player(2, "axis", flags=("counter_reset",))],
        [round_player(1, "allies"), round_player(4, "allies", eligible=False, confidence=0.8)],
    )


def crowd(size: int, name: str | None = None) -> RoundPage:
    """As many on both sides together, all of whom have something to say."""
    players = [
        some(number, "axis" if number < size // 2 else "allies", name) for number in range(size)
    ]  # kills must not go below zero
    return round_page(players[: size // 2], players[size // 2 :])


def some(number: int, side: str, name: str | None) -> RoundPlayer:
    """One of a crowd: 125 kills, five-digit damage."""
    player = round_player(number % 12, side, name, flags=("both_teams",))
    sums = msgspec.structs.replace(player.totals, kills=125 - number, deaths=118, damage_given=23456)
    return msgspec.structs.replace(player, totals=sums, player=PlayerRef(f"{number:08X}", player.player.name))


def evening(players: int = 4, name: str | None = None, match_ups: int = 1) -> SessionOverview:
    """A session of so many players in two teams."""
    everybody = [evening_player(number, name) for number in range(players)]
    refs = tuple(player.player for player in everybody)
    ups = tuple(match_up(n + 1, team_a=refs[::2], team_b=refs[1::2]) for n in range(match_ups))
    return session(everybody, match_ups=ups)


def evening_player(number: int, name: str | None) -> SessionPlayer:
    """One of an evening's players."""
    player = session_player(number % 12, "AB"[number % 2], name)
    return msgspec.structs.replace(player, player=PlayerRef(f"{number:08X}", player.player.name))


def tables(page: Page) -> list[str]:
    """The lines within code blocks."""
    found, inside = [], False
    for line in page.description.split("\n"):
        if line == "```":
            inside = not inside
        elif inside:
            found.append(line)
    assert not inside
    return found


def holds(answer: Answer) -> None:
    """No table is wider than a phone, no code block is left open, nobody is mentioned."""
    for page in answer.pages:
        for line in tables(page):
            assert cell_len(line) <= WIDTH, line
        prose = re.sub(r"```.*?```|`.*?`", "", page.description, flags=re.DOTALL)
        assert "@everyone" not in prose
