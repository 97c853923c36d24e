"""Game servers as they are now, what was said to them, and how Muster itself is doing, as pages."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from muster.announce.life import State
from muster.bot import text
from muster.bot.pages import DESCRIPTION, GREEN, GREY, ORANGE, RED, Answer, Page, in_pages
from muster.bot.show import folders
from muster.model.colours import clean
from muster.ops.health import Known, Level
from muster.ops.quake3 import LiveStatus
from muster.store.admin import Pulse

_GAME_TYPES: Final = {"2": "objective", "3": "stopwatch", "4": "campaign", "5": "last man standing", "6": "map vote"}
_MOST_PRINTED: Final = 3600
_MOST_TIMINGS: Final = 8
_LEAST_ROWS: Final = 4
_MOST_ROWS: Final = 24
_ALL_ROWS: Final = 60
_MOST_SERVERS: Final = 10
"""Players of a server in the lasting message, of all servers together, and servers: it is one message."""
_MOST_WELL: Final = 600
_MOST_WHY: Final = 300
_MOST_ILL: Final = 8


class Live(msgspec.Struct, frozen=True):
    """A configured game server and how it stands, or why nobody knows."""

    name: str
    status: LiveStatus | None
    problem: str = ""


class Health(msgspec.Struct, frozen=True):
    """What was measured just now. `database` is the time of a small question in ms, None where it failed."""

    now: datetime
    online_since: datetime
    latency: float | None
    database: float | None
    pulse: Pulse | None
    posts: dict[str, int]
    problem: str = ""
    processes: tuple[Known, ...] = ()


class Figures(msgspec.Struct, frozen=True):
    """What this process counted since it began. `timings`: command, how often, median and 95th percentile in s."""

    now: datetime
    online_since: datetime
    answered: int
    failed: int
    hits: int
    misses: int
    memory: int
    timings: tuple[tuple[str, int, float, float], ...]


class Automation(msgspec.Struct, frozen=True):
    """What goes on by itself. `channel` is where rounds are posted to. `evening`: None where rounds alone make them;
    else what is known of the one that goes on, if one does.
    """

    now: datetime
    folders: tuple[folders.Folder, ...]
    channel: int | None
    posts: dict[str, int]
    pulse: Pulse
    evening: State | None = None


class Standing(msgspec.Struct, frozen=True):
    """A game server as a lasting message shows it; `status` None: it is silent. `since`: on this map, or silent."""

    name: str
    status: LiveStatus | None = None
    since: datetime | None = None

    @property
    def map(self) -> str | None:
        """The map that is played, None where it does not answer."""
        return None if self.status is None else self.status.value("mapname")


def standings(found: Sequence[Standing], at: datetime) -> Answer:
    """All game servers in one message, as of a moment; of many players those with the highest scores."""
    rows = max(_LEAST_ROWS, min(_MOST_ROWS, _ALL_ROWS // max(len(found), 1)))
    shown = [_standing(one, rows) for one in found[:_MOST_SERVERS]]
    asked = f"-# as of {text.moment(at, 'R')}"
    last = shown[-1]
    return Answer((*shown[:-1], msgspec.structs.replace(last, description=f"{last.description}\n{asked}")))


def _standing(one: Standing, rows: int) -> Page:
    since = "" if one.since is None else text.moment(one.since, "R")
    if one.status is None:
        return Page(f"{text.called(one.name)} · down", f"It does not answer; first noticed {since}.", colour=RED)
    status = one.status
    most = status.value("sv_maxclients")
    players = sorted(status.players, key=lambda player: (-player.score, player.name))
    count = f"{len(players)}{f' of {text.plain(most)[:4]}' if most.isdigit() else ''} players"
    facts = [f"**{text.called(one.map or '', '–')}**", f"since {since}" if since else "", count]
    facts += [_GAME_TYPES.get(status.value("g_gametype"), ""), _limit(status.value("timelimit"))]
    lines = [" · ".join(fact for fact in facts if fact)]
    if players:
        cells = [(text.cell(clean(player.name)), str(player.score)) for player in players[:rows]]
        lines.append(text.block(text.table(("player", "score"), cells)))
    if len(players) > rows:
        lines.append(f"-# and {text.counted(len(players) - rows, 'more player')}")
    return Page(text.called(one.name), "\n".join(lines), colour=GREEN if players else GREY)


def servers(found: Sequence[Live]) -> Answer:
    """Game servers, a page each."""
    return Answer(tuple(page for live in found for page in _server(live)))


def _server(live: Live) -> tuple[Page, ...]:
    if live.status is None:
        words = f"{text.name(live.problem)}\n-# It may be down, restarting, or changing the map."
        return (Page(f"{text.called(live.name)} · no answer", words, colour=RED),)
    status = live.status
    map_, most = status.value("mapname"), status.value("sv_maxclients")
    players = sorted(status.players, key=lambda player: (-player.score, player.name))
    host = text.called(clean(status.value("sv_hostname", "hostname")), live.name, longest=80)
    facts = [
        f"**{text.called(map_, '–')}**",
        f"{len(players)}{f' of {text.plain(most)[:4]}' if most.isdigit() else ''} players",
        _GAME_TYPES.get(status.value("g_gametype"), ""),
        _limit(status.value("timelimit")),
    ]
    about = f"{host}\n{' · '.join(fact for fact in facts if fact)}"
    asked = f"-# asked {text.moment(status.asked_at, 'R')}, answered in {status.seconds * 1000:.0f} ms"
    rows = [(text.cell(clean(player.name)), str(player.score), str(player.ping)) for player in players]
    title = text.called(live.name)
    if not rows:
        return (Page(title, f"{about}\nNobody is on it.\n{asked}", colour=GREY),)
    lines = text.table(("player", "score", "ping"), rows)
    return in_pages(title, lines[1:], head=lines[:1], above=f"{about}\n{asked}", colour=GREEN, rows=32)


def _limit(minutes: str) -> str:
    try:
        seconds = float(minutes) * 60
    except ValueError:
        return ""
    return f"time limit {text.clock(seconds)}" if 0 < seconds < 86400 else ""


def question(server: str, command: str, warning: str = "") -> Page:
    """Whether a command is to be sent."""
    words = f"To **{text.called(server)}**:\n{text.block([text.cell(command)])}"
    return Page("Send this?", "\n".join(filter(None, (words, warning))), colour=ORANGE)


def printed(server: str, command: str, output: str) -> Answer:
    """What a server printed. It is shown to whoever asked, and to nobody else."""
    lines = [line[: len(line) - len(line.lstrip(" "))] + text.cell(clean(line), "") for line in output.splitlines()]
    shown = "\n".join(lines).strip("\n")
    if len(shown) > _MOST_PRINTED:
        shown = f"{shown[:_MOST_PRINTED]}\n… {len(shown) - _MOST_PRINTED:,} more characters"
    words = text.block([shown]) if shown else "It printed nothing, which is how most commands succeed."
    return Answer(
        (Page(f"{text.called(server)} · {text.called(command)}", words[:DESCRIPTION], colour=GREEN),), private=True
    )


def changing(server: str, map_: str) -> Answer:
    """A map that was sent for."""
    words = f"**{text.called(map_)}** is being loaded. `server_status` shows it in a moment."
    return Answer((Page(f"{text.called(server)} · map", words, colour=GREEN),))


def health(found: Health) -> Answer:
    """Whether everything works, in a few lines."""
    parked = found.posts.get("parked", 0) + found.posts.get("failed", 0)
    ok = found.database is not None and found.latency is not None
    lines = [
        f"Online since {text.moment(found.online_since, 'R')}",
        "Discord: " + ("no heartbeat yet" if found.latency is None else f"{found.latency:.0f} ms"),
        "Database: "
        + (f"⚠ {text.name(found.problem)}" if found.database is None else f"answers in {found.database:.1f} ms"),
    ]
    if found.pulse is not None:
        pulse = found.pulse
        last = "none yet" if pulse.last_import is None else text.moment(pulse.last_import, "R")
        lines += [
            f"Last file: {last}",
            f"Rounds today: {pulse.rounds_today:,} (of {pulse.rounds:,})",
            _posts(found.posts),
        ]
    lines += [line for one in found.processes for line in _process(one)]
    bad = any(one.silent or not one.state.ok for one in found.processes)
    colour = RED if not ok or bad else ORANGE if parked else GREEN
    return Answer((Page("Health", "\n".join(lines), colour=colour),))


def _process(one: Known) -> Iterator[str]:
    """A process and its parts: those that are well in a line, each other one in its own."""
    if one.silent:
        yield f"⚠ **{text.name(one.process)}** is silent since {text.moment(one.state.taken_at, 'R')}"
        return
    well = [vital.part for vital in one.state.vitals if vital.level is Level.OK]
    if well:
        yield f"Well: {text.name(', '.join(well))}"[:_MOST_WELL]
    for vital in [vital for vital in one.state.vitals if vital.level is not Level.OK][:_MOST_ILL]:
        last = "" if vital.done is None else f", last well {text.moment(vital.done, 'R')}"
        why = text.name(": ".join(filter(None, (vital.detail, vital.cure))))[:_MOST_WHY]
        yield f"⚠ **{text.name(vital.part)}** is {vital.level}{last}\n-# {why}"


def _posts(counts: dict[str, int]) -> str:
    waiting = counts.get("pending", 0) + counts.get("sending", 0)
    bad = [f"⚠ {counts[name]:,} {name}" for name in ("parked", "failed") if counts.get(name)]
    return "Posts: " + ", ".join([f"{counts.get('sent', 0):,} sent", f"{waiting:,} waiting", *bad])


def figures(found: Figures) -> Answer:
    """What was counted since the start."""
    asked = found.hits + found.misses
    share = f" ({found.hits / asked:.0%})" if asked else ""
    lines = [
        f"Since {text.moment(found.online_since, 'R')}, in this process:",
        f"{text.counted(found.answered, 'command')} answered, {found.failed:,} with a refusal or an error",
        f"{text.counted(found.hits, 'answer')} from the cache of {asked:,} asked for{share}",
        f"{found.memory / 1_000_000:,.0f} MB of memory at most",
    ]
    rows = [
        (text.cell(name), f"{count:,}", f"{median:.2f}", f"{slow:.2f}")
        for name, count, median, slow in found.timings[:_MOST_TIMINGS]
    ]
    if rows:
        lines += [text.block(text.table(("command", "n", "p50 s", "p95 s"), rows))]
    return Answer((Page("Metrics", "\n".join(lines)),))


def _evening(state: State | None) -> str:
    if state is None:
        return "Evenings: as the rounds make them; `automation_enabled` is not set"
    voice = "" if state.voice is None else f", {state.voice} in voice"
    if state.evening is None:
        return f"Evenings: none goes on{voice}"
    return f"Evenings: one goes on since {text.moment(state.evening.since, 'R')}, by {state.evening.source}{voice}"


def automation(found: Automation) -> Answer:
    """What goes on by itself, as far as it can be seen."""
    lines = [folders.line(folder, found.now) for folder in found.folders]
    if not found.folders:
        lines.append("No game server has a `folder`: rounds come by `muster import` only.")
    last = "none yet" if found.pulse.last_import is None else text.moment(found.pulse.last_import, "R")
    lines.append(f"Last file taken in: {last}")
    where = "off: `stats_channel_id` is not set" if found.channel is None else f"to <#{found.channel}>"
    lines += [_evening(found.evening), f"Posts of rounds: {where}", _posts(found.posts)]
    bad = not all(folder.sound for folder in found.folders) or found.posts.get("parked")
    return Answer((Page("What goes on by itself", "\n".join(lines), colour=ORANGE if bad else GREEN),))
