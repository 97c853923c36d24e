"""A person's page: the game on one side, the community on the other."""

from typing import Final

from muster.bot import text
from muster.bot.pages import GREY, Answer, Page, Picture, Table, in_parts
from muster.bot.show.community import hours
from muster.bot.show.player_words import facts, record, who
from muster.charts import pictures
from muster.stats.metrics import METRICS
from muster.stats.values.persons import Around, ChatHalf, GameHalf, PersonProfile

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BUSIEST: Final = 3


def profile(found: PersonProfile, prefix: str) -> Answer:
    """Both halves, who he plays with, when he is around; where a half is missing, how it comes here."""
    name = _name(found)
    if found.game is None and found.chat is None:
        words = f"Nothing is known yet. {_link(found, prefix)}"
        return Answer((Page(f"Profile of {text.called(name)}", words, colour=GREY),))
    parts: list[str | Table] = []
    if found.game is not None:
        parts += _game(found.game)
    if found.chat is not None:
        parts += _chat(found.chat)
    parts += _around(found.around)
    if found.game is None or found.chat is None:
        parts.append(_link(found, prefix))
    pages = in_parts(f"Profile of {text.called(name)}", parts, footer=f"all time · clock of {found.around.timezone}")
    together = found.around.together
    note = f"minutes played and in voice, messages · {found.around.timezone}"
    picture = Picture("profile.png", pictures.week, (name, note, together)) if any(together) else None
    return Answer(pages, picture=picture)


def _name(found: PersonProfile) -> str:
    if found.game is not None:
        return found.game.player.shown
    return (found.chat.user.name or found.chat.user.key) if found.chat is not None else "somebody"


def _game(half: GameHalf) -> list[str | Table]:
    pairs = [
        ("Rounds", f"{half.rounds:,}"),
        ("Played", hours(half.seconds)),
        ("Evenings", f"{half.sessions:,}"),
        ("W–D–L", record(half.matches)),
        ("K/D", METRICS["kd"].show(half.kd)),
        ("DPM", METRICS["dpm"].show(half.dpm)),
    ]
    pairs += [("Rating", f"{half.rating.shown:,}")] if half.rating is not None else []
    last = f" · last seen {text.moment(half.last_seen, 'R')}" if half.last_seen is not None else ""
    parts: list[str | Table] = [Table(tuple(facts(pairs)), above=f"**In the game** as {who(half.player)}{last}")]
    if half.partners:
        named = ", ".join(f"{who(one.player)} ({one.rounds:,})" for one in half.partners)
        parts.append(f"Plays with {named}")
    return parts


def _chat(half: ChatHalf) -> list[str | Table]:
    pairs = [
        ("Messages", f"{half.messages:,}"),
        ("Days active", f"{half.active_days:,}"),
        ("Voice", hours(half.voice_seconds)),
        ("Streak", text.counted(half.streak, "day")),
        ("Longest", text.counted(half.longest_streak, "day")),
    ]
    last = f" · last message {text.moment(half.last_at, 'R')}" if half.last_at is not None else ""
    above = f"**Here** as {text.called(half.user.name, half.user.key)}{last}"
    return [Table(tuple(facts(pairs)), above=above)]


def _around(around: Around) -> list[str]:
    """The busiest hours of each kind."""
    kinds = (("Plays", around.played), ("Writes", around.messages), ("In voice", around.in_voice))
    lines = [f"{what} most {_busiest(values)}" for what, values in kinds if any(values)]
    return ["\n".join(lines)] if lines else []


def _busiest(values: tuple[int, ...]) -> str:
    places = sorted(range(len(values)), key=lambda place: (-values[place], place))[:_BUSIEST]
    return ", ".join(f"{_DAYS[place // 24]} {place % 24:02}:00" for place in places if values[place])


def _link(found: PersonProfile, prefix: str) -> str:
    """Why a half is missing, and what brings it here."""
    if found.linked:
        missing = "Nothing was counted of them here yet." if found.chat is None else "No round of theirs is stored."
        return f"-# {missing}"
    if found.game is None:
        return f"-# Not linked to a player: `{prefix}link NAME` puts the game beside this."
    return f"-# Not linked to anybody here: `{prefix}link NAME`, by whom it is, puts the community beside this."
