"""What a person types."""

from muster.cli import asking, keeping, making  # noqa: F401 - importing them registers the commands
from muster.cli.common import app


def main() -> None:
    """The command `muster`."""
    app(prog_name="muster")


__all__ = ["app", "main"]
