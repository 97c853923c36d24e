"""Pairs: who wins more beside whom than on his own."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page, in_pages
from muster.bot.show.player_words import about, signed, who
from muster.bot.show.team_words import matches, nothing, percent, record
from muster.stats.formulas import NO_DATA
from muster.stats.values.teams import BestPairs, Pair, Share, Synergy, Tally

_ENTRIES: Final = 8
"""Pairs on a page, two lines each."""
_NAME: Final = 17
"""Cells of each name of a pair."""


def pairs(found: BestPairs) -> Answer:
    """Pairs, those that surely gain most first: two lines each."""
    title = f"Synergy of {who(found.player)}" if found.player else "Best pairs"
    if not found.pairs:
        words = f"No two have {found.least} matches together yet that somebody won."
        if found.left_out:
            words += f" {found.left_out:,} pair{'' if found.left_out == 1 else 's'} with fewer."
        return nothing(title, found.scope, words)
    head, *lines = text.table(("", "n", "won", "usual", "gain", "sure"), [_row(one) for one in found.pairs])
    entries = [
        f"{place:>2} {_names(one)}\n{line}" for place, (one, line) in enumerate(zip(found.pairs, lines, strict=True), 1)
    ]
    above = (
        f"{about(found.scope)}\nOrdered by **sure**: the gain at the lower end of its 95 % interval, "
        "so that a few lucky games don't lead. Both in percentage points."
    )
    left = f", {found.left_out:,} left out" if found.left_out else ""
    footer = (
        f"n: matches together · won: of those somebody won · usual: mean of both players' own · "
        f"{found.total:,} pairs; asks for {found.least} decided matches{left}"
    )
    return Answer(in_pages(title, entries, head=(head,), above=above, footer=footer, rows=_ENTRIES))


def _names(one: Pair) -> str:
    return " + ".join(
        text.fit(text.cell(player.name, player.key), _NAME).rstrip() for player in (one.first, one.second)
    )


def _row(one: Pair) -> tuple[str, ...]:
    return (
        "",
        text.number(one.tally.matches),
        percent(one.tally.win_rate),
        percent(one.expected),
        signed(one.gain),
        signed(one.sure_gain),
    )


def synergy(found: Synergy) -> Answer:
    """Two players: together, on their own, and against each other."""
    pair = found.pair
    first, second = who(pair.first), who(pair.second)
    title = f"{first} and {second} together"
    if not pair.tally.matches:
        met = f" Against each other: {record(found.against.record)}." if found.against.matches else ""
        words = f"{first} and {second} never stood in the same team of a finished match.{met}"
        return nothing(title, found.scope, words)
    parts = (
        about(found.scope, f"{matches(pair.tally.matches)} together"),
        _verdict(pair),
        text.block(_table(found)),
        "-# W–D–L: matches won, drawn, lost · won: of matches that somebody won",
    )
    return Answer((Page(title, "\n".join(parts)),))


def _verdict(pair: Pair) -> str:
    if pair.low is None or pair.high is None or pair.gain is None or pair.expected is None:
        return "Nobody won any of their matches together: nothing to compare."
    between = f"{pair.low:.0f} to {pair.high:.0f} %"
    if pair.low > pair.expected:
        verdict = "**They surely win more together.**"
    elif pair.high < pair.expected:
        verdict = "**They surely win less together.**"
    else:
        verdict = "That may be chance."
    return (
        f"**{percent(pair.tally.win_rate)}** won together, **{percent(pair.expected)}** to be expected of their own: "
        f"{signed(pair.gain)} points. With 95 % certainty it is {between}. {verdict}"
    )


def _table(found: Synergy) -> Sequence[str]:
    rows = [_line("together", found.pair.tally)]
    for share, other in ((found.first, found.second), (found.second, found.first)):
        rows.append(_line(_name(share), share.usual))
        rows.append(_line(f"  without {_name(other)}", share.apart))
    if found.against.matches:
        rows.append(_line(f"{_name(found.first)} against him", found.against))
    return text.table(("", "n", "W–D–L", "won"), rows)


def _name(share: Share) -> str:
    return text.cell(share.player.name, share.player.key)


def _line(title: str, tally: Tally) -> tuple[str, ...]:
    return title, str(tally.matches), record(tally.record) if tally.matches else NO_DATA, percent(tally.win_rate)
