"""Answers as JSON: fields in their order, times in UTC (ISO 8601), every metric of the sums beside them."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from muster.stats.formulas import Kind
from muster.stats.metrics import METRICS
from muster.stats.values import Totals

_NOT_ASCII = re.compile(r"[^\x20-\x7e\n]")


def to_json(value: object) -> str:
    """Any answer, report, list or mapping of them, indented by two.

    Beside sums (`totals`, `overall`) stands `metrics`, every ratio of them by its key, null where unknown. What
    a terminal might act on is escaped.
    """
    text = msgspec.json.format(msgspec.json.encode(_built(value)), indent=2).decode()
    return _NOT_ASCII.sub(lambda found: _escaped(found[0]), text)


def _built(value: object) -> Any:
    if isinstance(value, msgspec.Struct):
        return _struct(value)
    if isinstance(value, Mapping):
        return {str(key): _built(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_built(one) for one in value]
    return msgspec.to_builtins(value)


def _struct(value: msgspec.Struct) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for name in value.__struct_fields__:
        field = getattr(value, name)
        built[name] = _built(field)
        if isinstance(field, Totals):
            built["metrics"] = _metrics(field)
    return built


def _metrics(totals: Totals) -> dict[str, float | None]:
    return {key: metric.of(totals) for key, metric in METRICS.items() if metric.kind is Kind.RATIO}


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    code = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))
