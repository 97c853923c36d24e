"""Fetching files by hand: of the last days, of a month, all."""

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from muster.bot.attached import Attached
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.pages import Answer, Page
from muster.bot.refusals import Refused
from muster.bot.reply import QUIET
from muster.bot.rules import admin
from muster.bot.show import sync as show
from muster.bot.taking import place_of
from muster.bot.views import Pager, embed_of
from muster.collect import spans, taking
from muster.collect.collector import Collector, collectors, zone_of
from muster.collect.sync import Phase, Progress, SyncReport, sync
from muster.ops.aside import AsideDied, aside
from muster.rounds.importer import ImportReport
from muster.rounds.importer.importer import MANY
from muster.store.engine import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from muster.bot.client import MusterBot

log = structlog.get_logger("muster.bot")

PACE: Final = 1.5
"""Seconds between two edits of the status message."""


class Sync(commands.Cog):
    """Fetching files from the game servers by hand."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot
        self._running: Status | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @command()
    @app_commands.describe(period="2days, 1week, 1month, all, YYYY-MM or YYYY-MM-DD")
    @admin()
    async def sync_stats(self, ctx: Context, *, period: str = "1day") -> None:
        """Imports what the game servers have of a while: 2days, 1week, 1month, all, 2025-10."""
        await self._sync(ctx, period)

    @command()
    @admin()
    async def sync_today(self, ctx: Context) -> None:
        """Imports the last 24 hours."""
        await self._sync(ctx, "today")

    @command()
    @admin()
    async def sync_week(self, ctx: Context) -> None:
        """Imports the last 7 days."""
        await self._sync(ctx, "week")

    @command()
    @admin()
    async def sync_month(self, ctx: Context) -> None:
        """Imports the last 30 days."""
        await self._sync(ctx, "month")

    @command()
    @admin()
    async def sync_all(self, ctx: Context) -> None:
        """Imports everything the game servers have."""
        await self._sync(ctx, "all")

    @sync_stats.autocomplete("period")  # type: ignore[untyped-decorator]
    async def periods(self, _: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        """Periods that are usual, and what is typed as it stands."""
        wanted = current.strip().lower()
        words = [word for word in spans.WORDS if wanted in word] or [current[:100]]
        return [app_commands.Choice(name=word, value=word) for word in words]

    async def cog_unload(self) -> None:
        """Stops what is running; what is imported is kept."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sync(self, ctx: Context, period: str) -> None:
        """Lists, reads and imports, with one message that tells how far it is."""
        found = list(collectors(self.bot.settings))
        if not found:
            raise Refused(
                "There is nothing to fetch from: set `folder` or `ssh_host` in a [[servers]] table of muster.toml."
            )
        try:
            settings, now = self.bot.settings, datetime.now(UTC)
            wanted = {one.server: spans.parse(period, now, zone_of(settings, one.server)) for one in found}
        except spans.UnknownSpan as error:
            raise Refused(str(error)) from None
        if self._running is not None:
            raise Refused(f"A sync is running already ({self._running.told}). Wait for it to end.")
        status = self._running = Status(ctx, next(iter(wanted.values())).name)
        task = asyncio.ensure_future(self._work(status, found, wanted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await task

    async def _work(self, status: "Status", found: list[Collector], wanted: dict[str, spans.Span]) -> None:
        """One sync, and what became of it in the message."""
        began = time.monotonic()
        try:
            await status.begin()
            try:
                report = await self._import(found, wanted, status)
            finally:
                self._running = None
        except (StoreError, AsideDied) as error:
            log.warning("a sync failed", error=str(error))
            await status.fail("The database, or the process that imports, gave up; the log says why.")
        except asyncio.CancelledError:
            async with asyncio.timeout(1.0):
                await status.fail("Muster is being stopped.")
            raise
        except BaseException:
            await status.fail("That should not have happened.")
            raise
        else:
            await status.end(show.done(report, status.what, time.monotonic() - began))

    async def _import(self, found: list[Collector], wanted: dict[str, spans.Span], status: "Status") -> SyncReport:
        """The work itself, in a process of its own."""
        async with aside() as run:

            async def take(server: str, paths: "list[Path]") -> ImportReport:
                report: ImportReport = await run(taking.take, place_of(self.bot, server), paths)
                return report

            report = await sync(found, wanted, take, status.tell)
        if len(report.imported.played) >= MANY:
            await self.bot.store.learn()
        self._note(report)
        return report

    def _note(self, report: SyncReport) -> None:
        for result in report.imported.notable:
            log.info("a file was not imported", file=result.file, status=result.status, reason=result.reason)
        log.info("synced", files=report.wanted, new_rounds=len(report.imported.played), failures=len(report.failures))


class Status:
    """The one message of a sync, edited at a pace that Discord bears."""

    def __init__(self, ctx: Context, what: str) -> None:
        self.what = what
        self._ctx = ctx
        self._now = Progress(Phase.LISTING, "", 0, 0)
        self._shown: Progress | None = None
        self._message: discord.Message | None = None
        self._editing: asyncio.Task[None] | None = None

    @property
    def told(self) -> str:
        """How far it is, in a few words."""
        return f"{self._now.phase}, {self._now.done:,} of {self._now.total:,}"

    def tell(self, now: Progress) -> None:
        """Notes how far it is; the message follows."""
        self._now = now

    async def begin(self) -> None:
        """Sends the message."""
        embed = embed_of(self._page())
        self._message = await self._ctx.reply(embed=embed, mention_author=False, allowed_mentions=QUIET)
        self._shown = self._now
        self._editing = asyncio.create_task(self._follow())

    async def end(self, answer: Answer) -> None:
        """Makes the message the answer."""
        if self._editing is None:
            return
        self._editing.cancel()
        await asyncio.gather(self._editing, return_exceptions=True)
        view = None
        if len(answer.pages) > 1:
            view = Pager(self._ctx.author.id, answer.pages, Attached(answer, self._ctx.bot.draw))
        await self._show(embed_of(answer.pages[0]), view)

    async def fail(self, reason: str) -> None:
        """Makes the message say that it could not be finished."""
        await self.end(Answer((show.stopped(self.what, reason),)))

    def _page(self) -> Page:
        return show.progress(self._now, self.what)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(PACE)
            if self._now != self._shown:
                self._shown = self._now
                await self._show(embed_of(self._page()), None, again=False)

    async def _show(self, embed: discord.Embed, view: Pager | None, *, again: bool = True) -> None:
        """Edits the message. `again`: where that is no longer possible, as after 15 minutes, a new one is written."""
        assert self._message is not None
        try:
            self._message = await self._message.edit(embed=embed, view=view, allowed_mentions=QUIET)
        except discord.HTTPException as error:
            log.info("a status message can't be edited", error=str(error))
            if not again:
                return
            extra: dict[str, Any] = {} if view is None else {"view": view}
            self._message = await self._ctx.channel.send(embed=embed, allowed_mentions=QUIET, **extra)
        if view is not None:
            view.message = self._message
