"""The files of backups: what is noted beside each, which are still as they were written, which may go."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from muster.store.engine import StoreError

_OURS: Final = re.compile(r".+-\d{8}-\d{6}(-\d+)?\.(db|dump)")
_STALE: Final = timedelta(days=1)
"""As long as a backup may take to be written: what is unfinished and older was left by a process that died."""


class BackupRefused(StoreError):
    """A backup can't be made or brought back, or is not good; the message names the cure."""


class Note(msgspec.Struct, frozen=True):
    """What a backup has to say when it is restored. `checked`: it was, and said so. `size` in bytes."""

    made_at: datetime
    version: str
    dialect: str
    revision: str | None
    fingerprint: str
    rows: dict[str, int]
    size: int
    sha256: str
    checked: bool


class Kept(msgspec.Struct, frozen=True):
    """A backup in a folder."""

    file: Path
    note: Note


class Damaged(msgspec.Struct, frozen=True):
    """A backup that is no longer what was written, and how that shows."""

    file: Path
    why: str


def note_of(file: Path) -> Path:
    """Where a backup's note lies."""
    return file.with_name(f"{file.name}.json")


def write(file: Path, note: Note) -> None:
    """Puts a note beside a backup."""
    path = note_of(file)
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(note)) + b"\n")


def read(file: Path) -> Note | None:
    """The note of a backup; None where there is none that can be read."""
    try:
        return msgspec.json.decode(note_of(file).read_bytes(), type=Note)
    except (OSError, msgspec.MsgspecError):
        return None


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def damage(file: Path, note: Note) -> str | None:
    """How a file is not what was written; None where it is."""
    size = file.stat().st_size
    if size != note.size:
        return f"it has {size:,} bytes, {note.size:,} were written"
    if digest(file) != note.sha256:
        return "its content is not what was written"
    return None


def kept(folder: Path) -> list[Kept]:
    """The backups of a folder, the newest first."""
    found = [Kept(file, note) for file in _files(folder) if (note := read(file)) is not None]
    return sorted(found, key=lambda one: one.note.made_at, reverse=True)


def damaged(folder: Path) -> list[Damaged]:
    """Reads every backup of a folder anew; returns those that are not what was written."""
    found = [(one.file, damage(one.file, one.note)) for one in kept(folder)]
    return [Damaged(file, why) for file, why in found if why is not None]


def rotate(folder: Path, now: datetime, days: int, least: int) -> list[Path]:
    """Removes backups that are older than so many days, but keeps the newest `least`; returns what went.

    What was left unfinished goes too. Files without a note of ours are nobody's business.
    """
    gone = [one.file for one in kept(folder)[least:] if now - one.note.made_at > timedelta(days=days)]
    for file in gone:
        file.unlink()
        note_of(file).unlink()
    for part in folder.glob(".*.part"):
        if _OURS.fullmatch(part.name[1 : -len(".part")]) and now - _changed(part) > _STALE:
            part.unlink()
    for note in folder.glob("*.json"):
        if _OURS.fullmatch(note.stem) and not (folder / note.stem).exists() and now - _changed(note) > _STALE:
            note.unlink()
    return gone


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if _OURS.fullmatch(path.name) and path.is_file())


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
