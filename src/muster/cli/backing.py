"""Commands for backups: backup, restore."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from muster.cli.common import Db, Json, app, fail, out, run, settings_of


@app.command()
def backup(
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="folder to put it in; without it `backup_folder`")
    ] = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Make a backup while everything goes on, and check it by restoring it into a scratch database."""
    from muster.cli.show import jsonout
    from muster.store.backup import backup as make

    settings = settings_of(db)
    made = run(make(settings.url, folder or settings.backups), folder)
    if as_json:
        print(jsonout.to_json(made))
    else:
        out.print(made.path, markup=False, soft_wrap=True)
        checked = "restored and compared: good" if made.checked else f"NOT checked: {made.why_not}"
        out.print(f"{made.size / 1_000_000:,.1f} MB, {checked}", markup=False, soft_wrap=True)
        out.print(f"fingerprint {made.fingerprint}")
    if not made.checked:
        raise typer.Exit(1)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="a backup made by `muster backup`", dir_okay=False)],
    db: Db = None,
    force: Annotated[bool, typer.Option("--force", help="replace what the database holds, all of it")] = False,
    as_json: Json = False,
) -> None:
    """Bring a backup back into an empty database, and compare it with what it said when it was made."""
    from muster.cli.show import jsonout
    from muster.store.restore import restore as bring

    if db is None:
        raise fail("say which database it is to go to with --db: `muster restore FILE --db URL`", 2)
    began = datetime.now(UTC)
    done = run(bring(file, settings_of(db).url, force=force))
    if as_json:
        print(jsonout.to_json(done))
        return
    seconds = (datetime.now(UTC) - began).total_seconds()
    out.print(f"restored into {done.database}: {done.rows:,} rows in {seconds:.1f} s", markup=False, soft_wrap=True)
    if not done.compared:
        out.print("there is no note beside the backup: it is whole, but can't be compared with what it was made of")
    elif done.fingerprint:
        out.print(f"it says what was backed up: fingerprint {done.fingerprint}")
    if done.needs_upgrade:
        out.print(f"it is of revision {done.revision}: `muster run` or `muster db upgrade` brings it up to date")
