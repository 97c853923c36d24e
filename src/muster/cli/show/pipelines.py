"""Pipelines, what they say of a message, and what they summed up."""

from collections.abc import Sequence

import msgspec
from rich.table import Table
from rich.text import Text

from muster.pipelines.values import AnyAction, AnyFilter, Pipeline
from muster.stats.words import plain
from muster.store.pipelines import Summary


def listed(pipelines: Sequence[Pipeline]) -> Table:
    """A row for each, in the order they are asked in."""
    table = _table("priority", "name", "live", "when", "then", right=("priority",))
    for one in pipelines:
        stops = [word for word, on in (("match", one.stop_on_match), ("error", one.stop_on_error)) if on]
        table.add_row(
            f"{one.priority}",
            one.name,
            "yes" if one.enabled else "no",
            _text("; ".join(map(in_words, one.filters)) or "always"),
            _text("; ".join(map(in_words, one.actions)) + (f"; stops on {' and '.join(stops)}" if stops else "")),
        )
    return table


def in_words(part: AnyFilter | AnyAction) -> str:
    """A filter or an action on a line: its kind and what differs from the usual."""
    values = dict(msgspec.to_builtins(part))
    kind = ("not " if values.pop("negate", False) else "") + values.pop("kind")
    return " ".join((kind, *(f"{key}={_value(value)}" for key, value in values.items())))


def asked(told: Sequence[tuple[AnyFilter, bool]], takes: bool) -> Table:
    """Which filters let a message through."""
    table = _table("lets it through", "filter")
    for one, passes in told:
        table.add_row("yes" if passes else "no", _text(in_words(one)))
    table.add_row(Text("meant" if takes else "not meant", "bold"), "all of them" if takes else "")
    return table


def summaries(found: Sequence[Summary]) -> Table:
    """A row for each pipeline, channel and month."""
    numbers = ("messages", "people", "mean length")
    table = _table("pipeline", "stage", "channel", "month", *numbers, "busiest hours, UTC", right=numbers)
    for one in found:
        busiest = sorted((hour for hour in range(len(one.hours)) if one.hours[hour]), key=lambda h: -one.hours[h])[:3]
        table.add_row(
            _text(one.pipeline),
            one.stage,
            _text(f"#{one.channel_name}"),
            f"{one.month // 100}-{one.month % 100:02}",
            f"{one.messages:,}",
            f"{one.users:,}",
            f"{one.mean_length:.1f}",
            ", ".join(f"{hour:02}" for hour in busiest),
        )
    return table


def _value(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _text(text: str) -> Text:
    return Text(plain(text))


def _table(*names: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=None, header_style="dim")
    for name in names:
        table.add_column(name, justify="right" if name in right else "left")
    return table
