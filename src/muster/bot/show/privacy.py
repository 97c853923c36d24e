"""What is stored of whoever asks, and what became of his wishes, as pages."""

from muster.bot import text
from muster.bot.pages import GREEN, ORANGE, Page
from muster.community.privacy import Done, Stored

_MOST = 10
"""Channels that are listed; the file has them all."""


def stored(found: Stored) -> Page:
    """What is stored of somebody."""
    if found.opted_out:
        lines = ["You opted out: your messages count for their channels, and nothing is stored about you."]
    elif found.is_nothing:
        lines = ["Nothing is stored about you. What you write from now on is counted, unless you opt out."]
    else:
        lines = [_since(found), *_kept(found)]
    if found.hidden_until is not None and not found.opted_out:
        lines.append(f"What you wrote before {text.moment(found.hidden_until)} counts for its channels alone.")
    if found.player is not None:
        lines.append(f"You are linked to the player `{text.cell(found.player)}`.")
    if found.is_nothing:
        return Page("What is stored about you", "\n".join(lines))
    lines.append("-# Counting keeps no text: how many messages, where, when. Rounds of the game are not part of this.")
    return Page("What is stored about you", "\n".join(lines))


def _since(found: Stored) -> str:
    messages = sum(one.messages for one in found.communities)
    counted = f"**{text.counted(messages, 'message')}** of yours are counted" if messages else "No message is counted"
    if not found.communities:
        return f"{counted}."
    first = min(one.first_at for one in found.communities)
    last = max(one.last_at for one in found.communities)
    where = f" in {text.counted(len(found.communities), 'server')}" if len(found.communities) > 1 else ""
    span = f"from {text.moment(first, 'D')} to {text.moment(last, 'D')}"
    return f"{counted}{where}, {span}, in {text.counted(found.sessions, 'session')}."


def _kept(found: Stored) -> list[str]:
    lines = [f"<#{one.channel}> {one.messages:,}" for one in found.channels if one.channel.isdecimal()]
    rest = len(found.channels) - min(len(lines), _MOST)
    shown = [" · ".join(lines[:_MOST]) + (f" · and {rest} more" if rest and lines else "")] if lines else []
    hours = found.voice_seconds / 3600
    if found.voice_seconds:
        shown.append(f"**{hours:,.1f} hours** in voice.")
    kept = [
        (found.emoji, "emoji", "counted"),
        (found.words, "word", "counted, a sample of them kept"),
        (found.texts, "text", "kept"),
        (found.archived, "text", "kept in the archive"),
        (found.waiting, "message", "waiting on disk for the database"),
        (found.set_aside, "message", "set aside: it could not be stored"),
    ]
    told = [f"{text.counted(count, noun)} of yours: {what}." for count, noun, what in kept if count]
    return [*shown, *(told or ["No text of yours is kept."])]


def exported() -> Page:
    """The file is there."""
    return Page("All that is stored about you", "As a JSON file. Nobody else has got it.", colour=GREEN)


def opt_out() -> Page:
    """Whether he is sure."""
    words = (
        "From your next message on nothing is stored about you: messages count for their channels, and that is all. "
        "What is stored now is erased. That can't be undone."
    )
    return Page("Count you no longer?", words, colour=ORANGE)


def opted_out(done: Done) -> Page:
    """Counted no longer."""
    words = f"Your messages count for their channels, and nothing more. {_done(done)}"
    return Page("You are counted no longer", f"{words}\n-# `privacy` counts you again.", colour=GREEN)


def opted_in() -> Page:
    """Counted again."""
    return Page("You are counted again", "From now on; what you wrote before stays nobody's.", colour=GREEN)


def erase() -> Page:
    """Whether he is sure."""
    words = (
        "Counts, sessions, kept texts and the link to your player go, in the database and in its files. That can't be "
        "undone. What you write after that is counted anew: opt out if you want that neither."
    )
    return Page("Erase all that is stored about you?", words, colour=ORANGE)


def erased(done: Done) -> Page:
    """Erased."""
    return Page("Erased", f"{_done(done)} What you write from now on is counted anew.", colour=GREEN)


def _done(done: Done) -> str:
    what = "What was stored about you is erased." if done.rows or done.archived else "There was nothing to erase."
    if done.is_clean:
        return what
    return f"{what} A file still holds bytes of it because it is in use; asking to erase again clears them."
