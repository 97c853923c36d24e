"""From a path to a file's content: what can be read, what can't, and why."""

import errno
import gc
import os
import stat
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from muster.model.rounds import RoundFile, RoundName
from muster.rounds.filename import NotARoundFile, is_companion, read_name
from muster.rounds.likely import Likely, likely
from muster.rounds.parse import LARGEST_FILE, Rejected, content_hash, normalise, parse

ReadJob = tuple[list[Path], dict[str, set[bytes]]]
"""Paths of a portion, and the hashes of contents that are known under their names."""

UnpackJob = tuple[str, list[tuple[str, bytes, bytes]]]
"""A server, and file name, hash and packed content of each of its files."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_Named)
"""A round file, wherever it is."""

DAMAGED = "the kept content is damaged: import the file again with --retry, or bring back a backup"
"""Why a content that the database holds can't be read any more."""


class Unreadable(Exception):
    """A path that gives no content; the message says why and what would help."""


class Content(msgspec.Struct, frozen=True):
    """A file's content with LF line ends, under its name."""

    name: RoundName
    data: bytes
    sha256: bytes
    size: int


class Reading(msgspec.Struct, frozen=True):
    """A content as parsed, or the reason why it could not be. `packed` is what the store keeps of it.

    `likely`: the round it makes beside what was read with it.
    """

    name: RoundName
    sha256: bytes
    size: int
    packed: bytes
    file: RoundFile | None
    reason: str | None
    likely: Likely | None = None


class FileResult(msgspec.Struct, frozen=True):
    """What became of one file. `reason` is for everything but `imported` and `known`."""

    file: str
    status: str
    reason: str | None = None


def find(paths: Iterable[Path]) -> tuple[list[Path], list[tuple[Path, str]], int]:
    """Round files in folders and among the paths themselves, sorted by name.

    Also what was named outright and is none, with the reason, and how many other files the folders hold.
    """
    found: list[Path] = []
    refused: list[tuple[Path, str]] = []
    others = 0
    for path in paths:
        try:
            if path.is_dir():
                files = _files_in(path, refused)
                found += (rounds := [file for file in files if _is_round(file)])
                others += len(files) - len(rounds)
                continue
            path.lstat()
            read_name(path.name)
        except NotARoundFile as error:
            reason = "an award file beside a round file: it holds no round" if is_companion(path.name) else str(error)
            refused.append((path, reason))
        except OSError as error:
            refused.append((path, _out_of_reach(error)))
        else:
            found.append(path)
    return sorted(found, key=lambda file: (file.name, str(file))), refused, others


def _files_in(folder: Path, refused: list[tuple[Path, str]]) -> list[Path]:
    """The text files of a folder and the folders in it; one that may not be listed is named in `refused`."""

    def refuse(error: OSError) -> None:
        refused.append((Path(str(error.filename)), _out_of_reach(error)))

    walk = os.walk(folder, onerror=refuse)
    # A folder may be called like a file; it is searched, and named as what it is.
    found = (Path(place, name) for place, folders, files in walk for name in (*folders, *files))
    return sorted(path for path in found if path.name.endswith(".txt"))


def _out_of_reach(error: OSError) -> str:
    return f"can't be reached: {error.strerror}; {_cure(error)}"


def _cure(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "check how the path is written"
    if error.errno == errno.ELOOP:
        return "it is a link that leads to itself"
    if isinstance(error, PermissionError):
        return "check that Muster's user may read it"
    return "check the disk it is on"


def _is_round(file: Path) -> bool:
    try:
        read_name(file.name)
    except NotARoundFile:
        return False
    return True


def read(path: Path) -> Content:
    """Reads a file; raises Unreadable for what is no regular file or out of reach.

    Of a file that is far too large only the beginning is read: enough to know it again.
    """
    name = read_name(path.name)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{path.name} is not a regular file")
        with path.open("rb") as stream:
            # One byte more than allowed is enough to refuse it.
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Unreadable(f"can't be read: {error.strerror}; {_cure(error)}") from error
    if len(data) > LARGEST_FILE:
        return Content(name, data, content_hash(data + str(status.st_size).encode()), status.st_size)
    data = normalise(data)
    return Content(name, data, content_hash(data), len(data))


def understand(content: Content, keep: bool = True) -> Reading:
    """Parses a content; what can't be parsed comes back with the reason. `keep`: it is to be stored, so pack it."""
    file: RoundFile | None = None
    reason: str | None = None
    if content.size > LARGEST_FILE:
        reason = f"line 1, field size: {content.size:,} bytes are too many for a round file (at most {LARGEST_FILE:,})"
    else:
        try:
            file = parse(content.name, content.data)
        except Rejected as error:
            reason = str(error)
    packed = zlib.compress(content.data, 1) if keep and content.size <= LARGEST_FILE else b""
    return Reading(content.name, content.sha256, content.size, packed, file, reason)


def reopen(name: str, packed: bytes) -> RoundFile:
    """The file of a stored content that was parsed before."""
    return parse(read_name(name), zlib.decompress(packed))


def is_sound(packed: bytes, sha256: bytes) -> bool:
    """Whether a kept content still has the hash it came with."""
    try:
        return content_hash(zlib.decompress(packed)) == sha256
    except zlib.error:
        return False


def in_evenings(paths: Sequence[Named], portion: int) -> Iterator[list[Named]]:
    """Sorted round files in portions that end, where possible, between two evenings."""
    part: list[Named] = []
    previous = None
    for path in paths:
        stamp = read_name(path.name).stamp
        pause = previous is not None and (stamp - previous).total_seconds() > 3 * 3600
        if part and ((len(part) >= portion and pause) or len(part) >= 4 * portion):
            yield part
            part = []
        part.append(path)
        previous = stamp
    if part:
        yield part


def read_portion(job: ReadJob) -> tuple[list[Reading], list[FileResult]]:
    """Contents that need a look, and results of the files that don't."""
    paths, known = job
    readings: list[Reading] = []
    results: list[FileResult] = []
    with no_collection():
        for path in paths:
            try:
                content = read(path)
            except Unreadable as error:
                results.append(FileResult(path.name, "unreadable", str(error)))
                continue
            if content.sha256 in known.get(content.name.file, ()):
                results.append(FileResult(path.name, "known"))
            else:
                readings.append(understand(content))
        return _derived(readings), results


def unpack_portion(job: UnpackJob) -> tuple[str, list[Reading]]:
    """Parses kept contents of one server."""
    server, packed = job
    readings: list[Reading] = []
    with no_collection():
        for filename, sha256, content in packed:
            name = read_name(filename)
            try:
                data = zlib.decompress(content)
            except zlib.error:
                readings.append(Reading(name, sha256, 0, b"", None, DAMAGED))
            else:
                readings.append(understand(Content(name, data, sha256, len(data)), keep=False))
        return server, _derived(readings)


def _derived(readings: Sequence[Reading]) -> list[Reading]:
    rounds = likely([(reading.sha256, reading.file) for reading in readings if reading.file is not None])
    return [msgspec.structs.replace(reading, likely=rounds.get(reading.sha256)) for reading in readings]


@contextmanager
def no_collection() -> Iterator[None]:
    """Pauses the garbage collector.

    Parsed files are many small values without cycles; looking for cycles among them costs a third of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
