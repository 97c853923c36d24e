"""The whole program on one page: what is opened, in which order, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from muster.announce.book import book_of
from muster.announce.keeper import Keeper
from muster.announce.news import announcer_of, max_age
from muster.announce.waiting import first_of
from muster.collect.folder import watch
from muster.collect.running import Collecting
from muster.community.archive import Archive
from muster.community.awareness import NONE, Taste
from muster.community.days import rule_of
from muster.community.events.live import Live
from muster.community.history import HistoryImport, HistoryReport
from muster.community.history.background import Background
from muster.community.members import Snapshots
from muster.community.privacy import Privacy
from muster.community.recorder import Recorder
from muster.community.retention import Retention
from muster.community.spill import Spill
from muster.community.voice import VoiceCounter
from muster.config import Settings
from muster.ops.alerts import Alerts
from muster.ops.alone import alone, up_to_date
from muster.ops.aside import aside
from muster.ops.care import RESTARTS, Care
from muster.ops.checks import Check, Level
from muster.ops.pace import keep_pace
from muster.ops.parts import Misconfigured, Part, supervise
from muster.ops.plan import plan
from muster.ops.roles import ALL, Role, Roles, check_roles, listed, nothing_for
from muster.rounds.importer import Importer, ImportReport, ServerChoice
from muster.store.engine import Store, StoreError, parse_url
from muster.store.upgrade import WrongSchema, check, head, upgrade


@asynccontextmanager
async def filled(settings: Settings) -> AsyncIterator[Store]:
    """The store, brought to this program's schema, to write to."""
    async with Store(parse_url(settings.url)) as store:
        await upgrade(store)
        yield store


@asynccontextmanager
async def asked(settings: Settings) -> AsyncIterator[Store]:
    """The store as it is, to read from."""
    async with Store(parse_url(settings.url)) as store:
        await check(store)
        yield store


async def run(
    settings: Settings,
    stop: asyncio.Event,
    say: Callable[[str], None],
    roles: Roles = ALL,
    *,
    standby: bool = False,
) -> None:
    """Everything that is configured, until it is stopped. `say` is told what runs, and what doesn't and why.

    `roles` are this process's; with `standby` it waits for another process that has them. Raises Misconfigured, with
    the cure, for what only a person can set right, and PartDied where a part ends.
    """
    from muster.bot.client import intents_for

    keep_pace()
    try:
        async with Store(parse_url(settings.url), name=f"muster {listed(roles) if roles != ALL else 'run'}") as store:
            check_roles(roles, store.dialect)
            await first_of(up_to_date(store), stop.wait())
            if stop.is_set():
                return
            say(f"database {store.url.render_as_string(hide_password=True)} at revision {head()}")
            for line in plan(settings, intents_for(settings), roles):
                say(line)
            care = Care(settings, store, roles)
            parts = list(build(settings, store, roles, care))
            if not parts:
                raise Misconfigured(nothing_for(roles))
            async with alone(store, roles, stop if standby else None) as keep:
                if not stop.is_set():
                    await supervise([*parts, *care.parts(), Part("claim on the database", keep, 1.0)], stop)
    except WrongSchema as error:
        raise Misconfigured(str(error)) from error
    except StoreError as error:
        raise Misconfigured(f"{error}; check that it runs, and DATABASE_URL, DATABASE_PATH or PGHOST") from error


def build(settings: Settings, store: Store, roles: Roles = ALL, care: Care | None = None) -> Iterator[Part]:
    """The parts of these roles, as they are stopped: nothing new comes in, what is due goes out, Discord is left."""
    care = care or Care(settings, store, roles)
    wake: Callable[[], None] = lambda: None  # noqa: E731
    discord: list[Part] = []
    if settings.discord_token and Role.BOT in roles:
        from muster.announce.sender import Sender
        from muster.announce.webhook import Webhooks
        from muster.bot import endpoint, posts
        from muster.bot.alarms import DiscordHerald
        from muster.bot.hands import DiscordHands
        from muster.bot.online import Online
        from muster.bot.sender import DiscordCarrier
        from muster.bot.status_board import StatusBoard
        from muster.ops.quake3 import GameServers

        if settings.discord_api_base:
            endpoint.use(settings.discord_api_base)
        hands = DiscordHands(lambda: online.bot(), Webhooks(private=settings.webhook_private))
        live = Live(store, archive_of(settings), hands, lambda: wake())
        recorder = recorder_of(settings, store, live) if settings.count_messages else None
        voice = voice_of(settings, store)
        keeper = keeper_of(settings, store, lambda: online.occupancy(), lambda: wake())
        games = GameServers()
        online = Online(settings, store, recorder, voice, keeper=keeper, games=games)
        carrier = DiscordCarrier(online, store, posts.build)
        sender = Sender(store, carrier, admin_channel=settings.admin_channel_id, keep=max_age(settings))
        wake = sender.wake
        discord = [Part("sender of posts", sender.run, 5.0), Part("Discord bot", online.run, 2.5)]
        if keeper is not None:
            discord.append(Part("evenings", keeper.run, 1.0))
        if settings.status_channel_id is not None and any(server.address for server in settings.servers):
            board = StatusBoard(settings, store, games, lambda: wake())
            discord.append(Part("status of game servers", board.run, 0.5))
        care.gateway(lambda: online.latency)
        if settings.admin_channel_id is not None:
            herald = DiscordHerald(online, carrier)
            minutes = timedelta(minutes=settings.alert_minutes)
            alerts = Alerts(care.health, store, herald, settings.admin_channel_id, minutes, process=care.process)
            discord.insert(0, Part("alerts", alerts.run, 0.5, RESTARTS))
        if recorder is not None:
            care.recorder(recorder)
            rule = rule_of(settings)
            discord.append(Part("message counter", recorder.run))
            discord.append(Part("event pipelines", live.run, 1.5))
            snapshots = Snapshots(store, lambda *_: rule, online.communities, online.members)
            discord.append(Part("counts of members", snapshots.run, 0.2))
        if voice is not None:
            care.voice(voice)
            discord.append(Part("voice and members", voice.run, 1.0))
    if Role.COLLECTOR in roles:
        collecting = collecting_of(settings, store, lambda _: wake(), care.importer)
        yield from (Part(name, run, 1.5) for name, run in collecting.runs())
    yield from discord
    if Role.WRITER in roles:
        yield from _keeping(settings, store, care, alone=Role.BOT not in roles)


def _keeping(settings: Settings, store: Store, care: Care, *, alone: bool) -> Iterator[Part]:
    """What works on what is stored. `alone`: the bot is another process, and the token nothing to this one."""
    if settings.count_messages and (settings.discord_token or alone):
        rule = rule_of(settings)
        care.purge = Retention(store, archive_of(settings)).nightly
        history = Background(store, lambda *_: rule, settings.history_folder, aside)
        yield Part("import of history", history.run, 1.0)


def importer_of(settings: Settings, store: Store, choice: ServerChoice) -> Importer:
    """What takes rounds in, and has them announced where there is a channel for it."""
    announcer = announcer_of(settings)
    return Importer(store, choice, announcer.on_taken if announcer else None)


def collecting_of(
    settings: Settings,
    store: Store,
    done: Callable[[ImportReport], None],
    watched: Callable[[Importer], Importer] = lambda importer: importer,
) -> Collecting:
    """What brings the files of every game server. `watched` sees every importer that takes them in."""
    return Collecting(
        settings, store, lambda name: watched(importer_of(settings, store, servers(settings, name))), done
    )


def archive_of(settings: Settings) -> Archive | None:
    """Where kept messages go before they are deleted here."""
    return Archive(settings.chat_archive) if settings.chat_archive else None


def privacy_of(settings: Settings, store: Store) -> Privacy:
    """What answers for what is stored of a person."""
    return Privacy.of(store, settings.chat_archive)


def recorder_of(settings: Settings, store: Store, live: Live | None = None) -> Recorder:
    """What counts messages. While the database is away they wait in a file beside it. `live` is told of new ones."""
    rule = rule_of(settings)
    return Recorder(store, lambda *_: rule, Spill.beside(store), taste=taste_of(settings), listener=live)


def taste_of(settings: Settings) -> Taste:
    """What is looked for in what people write: nothing where Discord does not give it."""
    wanted = Taste(settings.count_emoji, settings.count_words)
    return wanted if settings.message_content and (wanted.emoji or wanted.words) else NONE


def voice_of(settings: Settings, store: Store) -> VoiceCounter | None:
    """What counts seconds in voice and keeps who joins and leaves, where either is wanted."""
    if not settings.count_voice and not settings.count_joins:
        return None
    rule = rule_of(settings)
    return VoiceCounter(store, lambda *_: rule)


def keeper_of(
    settings: Settings, store: Store, occupancy: Callable[[], int | None], done: Callable[[], None]
) -> Keeper | None:
    """What keeps evenings, where they are to begin and end by themselves."""
    book = book_of(settings)
    watches = bool(settings.gaming_voice_channels)
    return None if book is None else Keeper(store, book, occupancy, watches=watches, done=done)


def servers(settings: Settings, name: str | None = None, zone: str | None = None) -> ServerChoice:
    """How files find their game server: by name where one is given, else by the host name in them."""
    zones = {server.name: server.timezone for server in settings.servers if server.timezone}
    if name and zone:
        zones[name] = zone
    return ServerChoice(
        name=name,
        hostnames={host: server.name for server in settings.servers for host in server.hostnames},
        zones=zones,
        default_zone=zone or settings.timezone,
    )


async def import_files(
    store: Store,
    choice: ServerChoice,
    files: Sequence[Path],
    *,
    settings: Settings | None = None,
    retry: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Imports round files once. With `settings` they are announced like any others."""
    importer = importer_of(settings, store, choice) if settings else Importer(store, choice)
    return await importer.run(files, retry=retry, progress=progress)


async def import_history(
    settings: Settings, store: Store, path: Path, begin: Callable[[int], Callable[[int], None]]
) -> HistoryReport:
    """Counts what other bots logged. `begin` is told the bytes there are; what it returns, those done."""
    rule = rule_of(settings)
    async with aside() as run:
        return await HistoryImport(store, lambda *_: rule, run).run(path, begin)


async def watch_folder(
    store: Store, choice: ServerChoice, folder: Path, settings: Settings | None = None
) -> AsyncIterator[ImportReport]:
    """Imports what a folder holds, then what comes, until it is stopped. A report for each portion."""
    importer = importer_of(settings, store, choice) if settings else Importer(store, choice)
    async for files in watch(folder):
        yield await importer.run(files)


async def doctor(settings: Settings, *, local: bool = False) -> list[Check]:
    """Whether everything is as it has to be, with the cure where it is not. `local` asks no other machine."""
    from muster.bot import endpoint
    from muster.bot.doctor import discord_checks
    from muster.charts.style import BOLD, REGULAR
    from muster.ops import checks

    if settings.discord_api_base:
        endpoint.use(settings.discord_api_base)
    here = [*await checks.database(settings), *checks.folders(settings), checks.fonts(REGULAR, BOLD)]
    return here if local else [*here, *await _collectors(settings), *await discord_checks(settings)]


async def _collectors(settings: Settings) -> list[Check]:
    """How the collectors are that are more than a folder."""
    from muster.collect.probe import probe
    from muster.collect.state import State

    level = {State.OK: Level.OK, State.CLOCK_OFF: Level.WARN}
    found = [one for server in settings.servers for one in await probe(settings, server) if one.kind != "folder"]
    return [
        Check(
            f"{one.kind} of {one.server}",
            level.get(one.state, Level.FAIL),
            ": ".join(filter(None, (one.place, "" if one.state is State.OK else str(one.state), one.detail))),
            one.cure,
        )
        for one in found
    ]
