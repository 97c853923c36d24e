"""Which night's work was taken, by whom it was begun and how it ended: once, however many processes there are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Writer
from muster.store.schema import job_runs

_J: Final = job_runs.c

_PAUSE: Final = timedelta(hours=1)
"""How long a job that failed is left alone at least."""


class JobRun(msgspec.Struct, frozen=True):
    """A row of `job_runs`."""

    job: str
    due: datetime
    began: datetime | None
    ended: datetime | None
    succeeded: datetime | None
    said: str

    @property
    def failed(self) -> bool:
        """Whether it was done and did not go well."""
        began, ended = self.began, self.ended
        return began is not None and ended is not None and (self.succeeded is None or self.succeeded < began)


def is_due(run: JobRun | None, night: datetime, now: datetime) -> bool:
    """Whether a job is to be done for a night: it was not, or failed a while ago.

    The pause grows with each attempt, from an hour on, so that what is broken is tried some five times until the next.
    """
    if run is None or run.due < night or run.ended is None:
        return True
    return run.failed and now - run.ended >= max(_PAUSE, run.ended - night)


async def runs(reader: Reader) -> dict[str, JobRun]:
    """What is known of every job."""
    return {row.job: JobRun(*row) for row in await reader.all(sa.select(job_runs))}


async def begin(writer: Writer, job: str, due: datetime, now: datetime) -> bool:
    """Takes a job for a night; False where that is not due.

    Whoever calls it is the only one who may (store/sole.py): what was begun and not ended, its process died over.
    """
    known = (await runs(writer)).get(job)
    if not is_due(known, due, now):
        return False
    succeeded = None if known is None else known.succeeded
    await _put(writer, JobRun(job, due, now, None, succeeded, "it goes on"))
    return True


async def skip(writer: Writer, names: Sequence[str], due: datetime, now: datetime) -> None:
    """Notes jobs of which nothing is known as if that night's were done: a new database has missed nothing."""
    known = await runs(writer)
    for job in names:
        if job not in known:
            await _put(writer, JobRun(job, due, None, now, None, "not yet"))


async def end(writer: Writer, job: str, now: datetime, said: str, *, well: bool) -> None:
    """Notes how a job ended."""
    values: dict[str, object] = {"ended": now, "said": said}
    if well:
        values["succeeded"] = now
    await writer.run(sa.update(job_runs).where(_J.job == job).values(values))


async def _put(writer: Writer, run: JobRun) -> None:
    names = [column.name for column in job_runs.columns if not column.primary_key]
    await writer.upsert(job_runs, [msgspec.structs.astuple(run)], {name: f"new.{name}" for name in names})
