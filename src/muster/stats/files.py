"""Rows into files: JSON, NDJSON, CSV, Parquet."""

import csv
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

FORMATS: Final = ("json", "csv", "parquet")

Row = Mapping[str, Any]

_TEXTS: Final = frozenset(
    (
        *(
            "file",
            "server",
            "played_at",
            "map",
            "config",
            "outcome",
            "status",
            "guid",
            "name",
            "side",
            "team",
            "weapon",
        ),
        *("match_id", "session_id", "match_up_id", "r1_file", "r2_file", "started_at", "ended_at"),
    )
)
_LISTS: Final = frozenset(("flags", "team_a", "team_b"))
_FLAGS: Final = frozenset(("valid",))
_DECIMALS: Final = frozenset(
    (
        *("seconds", "r1_seconds", "r2_seconds", "mu", "sigma", "kd", "dpm"),
        *("time_played_pct", "time_played_min", "tank_meatshield", "time_dead_ratio", "time_dead_min"),
    )
)


async def write(rows: AsyncIterator[Row], columns: Sequence[str], form: str, to: Path | TextIO) -> int:
    """Writes rows as `json` (one array), `lines` (an object a line), `csv` or `parquet`; returns how many.

    A file appears under its name only when it is complete. Parquet needs a path.
    """
    if not isinstance(to, Path):
        return await _WRITERS[form](rows, columns, to)
    part = to.with_name(f".{to.name}.part")
    try:
        if form == "parquet":
            count = await _parquet(rows, columns, part)
        else:
            with part.open("w", encoding="utf-8", newline="") as stream:
                count = await _WRITERS[form](rows, columns, stream)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return count


async def _json(rows: AsyncIterator[Row], columns: Sequence[str], to: TextIO) -> int:
    count = 0
    to.write("[")
    async for row in rows:
        to.write((",\n" if count else "\n") + _object(row, columns))
        count += 1
    to.write("\n]\n")
    return count


async def _lines(rows: AsyncIterator[Row], columns: Sequence[str], to: TextIO) -> int:
    count = 0
    async for row in rows:
        to.write(_object(row, columns) + "\n")
        count += 1
    return count


async def _csv(rows: AsyncIterator[Row], columns: Sequence[str], to: TextIO) -> int:
    count = 0
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(columns)
    async for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
        count += 1
    return count


async def _parquet(rows: AsyncIterator[Row], columns: Sequence[str], to: Path) -> int:
    """Through DuckDB, which wants a file to read from."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="muster-export-") as folder:
        source = Path(folder) / "rows.ndjson"
        with source.open("w", encoding="utf-8") as stream:
            count = await _lines(rows, columns, stream)
        with duckdb.connect() as database:
            types = {column: _type(column) for column in columns}
            relation = database.read_json(str(source), columns=types, format="newline_delimited")
            relation.write_parquet(str(to), compression="zstd")
    return count


def _cell(value: Any) -> Any:
    """A value as CSV has it: lists by spaces, truth as in JSON, unknown as nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(value) if isinstance(value, list) else value


def _object(row: Row, columns: Sequence[str]) -> str:
    return json.dumps({column: row[column] for column in columns}, ensure_ascii=False, separators=(",", ":"))


def _type(column: str) -> str:
    """The type of a column in a Parquet file."""
    if column in _TEXTS:
        return "VARCHAR"
    if column in _LISTS:
        return "VARCHAR[]"
    if column in _FLAGS:
        return "BOOLEAN"
    return "DOUBLE" if column in _DECIMALS else "BIGINT"


_Writer = Callable[[AsyncIterator[Row], Sequence[str], TextIO], Coroutine[Any, Any, int]]
_WRITERS: Final[dict[str, _Writer]] = {"json": _json, "lines": _lines, "csv": _csv}
