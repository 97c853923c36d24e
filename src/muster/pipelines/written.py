"""Pipelines as TOML, and back. What is wrong is named with its line, its key, and the nearest right name."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args

import msgspec

from muster.pipelines.check import check, one_of
from muster.pipelines.values import AnyAction, AnyFilter, BadPipeline, Pipeline

_IDS: Final = ("channels", "roles")
"""Lists of ids or names: a number means the same as its digits."""

_KINDS: Final[dict[str, dict[str, Any]]] = {
    "filters": {kind.__struct_config__.tag: kind for kind in get_args(AnyFilter)},
    "actions": {kind.__struct_config__.tag: kind for kind in get_args(AnyAction)},
}
_PATH: Final = re.compile(r"^(.*?)(?: - at `\$\.?(.*)`)?$", re.DOTALL)


def load(text: str) -> list[Pipeline]:
    """The `[[pipelines]]` of a text. Raises BadPipeline; `where` begins with the line, where it is known."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPipeline("TOML", str(error)) from None
    wrong = [key for key in document if key != "pipelines"]
    tables = document.get("pipelines", [])
    if wrong or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        key = wrong[0] if wrong else "pipelines"
        hint = "pipelines stand in [[pipelines]] tables" + (", with two brackets" if key == "pipelines" else "")
        raise BadPipeline(_lined(text, key), hint)
    found: list[Pipeline] = []
    for number, table in enumerate(tables):
        try:
            one = made(table)
            if one.name in {each.name for each in found}:
                raise BadPipeline("name", f"there are two pipelines `{one.name}`")
        except BadPipeline as error:
            line = _line(text, number, error.where)
            raise BadPipeline(f"line {line}: {error.where}" if line else error.where, error.reason) from None
        found.append(one)
    return found


def made(table: Mapping[str, Any]) -> Pipeline:
    """A pipeline of plain values. Raises BadPipeline."""
    for key in table:
        one_of(key, key, Pipeline.__struct_fields__)
    if "name" not in table:
        raise BadPipeline("name", "a pipeline needs one")
    parts = {what: _parts(what, table[what]) for what in _KINDS if what in table}
    pipeline: Pipeline = _converted({**table, **parts}, Pipeline, "")
    check(pipeline)
    return pipeline


def part_of(what: str, text: str) -> Mapping[str, Any]:
    """A filter or an action as it is typed: `kind = "regex", pattern = "…"`. Raises BadPipeline."""
    try:
        table: Mapping[str, Any] = tomllib.loads(f"part = {{ {text} }}")["part"]
    except tomllib.TOMLDecodeError:
        raise BadPipeline(what, f'{text!r} can\'t be read; it looks like kind = "regex", pattern = "help"') from None
    return table


def _parts(what: str, tables: Any) -> list[dict[str, Any]]:
    if not isinstance(tables, list | tuple) or not all(isinstance(table, dict) for table in tables):
        raise BadPipeline(what, f"each stands in a [[pipelines.{what}]] table")
    return [_part(f"{what}[{number}]", _KINDS[what], table) for number, table in enumerate(tables)]


def _part(where: str, kinds: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    kind = table.get("kind")
    if not isinstance(kind, str):
        raise BadPipeline(f"{where}.kind", f"say which: {', '.join(kinds)}")
    one_of(f"{where}.kind", kind, kinds)
    for key in table:
        one_of(f"{where}.{key}", key, ("kind", *kinds[kind].__struct_fields__))
    plain = {
        key: [str(one) if type(one) is int else one for one in value] if key in _IDS and type(value) is list else value
        for key, value in table.items()
    }
    _converted({key: value for key, value in plain.items() if key != "kind"}, kinds[kind], where)
    return plain


def _converted(table: Mapping[str, Any], kind: Any, where: str) -> Any:
    tag = kind.__struct_config__.tag
    try:
        return msgspec.convert(table if tag is None else {"kind": tag, **table}, kind)
    except msgspec.ValidationError as error:
        found = _PATH.match(str(error))
        reason, path = (found[1], found[2] or "") if found else (str(error), "")
        missing = re.search(r"missing required field `(\w+)`", reason)
        path = missing[1] if missing else path.replace("[...]", "")
        raise BadPipeline(".".join(part for part in (where, path) if part) or "pipelines", reason) from None


def dump(pipelines: Iterable[Pipeline]) -> str:
    """Pipelines as TOML; `load` gives the same ones back."""
    return "\n".join("\n".join(_lines(pipeline)) + "\n" for pipeline in pipelines)


def _lines(pipeline: Pipeline) -> Iterator[str]:
    yield "[[pipelines]]"
    for key in ("name", "priority", "enabled", "stop_on_match", "stop_on_error"):
        yield f"{key} = {_value(getattr(pipeline, key))}"
    for what in _KINDS:
        for part in getattr(pipeline, what):
            yield ""
            yield f"[[pipelines.{what}]]"
            yield from (f"{key} = {_value(value)}" for key, value in msgspec.to_builtins(part).items())


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + "".join(_ESCAPES.get(c) or (f"\\u{ord(c):04x}" if _is_control(c) else c) for c in value) + '"'
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            return repr(value)


_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _is_control(char: str) -> bool:
    return ord(char) < 0x20 or ord(char) == 0x7F


def _lined(text: str, key: str) -> str:
    lines = text.splitlines()
    line = next((n for n, one in enumerate(lines, 1) if re.match(rf"\s*\[*\s*{re.escape(key)}\b", one)), 0)
    return f"line {line}: {key}" if line else key


def _line(text: str, pipeline: int, where: str) -> int:
    """The line that a key of a pipeline stands on, or its table's; 0 where the text is written in another way."""
    path = re.match(r"(?:(filters|actions)\[(\d+)\]\.?)?([\w-]*)", where)
    assert path is not None
    what, number, key = path[1], int(path[2] or 0), path[3]
    header = 0
    for line, here in _sections(text):
        if here[0] != pipeline or (here[1], here[2] if what else 0) != (what, number):
            continue
        header = header or line
        stripped = text.splitlines()[line - 1].strip()
        if key and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*=", stripped):
            return line
        if key in _KINDS and stripped.startswith(f"[[pipelines.{key}"):
            return line
    return header


def _sections(text: str) -> Iterator[tuple[int, tuple[int, str | None, int]]]:
    """Each line with the pipeline it is of, and the filter or action where it is of one."""
    pipeline, what, counts = -1, None, dict.fromkeys(_KINDS, -1)
    for line, content in enumerate(text.splitlines(), 1):
        found = re.match(r"\s*\[\[\s*pipelines\s*(?:\.\s*(\w+)\s*)?\]\]", content)
        if found and found[1] is None:
            pipeline, what, counts = pipeline + 1, None, dict.fromkeys(_KINDS, -1)
        elif found and found[1] in counts:
            what = found[1]
            counts[what] += 1
        yield line, (pipeline, what, counts[what] if what else 0)


def parts_typed(what: str, texts: Sequence[str]) -> list[Mapping[str, Any]]:
    """Filters or actions as they are typed, one a text."""
    return [part_of(what, text) for text in texts]
