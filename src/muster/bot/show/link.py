"""Who is who, as pages."""

from muster.bot import text
from muster.bot.pages import GREEN, ORANGE, Answer, Page, said
from muster.stats.values import Career
from muster.store.notes import Link

_MOST_NAMES = 8


def about(career: Career) -> str:
    """A player by what people know him by: his names, how much he played, when last."""
    names = [text.called(alias.name, career.player.key) for alias in career.aliases[:_MOST_NAMES]]
    rest = len(career.aliases) - len(names)
    played = text.counted(career.totals.rounds, "round")
    seen = f", last seen {text.moment(career.last_seen, 'R')}" if career.last_seen else ""
    more = f" and {rest} more" if rest > 0 else ""
    called = f"\nAlso known as {', '.join(names)}{more}" if len(career.aliases) > 1 else ""
    return f"**{_name(career)}** (`{text.cell(career.player.key)}`), {played}{seen}{called}"


def question(career: Career, user: int, asker: int, before: Link | None) -> Page:
    """Whether a user really is that player."""
    title = f"Is that {'you' if user == asker else 'the player'}?"
    lines = [about(career)]
    if user != asker:
        lines.append(f"He is to be linked to <@{user}>.")
    if before is not None and before.player_key != career.player.key:
        lines.append(f"-# The link to `{text.cell(before.player_key)}` is given up.")
    return Page(title, "\n".join(lines))


def taken(career: Career, user: int, holder: int) -> Page:
    """Somebody else is linked to that player."""
    lines = (
        about(career),
        f"⚠ <@{holder}> is linked to that player. An admin can give it to <@{user}> with the button.",
    )
    return Page("That player is taken", "\n".join(lines), colour=ORANGE)


def linked(career: Career, user: int) -> Answer:
    """A link that was made."""
    words = f"<@{user}> is **{_name(career)}**. Commands about a player mean him when no name is given."
    return Answer((Page("Linked", words, colour=GREEN),))


def already(career: Career, user: int) -> Answer:
    """A link that was there before."""
    return said("Linked already", f"<@{user}> is **{_name(career)}**.")


def unlinked(user: int) -> Answer:
    """A link that is gone."""
    return said("Unlinked", f"Nothing is kept any more about who <@{user}> is. `link` links again.")


def who(career: Career, link: Link | None) -> Answer:
    """Who a player is."""
    if link is None:
        words = "Nobody is linked to that player. If it is you: `link` with the name."
    else:
        by = "" if link.linked_by in (link.user_id, 0) else f", confirmed by <@{link.linked_by}>"
        words = f"Linked to <@{link.user_id}> since {text.moment(link.linked_at, 'd')}{by}."
    return said("Who is that?", f"{about(career)}\n{words}")


def _name(career: Career) -> str:
    return text.called(career.player.name, career.player.key)
