"""Looking after the database: what is in it, whether it is sound, what failed, backups, exports."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import discord
import structlog
from discord import app_commands
from discord.ext import commands
from discord.ext.commands import flag

from muster.bot import desk, text, upload
from muster.bot.attached import Attached
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.pages import Answer, Page, Upload, said
from muster.bot.refusals import Refused
from muster.bot.reply import QUIET, send
from muster.bot.rules import admin
from muster.bot.show import admin as show
from muster.bot.show import board
from muster.bot.taking import place_of
from muster.bot.views import Pager, embed_of
from muster.collect import taking
from muster.ops.aside import done_aside
from muster.stats import files, periods, sessions
from muster.stats.export import COLUMNS
from muster.stats.values import Scope
from muster.store import admin as database
from muster.store import backup, info, notes
from muster.store.upgrade import head

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

log = structlog.get_logger("muster.bot")

LISTED: Final = 140
"""Files that can be leafed through."""

FAILED: Final = 60


class ExportAsk(commands.FlagConverter, case_insensitive=True):
    """What to export."""

    table: str = flag(default="", positional=True, description="player_rounds, rounds, matches, sessions, …")
    format: str = flag(default="", description="csv, json or parquet")
    player: str | None = flag(default=None, description="only this player")
    session: str | None = flag(default=None, description="only this session: its id, or last")
    period: str = flag(default="", description="today, week, month, season, all, YYYY-MM or YYYY-MM-DD")
    map: str | None = flag(default=None, description="only this map")
    server: str | None = flag(default=None, description="only this game server")


class Admin(commands.Cog):
    """The database: what is in it, whether it is sound, backups and exports."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @command()
    @admin()
    async def check_schema(self, ctx: Context) -> None:
        """Whether the database's schema is what the migrations make."""
        await ctx.defer()
        await send(ctx, show.schema(await done_aside(database.check_schema, self._url)))

    @command()
    @admin()
    async def list_tables(self, ctx: Context) -> None:
        """The tables with their rows, and the views."""
        await ctx.defer()
        async with self.bot.store.read() as reader:
            found = await database.tables(reader)
        await send(ctx, show.tables(found))

    @command()
    @admin()
    async def count_records(self, ctx: Context) -> None:
        """How much is stored: rounds, players, files."""
        await ctx.defer()
        async with self.bot.store.read() as reader:
            found = await database.records(reader)
        await send(ctx, show.records(found))

    @command()
    @admin()
    async def recent_imports(self, ctx: Context) -> None:
        """The files that came last, and what became of them."""
        await ctx.defer()
        async with self.bot.store.read() as reader:
            found = await database.recent_files(reader, LISTED)
        await send(ctx, show.recent_imports(found, datetime.now(UTC)))

    @command()
    @admin()
    async def failed_imports(self, ctx: Context) -> None:
        """Files that could not be read, with the reason, and a button to try again."""
        await ctx.defer()
        async with self.bot.store.read() as reader:
            found, total = await database.failed_files(reader, FAILED)
        answer = show.failed_imports(found, total, datetime.now(UTC))
        if not found:
            await send(ctx, answer)
            return
        view = RetryPager(ctx, answer.pages)
        view.message = await ctx.reply(
            embed=embed_of(answer.pages[0]), view=view, mention_author=False, allowed_mentions=QUIET
        )

    @command()
    @admin()
    async def database_size(self, ctx: Context) -> None:
        """How large the database is, table by table."""
        await ctx.defer()
        async with self.bot.store.read() as reader:
            found = await database.size(self.bot.store, reader)
        await send(ctx, show.size(found))

    @command()
    @admin()
    async def database_info(self, ctx: Context) -> None:
        """The database on a page: engine, revision, size, what it holds."""
        await ctx.defer()
        store = self.bot.store
        async with store.read() as reader:
            found = await info.describe(store, reader)
            engine = await database.engine_of(store, reader)
            version = await notes.version(reader)
            log_size = (await database.size(store, reader)).log
        await send(ctx, show.info(engine, found, head(), version, log_size))

    @command()
    @admin()
    async def backup_database(self, ctx: Context) -> None:
        """Makes a backup while everything goes on, and checks it by restoring it."""
        await ctx.defer()
        where = "in the folder of backups"
        began = time.monotonic()
        try:
            made = await done_aside(backup.make, self._url, self.bot.settings.backups)
        except backup.BackupRefused as error:
            raise Refused(text.name(str(error))) from None
        log.info("backup made", file=made.path, by=ctx.author.id, checked=made.checked)
        await send(ctx, show.backup(made, where, time.monotonic() - began))

    @command()
    @admin()
    async def vacuum_database(self, ctx: Context) -> None:
        """Gives back the room of what is gone, and freshens what the database knows of its data."""
        await ctx.defer()
        began = time.monotonic()
        before = await self._size()
        if before.disk is not None and before.disk < 2 * before.total:
            free, needed = show.amount(before.disk), show.amount(2 * before.total)
            raise Refused(f"That needs {needed} of disk for a while, and {free} are left. Make room first.")
        await database.vacuum(self.bot.store)
        after = await self._size()
        taken = (before.total + (before.log or 0), after.total + (after.log or 0))
        await send(ctx, show.vacuumed(*taken, time.monotonic() - began))

    @command()
    @admin()
    async def clear_cache(self, ctx: Context) -> None:
        """Forgets the answers that are kept until the next import."""
        count = self.bot.cache.clear()
        await send(ctx, said("Cache cleared", f"{text.counted(count, 'answer')} forgotten; each is asked anew."))

    @command()
    @admin()
    async def export_stats(self, ctx: Context, *, ask: ExportAsk) -> None:
        """A table as a file: CSV, JSON or Parquet, of a player, a session or a period."""
        wanted = await self._wanted(ctx, ask)
        await ctx.defer()
        try:
            made = await done_aside(upload.make, self._url, wanted, upload.MOST)
        except upload.TooLarge:
            period = wanted.scope.period.name
            raise Refused(
                f"That is more than the {upload.MOST / 1_000_000:g} MB that can be sent here. Ask for less, or write "
                f"it to a file: `muster export {wanted.table} --format {wanted.form} --period {period} --out FILE`"
            ) from None
        await send(ctx, _exported(wanted, made))

    @export_stats.autocomplete("table")  # type: ignore[untyped-decorator]
    async def tables(self, _: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        """What can be exported."""
        return [app_commands.Choice(name=name, value=name) for name in COLUMNS if current.strip().lower() in name]

    @export_stats.autocomplete("format")  # type: ignore[untyped-decorator]
    async def formats(self, _: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        """How it can be written."""
        return [app_commands.Choice(name=form, value=form) for form in files.FORMATS if current.strip().lower() in form]

    @command()
    @app_commands.describe(switch="on or off; nothing tells how it stands")
    @admin()
    async def worst_performers_switch(self, ctx: Context, switch: str = "") -> None:
        """Whether `worst_performers` answers here: on or off."""
        if ctx.guild is None:
            raise Refused("That is decided for each server: ask there.")
        key = f"worst_performers:{ctx.guild.id}"
        word = switch.strip().lower()
        if word not in ("", "on", "off"):
            raise Refused(f"Say `{ctx.prefix or '/'}worst_performers_switch on` or `off`.")
        if word:
            async with self.bot.store.write() as writer:
                await notes.note(writer, key, True if word == "on" else None)
        async with self.bot.store.read() as reader:
            is_on = bool(await notes.noted(reader, key))
        await send(ctx, said("Worst performers", f"That ranking is **{'on' if is_on else 'off'}** on this server."))

    @worst_performers_switch.autocomplete("switch")  # type: ignore[untyped-decorator]
    async def switches(self, _: discord.Interaction[Any], __: str) -> list[app_commands.Choice[str]]:
        """On and off."""
        return [app_commands.Choice(name=word, value=word) for word in ("on", "off")]

    @property
    def _url(self) -> str:
        """The database, for a process of its own."""
        return self.bot.store.url.render_as_string(hide_password=False)

    async def _size(self) -> database.DatabaseSize:
        async with self.bot.store.read() as reader:
            return await database.size(self.bot.store, reader)

    async def _wanted(self, ctx: Context, ask: ExportAsk) -> upload.Wanted:
        """What is asked for: table, format and period may all be typed in a row. Raises Refused, Answered."""
        words = ask.table.lower().split()
        table = next((word for word in words if word in COLUMNS), "player_rounds")
        form = ask.format.strip().lower() or next((word for word in words if word in files.FORMATS), "csv")
        rest = [word for word in words if word not in COLUMNS and word not in files.FORMATS]
        if form not in files.FORMATS:
            raise Refused(f"There is no format “{text.called(form)}”; say csv, json or parquet.")
        ask.period = ask.period or " ".join(rest) or "all"
        try:
            scope = await desk.scope(ctx, ask)
        except periods.UnknownPeriod:
            tables = ", ".join(f"`{name}`" for name in COLUMNS)
            raise Refused(
                f"“{text.called(ask.period)}” is neither a table ({tables}) nor a format (csv, json, parquet) nor a "
                "period (today, week, month, season, all, 2025-10)."
            ) from None
        player = (await desk.player(ctx, ask.player)).key if ask.player else ""
        session = await self._session(ask.session) if ask.session else ""
        if player and table not in upload.BY_PLAYER:
            raise Refused(f"`{table}` can't be of one player; {_either(upload.BY_PLAYER)} can.")
        if session and table not in upload.BY_SESSION:
            raise Refused(f"`{table}` can't be of one session; {_either(upload.BY_SESSION)} can.")
        return upload.Wanted(table, form, scope, player, session)

    async def _session(self, wanted: str) -> str:
        """The id of a session that is there."""
        async with self.bot.store.read() as reader:
            if wanted.strip().lower() == "last":
                latest = (await sessions.session_list(reader, Scope(), limit=1)).sessions
                if not latest:
                    raise Refused("No session is stored yet; `sync_all` imports what the game servers have.")
                return latest[0].session_id
            found = await sessions.session(reader, wanted.strip())
        if found is None:
            raise Refused(f"There is no session “{text.called(wanted)}”; `session_history` lists them.")
        return found.head.session_id


class RetryPager(Pager):
    """Leafs through failed files, with a button that reads them all again."""

    def __init__(self, ctx: Context, pages: Sequence[Page]) -> None:
        super().__init__(ctx.author.id, pages, Attached(Answer(tuple(pages)), ctx.bot.draw))
        self._ctx = ctx
        if len(pages) == 1:
            self.remove_item(self.back)
            self.remove_item(self.forward)

    @discord.ui.button(label="Read again", style=discord.ButtonStyle.primary, row=2)
    async def retry(self, interaction: discord.Interaction[Any], _: discord.ui.Button["RetryPager"]) -> None:
        """Reads everything again that is kept."""
        self.stop()
        await interaction.response.edit_message(view=None)
        await self._ctx.bot.guarded(self._ctx, self._again())

    async def _again(self) -> None:
        report = await done_aside(taking.take_again, place_of(self._ctx.bot))
        reasons = [(result.file, result.reason or "") for result in report.notable]
        await send(self._ctx, show.retried(report.counts, reasons))


def _exported(wanted: upload.Wanted, made: upload.Exported) -> Answer:
    parts = (wanted.table, wanted.player, wanted.session, wanted.scope.period.name)
    name = "-".join("".join(c for c in part if c.isalnum() or c in "-_") for part in parts if part and part != "all")
    file = f"{name[:100]}.{wanted.form}"
    about = f"{text.counted(made.rows, 'row')}, {show.amount(len(made.content))}\n-# {board.scope(wanted.scope)}"
    if not made.rows:
        about = f"Nothing fits, so there are only the names of the columns.\n-# {board.scope(wanted.scope)}"
    page = Page(f"Export of {wanted.table}", about)
    return Answer((page,), upload=Upload(file, made.content))


def _either(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
