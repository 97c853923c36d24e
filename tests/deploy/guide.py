"""Follows docs/install.md from nothing: its shell blocks, in order, in an empty home, on a fresh copy of the files.

    python -m tests.deploy.guide [--keep]

Blocks marked `sh` are run in one shell; `sh install` are those that install, `sh run` is what runs until it is stopped.
The environment is empty but for PATH and where pip finds packages. Needs nothing but Python itself.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDE = ROOT / "docs" / "install.md"
STARTED = "on   rounds of main"
STOPPED = "stopped; everything is stored"
_BLOCK = re.compile(r"^```sh(?: (?P<kind>\w+))?\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Some lines of shell, and what kind they are: `install`, `run`, or none in particular."""

    kind: str
    text: str


class Failed(Exception):
    """The guide does not lead where it says; the message holds what was told."""


def blocks(guide: Path = GUIDE) -> list[Block]:
    """The blocks of the guide that are to be run."""
    return [Block(found["kind"] or "", found["text"]) for found in _BLOCK.finditer(guide.read_text("utf-8"))]


def script(wanted: list[Block]) -> str:
    """All of them as one script: what one sets holds for the next. What runs for ever is stopped when it runs."""
    return "\n".join(["set -eu", *_steps(wanted)]) + "\n"


def _steps(wanted: list[Block]) -> Iterator[str]:
    for block in wanted:
        if block.kind == "run":
            yield f"{block.text.strip()} > run.log 2>&1 &"
            yield f"waited=0; until grep -q '{STARTED}' run.log; do sleep 0.1; waited=$((waited + 1))"
            yield '[ "$waited" -lt 1200 ] || { cat run.log; exit 1; }; done'
            yield f"kill -{signal.SIGTERM.value} $!; wait $! || {{ cat run.log; exit 1; }}"
            yield f"cat run.log; grep -q '{STOPPED}' run.log"
        else:
            yield block.text


def environment(home: Path, path: str) -> dict[str, str]:
    """What is there on a new machine: a path, a home, and where pip finds packages."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_CERT", "REQUESTS_CA"))}
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", **kept}


def follow(place: Path, wanted: list[Block], around: Mapping[str, str], *, aloud: bool = False) -> str:
    """Runs blocks in a folder; returns what was told. Raises Failed."""
    told = subprocess.PIPE if not aloud else None
    command = ["bash", "-c", script(wanted)]
    done = subprocess.run(
        command, cwd=place, env=dict(around), stdout=told, stderr=subprocess.STDOUT if told else None, text=True
    )
    if done.returncode:
        raise Failed(f"the guide stopped with exit code {done.returncode}\n{done.stdout or ''}")
    return done.stdout or ""


def copied(to: Path) -> Path:
    """The files of the repository as a clone has them, with what is not committed yet."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.deploy.guide", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", action="store_true", help="leave the folder behind")
    kept = parser.parse_args().keep
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="muster-guide-"))
    try:
        home = folder / "home"
        home.mkdir()
        print(f"following {len(blocks())} blocks of docs/install.md in {folder}", flush=True)
        around = environment(home, os.environ.get("PATH", os.defpath))
        follow(copied(folder / "muster"), blocks(), around, aloud=True)
    except Failed as error:
        print(f"FAULT {error}")
        return 1
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"the guide leads where it says: {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
