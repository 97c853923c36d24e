"""Pipelines in the store: there and back, and what may not be stored."""

from collections.abc import Iterable, Sequence

import msgspec
import structlog

from muster.community.archive import ChatLogError
from muster.pipelines.check import check
from muster.pipelines.match import in_order
from muster.pipelines.values import AnyAction, AnyFilter, BadPipeline, Pipeline
from muster.store import log, pipelines
from muster.store.engine import Reader, Writer
from muster.store.pipelines import PipelineRow

logger = structlog.get_logger("muster.community")

SHIPPED = ("summarise", "user_aggregates", "archive", "analyze_and_archive")
"""Steps before deletion that need no pipeline in the store."""

_RESERVED = (*SHIPPED, "none")
_encode = msgspec.json.Encoder().encode
_filters = msgspec.json.Decoder(tuple[AnyFilter, ...])
_actions = msgspec.json.Decoder(tuple[AnyAction, ...])


def of_row(row: PipelineRow) -> Pipeline:
    """A pipeline of its row. Raises BadPipeline for one that somebody wrote by hand, and wrongly."""
    try:
        filters, actions = _filters.decode(row.filters), _actions.decode(row.actions)
    except msgspec.MsgspecError as error:
        raise BadPipeline(row.name, str(error)) from None
    pipeline = Pipeline(
        name=row.name,
        priority=row.priority,
        enabled=row.enabled,
        stop_on_match=row.stop_on_match,
        stop_on_error=row.stop_on_error,
        filters=filters,
        actions=actions,
    )
    check(pipeline)
    return pipeline


def to_row(pipeline: Pipeline) -> PipelineRow:
    """A pipeline as its row."""
    p = pipeline
    plain = (_encode(p.filters).decode(), _encode(p.actions).decode())
    return PipelineRow(p.name, p.priority, p.enabled, p.stop_on_match, p.stop_on_error, *plain)


def usable(rows: Iterable[PipelineRow]) -> list[Pipeline]:
    """The pipelines that can be, in the order they are asked in; of the others a warning says why not."""
    found = []
    for row in rows:
        try:
            found.append(of_row(row))
        except BadPipeline as error:
            logger.warning("a pipeline can't be used", pipeline=row.name, error=str(error))
    return in_order(found)


async def every(reader: Reader) -> list[Pipeline]:
    """Every stored pipeline. Raises BadPipeline."""
    return in_order([of_row(row) for row in await pipelines.all_of_them(reader)])


async def find(reader: Reader, name: str) -> Pipeline:
    """A pipeline by its name. Raises ChatLogError where there is none."""
    rows = {row.name: row for row in await pipelines.all_of_them(reader)}
    if name not in rows:
        there = f"there are: {', '.join(rows)}" if rows else "there is none yet; `muster pipeline add` makes one"
        raise ChatLogError(f"there is no pipeline {name!r}; {there}")
    return of_row(rows[name])


async def put(writer: Writer, made: Sequence[Pipeline]) -> None:
    """Stores pipelines in the place of those of their names. Raises BadPipeline for one that can't be."""
    for pipeline in made:
        if pipeline.name in _RESERVED:
            raise BadPipeline("name", f"`{pipeline.name}` is the name of a step that is always there; take another")
        check(pipeline)
        await pipelines.put(writer, to_row(pipeline))


async def remove(writer: Writer, name: str) -> None:
    """Forgets a pipeline. Raises ChatLogError where there is none, and where a policy names it."""
    await find(writer, name)
    needed = [row.channel for row in await log.policies(writer) if row.pre_drop_pipeline_id == name]
    needed += ["default"] if (await log.defaults(writer)).get("pre_drop_pipeline") == name else []
    if needed:
        raise ChatLogError(
            f"{name!r} runs before messages are deleted from {', '.join(needed)}: first give "
            f"`muster chatlog policy {needed[0]} --before-drop none`"
        )
    await pipelines.remove(writer, name)
