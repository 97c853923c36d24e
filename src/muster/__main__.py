"""The command `muster`, and `python -m muster`."""

import gc


def main() -> None:
    """Loads the program and does what was typed."""
    # Next to nothing of what is loaded becomes garbage; looking for it takes a sixth of the time.
    gc.set_threshold(50_000, 20, 100)
    from muster.cli import main as typed

    typed()


if __name__ == "__main__":
    main()
