"""Round files on another host, by SFTP: one kept connection, only trusted host keys, many reads at once."""

import asyncio
import logging
import stat
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, cast

import asyncssh
import msgspec
import structlog

from muster.collect import trust
from muster.collect.collector import Brought, Left, Listed
from muster.collect.state import State, Unavailable, no_place
from muster.collect.watchlist import QUIET, Watchlist
from muster.config import ServerSettings, Settings
from muster.rounds.filename import NotARoundFile, read_name
from muster.rounds.parse import LARGEST_FILE

log = structlog.get_logger("muster.collect")

AT_ONCE: Final = 128
"""Files that are read at the same time: what a distant server costs is waiting, not work."""

LOGIN_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 30.0
LISTING_SECONDS: Final = 120.0
"""As long as a login, an answer and a list of files may take."""

ALIVE_SECONDS: Final = 15
"""A connection on which nothing is heard for three times as long is given up."""

RECENT: Final = 900.0
"""Seconds in which a file may have been written that is still growing; the other clock may be off a little."""

MOST_ENTRIES: Final = 500_000
"""Entries of a folder that are listed: some hundred megabytes."""

LONGEST_NAME: Final = 255
"""Bytes of a file name that a file system takes."""

CIPHERS: Final = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)
"""Ciphers by what they cost in Python: the library's own first choice takes a third more."""

# Every login and every channel is a line otherwise.
logging.getLogger("asyncssh").setLevel(logging.WARNING)


class Remote(msgspec.Struct, frozen=True):
    """A folder on another host, and how to get there."""

    server: str
    host: str
    port: int
    user: str
    key: Path | None
    path: str
    known_hosts: Path

    @classmethod
    def of(cls, settings: Settings, server: ServerSettings) -> "Remote":
        """Where the settings of a game server say."""
        assert server.ssh_host is not None
        key = server.ssh_key_path.expanduser() if server.ssh_key_path else None
        return cls(
            server.name,
            server.ssh_host,
            server.ssh_port,
            server.ssh_user or "",
            key,
            server.remote_stats_path or "",
            settings.trusted_hosts,
        )

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}:{self.path}"


class SftpCollector:
    """Round files in a folder of another host. Everything raises Unavailable where it can't be had."""

    kind = "sftp"

    def __init__(self, remote: Remote) -> None:
        self.server = remote.server
        self.place = str(remote)
        self.remote = remote
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._refused: set[str] = set()

    async def listing(self) -> list[Listed]:
        """The round files that are there and no longer growing, for which those of the last minutes are seen twice."""
        files, now = await self.entries(), time.time()
        growing = {file.name for file in files if abs(now - file.written) < RECENT}
        if growing:
            seen = Watchlist({})
            seen.look(files, 0.0)
            await asyncio.sleep(QUIET)
            files = await self.entries()
            growing -= {file.name for file in seen.look(files, QUIET)}
            growing |= {file.name for file in seen.fresh}
        return [msgspec.structs.replace(file, settled=True) for file in files if file.name not in growing]

    async def entries(self) -> list[Listed]:
        """The round files that are there: regular files with the name of a round, none too large."""
        async with self._asking(LISTING_SECONDS) as client:
            files, seen = list[Listed](), 0
            async for entry in client.scandir(self.remote.path):
                seen += 1
                if seen > MOST_ENTRIES:
                    what = f"{self.remote.path} holds more than {MOST_ENTRIES:,} files"
                    raise Unavailable(what, "set `remote_stats_path` right, or move old files away", State.SETTINGS)
                if (found := self._listed(entry)) is not None:
                    files.append(found)
            return files

    async def again(self, files: Sequence[Listed]) -> list[Listed]:
        """A few files as they are now; those that are gone are left out."""
        async with self._asking(ANSWER_SECONDS) as client:
            found = await asyncio.gather(*(client.lstat(file.place) for file in files), return_exceptions=True)
            now = list[Listed]()
            for file, about in zip(files, found, strict=True):
                if isinstance(about, asyncssh.SFTPAttrs):
                    listed = self._listed(asyncssh.SFTPName(file.name, attrs=about))
                    now += [listed] if listed else []
                elif not isinstance(about, asyncssh.SFTPNoSuchFile):
                    raise about
        return now

    async def changed(self) -> float:
        """When something in the folder last came or went, in seconds since 1970 by the server's clock."""
        async with self._asking(ANSWER_SECONDS) as client:
            return float((await client.stat(self.remote.path)).mtime or 0)

    async def fetch(self, files: Sequence[Listed], to: Path) -> Brought:
        """Copies files into a folder, whole ones only."""
        async with self._asking(None) as client:
            todo, paths, left = iter(files), list[Path](), list[Left]()
            reads = _Reads(client)

            async def work() -> None:
                for file in todo:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        found = await self._copy(reads, file, to)
                    if isinstance(found, Left):
                        left.append(found)
                    else:
                        paths.append(found)

            try:
                await _together([work() for _ in range(min(AT_ONCE, len(files)))])
            finally:
                await reads.end()
        return Brought(paths, left)

    async def close(self) -> None:
        """Ends the connection."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.close()
            with suppress(TimeoutError, OSError, asyncssh.Error):
                async with asyncio.timeout(1.0):
                    await connection.wait_closed()
            connection.abort()

    def _listed(self, entry: asyncssh.SFTPName) -> Listed | None:
        """A round file; None for all else that a folder may hold, or a server may make up."""
        name, about = str(entry.filename), entry.attrs
        if about.permissions is None or not stat.S_ISREG(about.permissions):
            return None
        try:
            read_name(name)
            length = len(name.encode())
        except (NotARoundFile, UnicodeEncodeError):
            return None
        size = about.size or 0
        if size > LARGEST_FILE and name not in self._refused:
            self._refused.add(name)
            log.warning("a file is too large for a round", server=self.server, file=name, size=size)
        if length > LONGEST_NAME or size > LARGEST_FILE:
            return None
        return Listed(name, f"{self.remote.path.rstrip('/')}/{name}", size, float(about.mtime or 0))

    async def _copy(self, reads: "_Reads", file: Listed, to: Path) -> Path | Left:
        """Copies one file; one that is not as long as it was when it was listed is left."""
        try:
            content = await reads.read(file)
        except asyncssh.SFTPNoSuchFile:
            return Left(file.name)
        except asyncssh.SFTPPermissionDenied:
            what = f"{file.name} may not be read"
            return Left(file.name, Unavailable(what, self._readable(), State.DENIED))
        if len(content) != file.size or not (file.settled or not content or content.endswith(b"\n")):
            return Left(file.name)
        path = to / file.name
        try:
            path.write_bytes(content)
        except OSError as error:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise no_place(error, to) from error
        return path

    def _readable(self) -> str:
        return f"let {self.remote.user} read it (chmod o+r, or a group)"

    @asynccontextmanager
    async def _asking(self, seconds: float | None) -> AsyncIterator[asyncssh.SFTPClient]:
        """The open connection; where it breaks or the server refuses, that is told as Unavailable."""
        try:
            client = self._client or await self._login()
            async with asyncio.timeout(seconds):
                yield client
        except Unavailable:
            raise
        except asyncssh.SFTPPermissionDenied:
            what = f"{self.remote.path} may not be read by {self.remote.user}"
            raise Unavailable(what, "let that user read and enter it (chmod o+rx, or a group)", State.DENIED) from None
        except asyncssh.SFTPNoSuchFile:
            what = f"there is no folder {self.remote.path} on {self.remote.host}"
            raise Unavailable(what, "set `remote_stats_path` right", State.MISSING) from None
        except (OSError, asyncssh.Error) as error:
            await self.close()
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> Unavailable:
        where = f"{self.remote.host}:{self.remote.port}"
        if isinstance(error, asyncssh.SFTPError) and not isinstance(
            error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection
        ):
            return Unavailable(f"{where} fails: {error}", "look into that server's log")
        said = str(error) or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)
        return Unavailable(f"{where} can't be reached ({said})", "check that host and its SSH server run; tried again")

    async def _login(self) -> asyncssh.SFTPClient:
        """A new connection, as its only one."""
        await self.close()
        known, remote = trust.read(self.remote.known_hosts), self.remote
        keys = [str(remote.key)] if remote.key else ()
        try:
            async with asyncio.timeout(LOGIN_SECONDS):
                self._connection = await asyncssh.connect(
                    remote.host,
                    remote.port,
                    username=remote.user,
                    client_keys=keys,
                    known_hosts=known,
                    server_host_key_algs=trust.kinds(remote.known_hosts, remote.host, remote.port),
                    encryption_algs=CIPHERS,
                    config=None,
                    preferred_auth="publickey",
                    x509_trusted_certs=None,
                    gss_host=None,
                    keepalive_interval=ALIVE_SECONDS,
                )
                # A name that is no text must not keep the others from being listed.
                self._client = await self._connection.start_sftp_client(path_errors="surrogateescape")
        except asyncssh.HostKeyNotVerifiable:
            raise self._strange() from None
        except asyncssh.PermissionDenied:
            what = f"{remote.host} does not let {remote.user} in with this key"
            cure = f"put its public half into {remote.user}'s .ssh/authorized_keys there, or set ssh_user, ssh_key_path"
            raise Unavailable(what, cure, State.REFUSED) from None
        except asyncssh.ChannelOpenError as error:
            raise Unavailable(
                f"{remote.host} offers no SFTP ({error})", "switch on its `Subsystem sftp`", State.REFUSED
            ) from error
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, FileNotFoundError, PermissionError) as error:
            what = f"the key {remote.key or 'in ~/.ssh'} can't be used ({error})"
            cure = "set ssh_key_path to a private key without a passphrase that Muster's user may read, or use an agent"
            raise Unavailable(what, cure, State.SETTINGS) from error
        return self._client

    def _strange(self) -> Unavailable:
        """The server has another key than the one that is trusted, or none is."""
        remote = self.remote
        command = f"`muster collector trust {remote.server}`"
        if trust.fingerprints(remote.known_hosts, remote.host, remote.port):
            what = f"{remote.host}:{remote.port} shows another host key than the one that is trusted"
            cure = f"ask its admin whether it was changed; if so {command}, if not somebody is in between"
            return Unavailable(what, cure, State.KEY_CHANGED)
        what = f"the host key of {remote.host}:{remote.port} is not trusted yet"
        return Unavailable(what, f"{command} shows it and asks", State.NOT_TRUSTED)


class _Reads:
    """Reading files. That they are closed again nobody waits for: it would cost each a trip to the server."""

    def __init__(self, client: asyncssh.SFTPClient) -> None:
        self._client = client
        self._closing: set[asyncio.Task[None]] = set()

    async def read(self, file: Listed) -> bytes:
        """What a file holds, and at most a byte more than it held when it was listed."""
        most, content = file.size + 1, b""
        # One request a file: with a block size the library would ask again for the byte that should not be there.
        remote = await self._client.open(file.place, "rb", block_size=0)
        try:
            while len(content) < most:
                part = await remote.read(most - len(content), len(content))
                content += cast(bytes, part)
                # Long answers come in pieces.
                if not part or len(content) == file.size:
                    break
        finally:
            closing = asyncio.ensure_future(remote.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closed)
        return content

    async def end(self) -> None:
        """Waits until everything is closed."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await asyncio.gather(*self._closing, return_exceptions=True)

    def _closed(self, task: asyncio.Task[None]) -> None:
        self._closing.discard(task)
        if not task.cancelled():
            task.exception()  # a connection that broke tells whoever reads


async def _together(works: Sequence[Coroutine[None, None, None]]) -> None:
    """Does all of it at once. What one of them raises ends the others, and is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
