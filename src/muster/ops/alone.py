"""One process a role to a database: two bots would answer every command twice."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import structlog

from muster.ops.parts import Misconfigured
from muster.ops.roles import ALL, Role, Roles, in_order, listed
from muster.store.engine import Store, StoreError
from muster.store.sole import RUN, Right, StillMine, Taken, soles
from muster.store.upgrade import behind, upgrade

log = structlog.get_logger("muster")

RIGHTS: Final[dict[Role, Right]] = {
    Role.BOT: RUN,
    Role.COLLECTOR: ("collector", 0x6D757363),
    Role.WRITER: ("writer", 0x6D757377),
}
"""What a role claims; on PostgreSQL by keys that spell "musr", "musc", "musw"."""

GRACE: Final = 3.0
"""Seconds the one before may take to be gone: a service manager restarts faster than a database notices."""

AGAIN: Final = 0.2
CHECK: Final = 5.0
"""Seconds between two attempts, and between two looks whether the right is still there."""

Keep = Callable[[asyncio.Event], Awaitable[None]]


@asynccontextmanager
async def alone(store: Store, roles: Roles = ALL, standby: asyncio.Event | None = None) -> AsyncIterator[Keep]:
    """Claims roles; what it gives keeps the claim until it is stopped, also when the database was away.

    Claiming waits for whoever has them if `standby` is given, until that is set (the claim is none then). Otherwise
    both raise Misconfigured where another process has one; claiming raises StoreError where the database is away.
    """
    async with AsyncExitStack() as claim:
        mine = await _stand_by(store, claim, roles, standby) if standby else await _claim(store, claim, roles)

        async def keep(stop: asyncio.Event) -> None:
            held = mine
            while not stop.is_set():
                if held is not None and not await held():
                    await claim.aclose()
                    held = None
                if held is None:
                    with suppress(StoreError):
                        held = await _claim(store, claim, roles)
                await _pause(stop, CHECK)

        yield keep


async def up_to_date(store: Store) -> None:
    """Brings a database to this program's schema, but not under a process that still works with the old one.

    Raises Misconfigured where there is such a process, StoreError as `upgrade` does.
    """
    until = time.monotonic() + GRACE
    while await behind(store):
        async with AsyncExitStack() as claim:
            taken = await _attempt(store, claim, ALL)
            if not isinstance(taken, Taken):
                await upgrade(store)
                return
        if time.monotonic() > until:
            raise Misconfigured(
                f"{store.shown} needs an upgrade, and a `muster run` works with it ({_known_as(taken.name)}): "
                "stop every one of them first, then start them with the new program"
            )
        await asyncio.sleep(AGAIN)
    await upgrade(store)


async def _claim(store: Store, claim: AsyncExitStack, roles: Roles) -> StillMine:
    until = time.monotonic() + GRACE
    while True:
        got = await _attempt(store, claim, roles)
        if not isinstance(got, Taken):
            return got
        if time.monotonic() > until:
            raise Misconfigured(_refusal(store, roles, got))
        await asyncio.sleep(AGAIN)


async def _stand_by(store: Store, claim: AsyncExitStack, roles: Roles, stop: asyncio.Event) -> StillMine | None:
    """The claim as soon as it is free; None where it was stopped before."""
    told = False
    while not stop.is_set():
        try:
            got = await _attempt(store, claim, roles)
        except StoreError as error:
            if not told:
                raise
            log.warning("standing by: the database can't be asked", error=str(error))
            await _pause(stop, CHECK)
            continue
        if not isinstance(got, Taken):
            log.info("takes over" if told else "claimed", role=listed(roles))
            return got
        if not told:
            log.info("standing by: another process has it", role=_known_as(got.name))
            told = True
        await _pause(stop, AGAIN)
    return None


async def _attempt(store: Store, claim: AsyncExitStack, roles: Roles) -> StillMine | Taken:
    """One try to claim; what is held afterwards ends with `claim`."""
    async with AsyncExitStack() as attempt:
        got = await attempt.enter_async_context(soles(store, _rights(store, roles)))
        if not isinstance(got, Taken):
            claim.push_async_exit(attempt.pop_all())
        return got


def _rights(store: Store, roles: Roles) -> list[Right]:
    # An SQLite file has one process: one lock says it all.
    return [RIGHTS[role] for role in in_order(roles)] if store.dialect == "postgresql" else [RUN]


def _refusal(store: Store, roles: Roles, taken: Taken) -> str:
    where = store.url.render_as_string(hide_password=True)
    if roles == ALL:
        whose = "" if store.dialect == "sqlite" else f" as {_known_as(taken.name)}"
        return (
            f"another `muster run` has the database {where}{whose}: stop that one first, or give this one a database "
            "of its own with DATABASE_URL or --db"
        )
    return (
        f"another `muster run` is the {_known_as(taken.name)} of the database {where}: stop that one first, or have "
        "this one wait for its end with --standby"
    )


def _known_as(right: str) -> str:
    return next(str(role) for role, (name, _) in RIGHTS.items() if name == right)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
