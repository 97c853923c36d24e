"""How collectors are: what holds one up and what would help it, since when, and when rounds last came."""

import asyncio
import errno
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
import structlog

from muster.store.collectors import CollectorRow, note
from muster.store.engine import Store, StoreError

log = structlog.get_logger("muster.collect")


class State(StrEnum):
    """How a collector is."""

    WAITING = "waiting"
    OK = "ok"
    CLOCK_OFF = "clock off"
    UNREACHABLE = "unreachable"
    NOT_TRUSTED = "host key not trusted"
    KEY_CHANGED = "host key changed"
    REFUSED = "login refused"
    DENIED = "permission denied"
    MISSING = "no folder"
    DISK_FULL = "disk full"
    DATABASE = "database away"
    SETTINGS = "set wrong"


SOUND: Final = (State.OK, State.CLOCK_OFF)
"""Rounds come in."""

BY_HAND: Final = (State.NOT_TRUSTED, State.KEY_CHANGED, State.REFUSED, State.SETTINGS)
"""Nothing but a person sets it right: it is looked at less often."""


HEARTBEAT: Final = 60.0
"""Seconds between two notes where nothing changes."""


class Unavailable(Exception):
    """A collector can't list or bring its files: what is wrong, and what would help."""

    def __init__(self, what: str, cure: str = "", state: State = State.UNREACHABLE) -> None:
        super().__init__(f"{what}: {cure}" if cure else what)
        self.what = what
        self.cure = cure
        self.state = state


def no_place(error: OSError, folder: Path) -> Unavailable:
    """A file could not be written to a folder of this machine."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        what = f"there is no room left in {folder}"
        return Unavailable(what, "make room there, or set TMPDIR; it goes on by itself", State.DISK_FULL)
    what = f"{folder} can't be written ({error.strerror})"
    return Unavailable(what, "let Muster's user write there, or set TMPDIR", State.DENIED)


def no_store(error: StoreError) -> Unavailable:
    """Rounds could not be stored."""
    full = "disk is full" in str(error) or "No space left" in str(error)
    return Unavailable(str(error), "", State.DISK_FULL if full else State.DATABASE)


class Health(msgspec.Struct, frozen=True):
    """How a collector is: in this state `since` then, last sound at `looked`; rounds last `came`, the newest so called.

    `detail` is what is wrong and `cure` what would help, empty where nothing is.
    """

    server: str
    kind: str
    place: str
    state: State
    since: datetime
    detail: str = ""
    cure: str = ""
    looked: datetime | None = None
    came: datetime | None = None
    newest: str | None = None


def _now() -> datetime:
    return datetime.now(UTC)


class Sign:
    """What one collector shows of itself. A change of state is logged once."""

    def __init__(
        self, server: str, kind: str, place: str, told: Callable[[], None], now: Callable[[], datetime]
    ) -> None:
        self._told = told
        self._now = now
        self.health = Health(server, kind, place, State.WAITING, now())
        self._clock: tuple[str, str] | None = None

    def good(self) -> None:
        """It could look, and everything that was there came in."""
        state, words = (State.CLOCK_OFF, self._clock) if self._clock else (State.OK, ("", ""))
        self._turn(state, *words, looked=self._now())

    def bad(self, trouble: Unavailable) -> None:
        """It could not."""
        self._turn(trouble.state, trouble.what, trouble.cure)

    def clock(self, wrong: tuple[str, str] | None) -> None:
        """What is wrong with the server's clock, and what would help; None where it is right."""
        self._clock = wrong

    def came(self, file: str) -> None:
        """Rounds were stored, the newest from this file."""
        newest = max(file, self.health.newest or "")
        self.health = msgspec.structs.replace(self.health, came=self._now(), newest=newest)
        self._told()

    def _turn(self, state: State, detail: str = "", cure: str = "", looked: datetime | None = None) -> None:
        before = self.health
        changed = state is not before.state
        self.health = msgspec.structs.replace(
            before,
            state=state,
            since=self._now() if changed else before.since,
            detail=detail,
            cure=cure,
            looked=looked or before.looked,
        )
        if changed:
            self._log(before.state)
            self._told()

    def _log(self, before: State) -> None:
        now = self.health
        about = {"server": now.server, "kind": now.kind, "state": str(now.state)}
        if now.state is State.OK:
            log.info("a collector is well", **about, was=str(before))
        else:
            log.warning("a collector is not well", **about, what=now.detail, cure=now.cure)


class Board:
    """The signs of every collector of this program. `told` is called whenever one of them changed."""

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._signs: list[Sign] = []
        self.told: Callable[[], None] = lambda: None

    def sign(self, server: str, kind: str, place: str) -> Sign:
        """The sign of a collector that is new here."""
        sign = Sign(server, kind, place, lambda: self.told(), self._now)
        self._signs.append(sign)
        return sign

    def all(self) -> list[Health]:
        """How each of them is now."""
        return [sign.health for sign in self._signs]


class Noting:
    """Keeps the board in the database: what changes at once, and that it is still watched every minute."""

    def __init__(self, board: Board, store: Store) -> None:
        self._board = board
        self._store = store
        self._changed = asyncio.Event()
        board.told = self._changed.set

    async def run(self, stop: asyncio.Event) -> None:
        """Notes until it is stopped, and once more then. While the database is away nothing is noted."""
        while not stop.is_set():
            self._changed.clear()
            await self._note()
            waits = [asyncio.ensure_future(event.wait()) for event in (stop, self._changed)]
            await asyncio.wait(waits, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        await self._note()

    async def _note(self) -> None:
        now = _now()
        rows = [
            CollectorRow(
                one.server,
                one.kind,
                one.place,
                str(one.state),
                one.since,
                one.detail,
                one.cure,
                one.looked,
                one.came,
                one.newest,
                now,
            )
            for one in self._board.all()
        ]
        with suppress(StoreError):
            async with self._store.write() as writer:
                await note(writer, rows)
