"""What a person types."""

from muster.cli.common import app
from muster.cli import asking, keeping, making  # noqa: F401, I001 - importing them registers the commands


def main() -> None:
    """The command `muster`."""
    app(prog_name="muster")


__all__ = ["app", "main"]
