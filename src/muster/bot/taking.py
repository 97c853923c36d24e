"""What is taken in by command goes where everything else goes, and is announced alike."""

from datetime import timedelta
from typing import TYPE_CHECKING

from muster.announce.news import Announcer
from muster.collect.collector import choice_of
from muster.collect.taking import Place

if TYPE_CHECKING:
    from muster.bot.client import MusterBot


def place_of(bot: "MusterBot", server: str | None = None) -> Place:
    """Where files of a game server go; of none in particular where their headers tell."""
    settings = bot.settings
    on_taken = None
    if settings.stats_channel_id is not None:
        hours = min(settings.announce_max_age_hours, 24 * 365.25 * 100)
        on_taken = Announcer(settings.stats_channel_id, timedelta(hours=hours)).on_taken
    return Place(bot.store.url.render_as_string(hide_password=False), choice_of(settings, server), on_taken)
