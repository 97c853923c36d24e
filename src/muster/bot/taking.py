"""What is taken in by command goes where everything else goes, and is announced alike."""

from typing import TYPE_CHECKING

from muster.announce.news import announcer_of
from muster.collect.collector import choice_of
from muster.collect.taking import Place

if TYPE_CHECKING:
    from muster.bot.client import MusterBot


def place_of(bot: "MusterBot", server: str | None = None) -> Place:
    """Where files of a game server go; of none in particular where their headers tell."""
    settings = bot.settings
    announcer = announcer_of(settings)
    url = bot.store.url.render_as_string(hide_password=False)
    return Place(url, choice_of(settings, server), announcer.on_taken if announcer else None)
