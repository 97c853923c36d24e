"""Three invented evenings, played, imported and shown: what Muster does, without a server or a token."""

import os
import shutil
import sys
from pathlib import Path

from muster import app as program
from muster.cli.common import err, out
from muster.cli.keeping import progress_bar
from muster.config import Settings, load
from muster.rounds.importer import find
from muster.store.engine import Store

NIGHTS = 3
PLAYERS = 12


async def play(to: Path, seed: int) -> None:
    """Plays, imports and shows; leaves the round files, the database and the picture in `to`."""
    from muster.rounds.simulate import simulate

    files = to / "gamestats"
    database = to / "muster.db"
    _clear(files, database)
    played = simulate(files, nights=NIGHTS, players=PLAYERS, seed=seed)
    err.print(f"{NIGHTS} evenings played: {played.rounds} round files in {files}", markup=False)
    settings = load(database_url=str(database))
    async with program.filled(settings) as store:
        await _import(store, settings, files)
        picture = await _show(store, to)
    out.print(f"\nThe evening as a picture: {picture.resolve()}", markup=False, soft_wrap=True)
    out.print("Ask on:")
    for question in ("top dpm", "player NAME", "session list", "rating --calibration"):
        out.print(f"  {_command()} {question} --db {database}", markup=False, soft_wrap=True)


def _command() -> str:
    """How this program was called, to be typed again."""
    called = Path(sys.argv[0])
    if called.name != "muster":
        return "python -m muster"
    found = shutil.which("muster")
    if found is not None and called.resolve() == Path(found).resolve():
        return "muster"
    return os.path.relpath(called)


def _clear(files: Path, database: Path) -> None:
    """Takes away what an earlier demo left."""
    for old in (*files.glob("*.txt"), *database.parent.glob(f"{database.name}*")):
        old.unlink()


async def _import(store: Store, settings: Settings, folder: Path) -> None:
    from muster.cli.show import imports

    files, _, _ = find([folder])
    with progress_bar("importing", len(files)) as progress:
        report = await program.import_files(store, program.servers(settings), files, progress=progress)
    out.print(imports.render(report))


async def _show(store: Store, to: Path) -> Path:
    """The last session, a leaderboard, the page of whoever leads it, and the session's picture."""
    from muster.charts.session import session_picture
    from muster.cli.pages import player_page
    from muster.cli.show import render
    from muster.stats.leaderboard import leaderboard
    from muster.stats.sessions import last_session
    from muster.stats.values import Gates

    async with store.read() as reader:
        session = await last_session(reader)
        assert session is not None
        board = await leaderboard(reader, "dpm", gates=Gates(sum_rounds=5, ratio_rounds=10, aimed_shots=300))
        page = await player_page(reader, board.entries[0].player.key)
    for answer in (session, board, page):
        out.print(render(answer))
    picture = to / "last-session.png"
    picture.write_bytes(session_picture(session))
    return picture
