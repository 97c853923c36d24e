"""PostgreSQL's own programs: pg_dump, pg_restore."""

import asyncio
import os
import shutil

from sqlalchemy.engine import URL

from muster.store.backup_files import BackupRefused


async def program(name: str, url: URL | None, *arguments: str) -> str:
    """What one of PostgreSQL's programs prints; `url` is the database it works on.

    The password goes by the environment. Raises BackupRefused where it is missing or refuses.
    """
    found = shutil.which(name)
    if found is None:
        raise BackupRefused(f"{name} is not on this machine: install PostgreSQL's client programs")
    place = _place(url) if url is not None else []
    secret = {} if url is None or url.password is None else {"PGPASSWORD": str(url.password)}
    process = await asyncio.create_subprocess_exec(
        *(found, *place, *arguments),
        env=os.environ | secret,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        printed, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        lines = complaint.decode(errors="replace").strip().splitlines()
        cure = ": install the client programs of the server's version" if "version" in " ".join(lines) else ""
        raise BackupRefused(f"{name} refused ({' / '.join(lines[:2]) or process.returncode}){cure}")
    return printed.decode(errors="replace")


def _place(url: URL) -> list[str]:
    socket, port = url.query.get("host", url.host), url.query.get("port", url.port)
    place = {"--host": socket, "--port": port, "--username": url.username, "--dbname": url.database}
    return ["--no-password", *(f"{key}={value}" for key, value in place.items() if value)]
