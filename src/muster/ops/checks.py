"""What `muster doctor` looks at on this machine: the database, the watched folders, the fonts."""

import os
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from muster.config import Settings
from muster.store import outbox
from muster.store.engine import Store, StoreError, parse_url
from muster.store.upgrade import check

MOST_SKEW: Final = timedelta(seconds=30)
"""As far as this clock may be from Discord's."""


class Level(StrEnum):
    """How it stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at: what was found, and where it is not ok the cure."""

    name: str
    level: Level
    found: str
    cure: str = ""


def ok(name: str, found: str) -> Check:
    """As it has to be."""
    return Check(name, Level.OK, found)


def warn(name: str, found: str, cure: str) -> Check:
    """Muster runs, but something is off."""
    return Check(name, Level.WARN, found, cure)


def fail(name: str, found: str, cure: str) -> Check:
    """Something that is configured can't work."""
    return Check(name, Level.FAIL, found, cure)


async def database(settings: Settings) -> list[Check]:
    """Whether the database can be reached, is at this program's schema, and what became of posts."""
    try:
        async with Store(parse_url(settings.url)) as store:
            if (new := _new_database(store)) is not None:
                return [new]
            async with store.read():
                reached = ok("database", store.url.render_as_string(hide_password=True))
            try:
                await check(store)
            except StoreError as error:
                return [reached, warn("schema", str(error), "`muster run` and `muster db upgrade` bring it up to date")]
            async with store.read() as reader:
                counts = await outbox.counts(reader)
            return [reached, ok("schema", "up to date"), _posts(counts)]
    except StoreError as error:
        cure = "start it, or set DATABASE_URL, DATABASE_PATH or PGHOST right (PGPASSWORD belongs into .env)"
        return [fail("database", str(error), cure)]


def _new_database(store: Store) -> Check | None:
    """About an SQLite file that is not there yet; None where there is a database."""
    path = Path(store.url.database or "")
    if store.dialect != "sqlite" or path.exists():
        return None
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if os.access(folder, os.W_OK):
        return warn("database", f"{path} does not exist yet", "`muster run` or `muster import` makes it")
    return fail("database", f"{path} can't be made", f"let Muster's user write to {folder}")


def _posts(counts: dict[str, int]) -> Check:
    bad = {name: counts[name] for name in ("parked", "failed") if counts.get(name)}
    waiting = counts.get("pending", 0) + counts.get("sending", 0)
    found = ", ".join(
        [f"{counts.get('sent', 0):,} sent", f"{waiting:,} waiting", *(f"{n:,} {w}" for w, n in bad.items())]
    )
    if bad:
        return warn("posts", found, "mend the channel; posts that are not too old go out with the next round")
    return ok("posts", found)


def folders(settings: Settings) -> list[Check]:
    """Whether the folders of game servers can be read."""
    found = []
    for server in settings.servers:
        name, folder = f"folder of {server.name}", server.folder
        if folder is None:
            if not (server.ssh_host or server.push_token_env):
                cure = f"set `folder` or `ssh_host` of [[servers]] {server.name}, if rounds come from there"
                found.append(warn(name, "none is set", cure))
        elif not folder.is_dir():
            found.append(fail(name, f"{folder} is no folder", "make it, mount it, or set `folder` right"))
        elif not os.access(folder, os.R_OK | os.X_OK):
            found.append(fail(name, f"{folder} can't be read", "let Muster's user read it (chmod o+rx, or a group)"))
        else:
            found.append(ok(name, str(folder)))
    if not settings.servers:
        return [warn("folders", "no game server is set", "add a [[servers]] table to muster.toml")]
    return found


def fonts(*paths: Path) -> Check:
    """Whether the pictures' fonts are there."""
    missing = [path for path in paths if not path.is_file()]
    if missing:
        return fail("fonts", f"{missing[0]} is missing", "install Muster's packages anew (matplotlib brings the fonts)")
    return ok("fonts", ", ".join(path.stem for path in paths))


def clock(there: datetime, here: datetime | None = None) -> Check:
    """Whether this machine's clock agrees with Discord's."""
    skew = (here or datetime.now(UTC)) - there
    found = f"{skew.total_seconds():+.0f} s against Discord's"
    if abs(skew) > MOST_SKEW:
        return warn("clock", found, "switch on time synchronisation (timedatectl set-ntp true)")
    return ok("clock", found)
