"""Room on disks: a warning early, then no more texts; counting goes on until there is none at all."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import structlog

from muster.ops.health import Level, Vital

log = structlog.get_logger("muster.ops")

GB: Final = 1_000_000_000
WARN_SHARE: Final = 0.05
TEXT_SHARE: Final = 0.01
"""Shares of a disk that weigh instead of the settings' GB where they are less: a small disk is not always full."""

AGAIN: Final = 1.2
"""As much more than the limit must be free before texts are kept again."""


class Usage(Protocol):
    """What `shutil.disk_usage` answers."""

    @property
    def total(self) -> int:
        """Bytes of the disk."""

    @property
    def free(self) -> int:
        """Bytes that are left."""


def usage(path: Path) -> Usage:
    """Of the disk that a path is on, or will be."""
    return shutil.disk_usage(next(parent for parent in (path, *path.absolute().parents) if parent.exists()))


class DiskGuard:
    """Watches the disks that folders are on. `warn` and `text` in GB."""

    def __init__(self, folders: Sequence[Path], warn: float, text: float, of: Callable[[Path], Usage] = usage) -> None:
        self._folders = folders
        self._warn, self._text = warn * GB, text * GB
        self._of = of
        self.keeps_texts = True
        """Whether there is room for what people write, beside counting it."""
        self.free = 0.0
        """Bytes that are left on the fullest of the disks."""

    def look(self) -> Vital:
        """How it stands, and whether texts are kept from here on."""
        found = [(folder, self._of(folder)) for folder in self._folders]
        folder, disk = min(found, key=lambda one: one[1].free)
        self.free = float(disk.free)
        text = min(self._text, TEXT_SHARE * disk.total)
        keeps = disk.free >= text * (1.0 if self.keeps_texts else AGAIN)
        if keeps is not self.keeps_texts:
            self.keeps_texts = keeps
            log.warning("texts are kept again" if keeps else "no texts are kept: the disk is full", free=disk.free)
        left = f"{disk.free / GB:.2f} GB of {disk.total / GB:.0f} left where {folder} is"
        cure = "make room, or move it to a larger disk"
        if not keeps:
            return Vital("disk", Level.FAILING, None, None, f"{left}: messages are counted and not kept", cure)
        if disk.free < min(self._warn, WARN_SHARE * disk.total):
            return Vital("disk", Level.LAGGING, None, None, left, cure)
        return Vital("disk")
