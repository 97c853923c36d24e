"""What a person types."""

import io
import sys

from muster.cli import (  # noqa: F401 - importing them registers the commands
    asking,
    backing,
    beginning,
    chatting,
    collecting,
    history,
    keeping,
    making,
    piping,
    privacy,
    running,
    talking,
)
from muster.cli.common import app


def main() -> None:
    """The command `muster`."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a letter shows a question mark instead of failing.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(prog_name="muster")


__all__ = ["app", "main"]
