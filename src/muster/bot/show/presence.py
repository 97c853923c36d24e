"""Who is in voice, and what somebody writes with, as pages."""

from muster.bot import text
from muster.bot.pages import GREY, Answer, Page, Table, in_pages, in_parts
from muster.bot.show.community import about, emoji, hours
from muster.stats.values.presence import TopVoice, Words


def top_voice(found: TopVoice, nothing: str) -> Answer:
    """Who is in voice most: hours decide, days with any beside them."""
    title, above = "Top voice · hours", about(found.days)
    if not found.entries:
        some = f"Nobody is on place {found.offset + 1:,}: the last one taken is {found.total:,}."
        then = "Nobody was in voice then: another period may have somebody."
        words = some if found.total else then if found.days.first is not None else nothing
        return Answer((Page(title, f"{above}\n{words}", colour=GREY),))
    rows = [
        (
            f"{entry.rank:>2} {text.cell(entry.user.name, entry.user.key)}",
            hours(entry.seconds),
            f"{entry.seconds / found.seconds:.1%}" if found.seconds else "–",
            f"{entry.days:,}",
        )
        for entry in found.entries
    ]
    head, *lines = text.table((" # who", "in voice", "share", "days"), rows)
    footer = f"{hours(found.seconds)} by {text.number(found.total)}; days: with any time in voice"
    return Answer(in_pages(title, lines, head=[head], above=above, footer=footer))


def words(found: Words) -> Answer:
    """The asker's own words and emoji, which nobody else is shown."""
    title = "Your words"
    if not found.words and not found.emoji:
        return Answer((Page(title, "Nothing you wrote was looked at yet.", colour=GREY),), secret=True)
    exact = found.looked_at >= found.words
    rows = [(text.cell(one.word), f"{one.uses:,}", "" if exact else f"±{one.margin:,}") for one in found.top]
    head, *lines = text.table(("word", "written", ""), rows)
    parts: list[str | Table] = [Table(tuple(lines), (head,))] if rows else []
    parts += [" ".join(f"{emoji(one)} {one.uses:,}" for one in found.emoji)] if found.emoji else []
    sure = "counted exactly" if exact else f"from {found.looked_at:,} of them; ± holds for 95 of 100 words"
    footer = f"{text.counted(found.words, 'word')} of 3 letters and more, {sure} · only you see this"
    return Answer(in_parts(title, parts, footer=footer), secret=True)
