"""What the tests have a worker do. A worker imports this by name."""

import os
import signal
import time
from pathlib import Path


def whoami() -> bytes:
    """The worker's process id."""
    return str(os.getpid()).encode()


def interrupts() -> bytes:
    """What the worker does about Ctrl-C and about a polite end."""
    return f"{signal.getsignal(signal.SIGINT).name} {signal.getsignal(signal.SIGTERM).name}".encode()  # type: ignore[union-attr]


def fail(text: str) -> bytes:
    """A picture that cannot be drawn."""
    raise ValueError(text)


def die() -> bytes:
    """A worker killed in the middle of a picture, every time."""
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def die_once(marker: Path) -> bytes:
    """A worker killed in the middle of a picture, the first time."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return b"drawn"


def slow(seconds: float) -> bytes:
    """A picture that takes its time."""
    time.sleep(seconds)
    return b"late"
