"""SSH servers on loopback: OpenSSH's `sshd` as a process of its own, and asyncssh's within the test's.

MUSTER_TEST_SSHD names an sshd that is nowhere usual. It refuses to serve root alone, so root lends it another user.
Without root it can't look into the passwords of accounts and takes them for locked; PAM does not.
"""

import asyncio
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import asyncssh
import psutil

from muster.collect import trust
from muster.collect.sftp import Remote

USUAL = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/usr/libexec")

CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile none
UsePAM yes
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
MaxSessions 100
LogLevel ERROR
Subsystem sftp internal-sftp
"""


def find_sshd() -> str | None:
    """OpenSSH's server; None where there is none."""
    named = os.environ.get("MUSTER_TEST_SSHD")
    return named or shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), *USUAL]))


class Server(Protocol):
    """A server that can be stopped, and started again on the same port."""

    home: Path
    folder: Path
    port: int
    user: str

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def prepare(server: Server) -> None:
    """Keys, an empty folder of rounds, and a file that trusts the host."""
    server.folder.mkdir()
    server.folder.chmod(0o755)
    client = asyncssh.generate_private_key("ssh-ed25519")
    client.write_private_key(server.home / "id")
    client.write_public_key(server.home / "authorized_keys")
    new_host_key(server)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server.port = probe.getsockname()[1]


def new_host_key(server: Server) -> asyncssh.SSHKey:
    """Gives a server another host key. It uses it from its next start on."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(server.home / "host_key")
    (server.home / "host_key").chmod(0o600)
    return key


def trusted(server: Server) -> Path:
    """A file that trusts the host key the server has."""
    file = server.home / "known_hosts"
    trust.store(file, "127.0.0.1", server.port, asyncssh.read_private_key(server.home / "host_key"))
    return file


def remote(server: Server, name: str = "main", *, known_hosts: Path | None = None) -> Remote:
    """The way to a server for a collector that trusts it."""
    file = known_hosts or trusted(server)
    return Remote(name, "127.0.0.1", server.port, server.user, server.home / "id", str(server.folder), file)


class OpenSsh:
    """The real one."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "gamestats"
        self.port = 0
        lent = os.getuid() == 0
        self.user = "nobody" if lent else getpass.getuser()
        self._account: dict[str, Any] = (
            {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if lent else {}
        )
        self._process: subprocess.Popen[bytes] | None = None
        prepare(self)

    async def start(self) -> None:
        """Starts it, and waits until it answers."""
        program = find_sshd()
        assert program is not None
        config = self.home / "sshd_config"
        config.write_text(CONFIG.format(port=self.port, home=self.home))
        if self._account:
            for path in (self.home, *self.home.iterdir()):
                shutil.chown(path, "nobody")
        await answering(self.port, self._begin([program, "-D", "-e", "-f", str(config)]), self.home)

    def _begin(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.home / "sshd.log").open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, **self._account)
        return self._process

    async def stop(self) -> None:
        """Kills it and every connection it has."""
        if self._process is None:
            return
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self._process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        self._process.kill()
        self._process.wait()
        self._process = None


class Asyncssh:
    """The library's own server, in the event loop of the test."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "gamestats"
        self.port = 0
        self.user = "muster"
        self._open: list[asyncssh.SSHServerConnection] = []
        self._acceptor: asyncssh.SSHAcceptor | None = None
        prepare(self)

    async def start(self) -> None:
        """Starts it."""
        opened = self._open

        class Noting(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                opened.append(conn)

        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=Noting,
            server_host_keys=[str(self.home / "host_key")],
            authorized_client_keys=str(self.home / "authorized_keys"),
            sftp_factory=True,
        )

    async def stop(self) -> None:
        """Ends it and every connection it has."""
        if self._acceptor is None:
            return
        self._acceptor.close()
        for connection in self._open:
            connection.abort()
        await self._acceptor.wait_closed()
        for connection in self._open:
            await connection.wait_closed()
        self._open.clear()
        self._acceptor = None


async def answering(port: int, process: subprocess.Popen[bytes], home: Path) -> None:
    """Waits until something answers on a port of loopback."""
    for _ in range(1000):
        assert process.poll() is None, (home / "sshd.log").read_text()
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.01)
    raise AssertionError((home / "sshd.log").read_text())


@asynccontextmanager
async def serving(kind: str) -> AsyncIterator[Server]:
    """A running server of a kind (`openssh` or `asyncssh`), gone with the block.

    Its home is no folder of pytest's: those only their owner may enter.
    """
    with tempfile.TemporaryDirectory(prefix="muster-ssh-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        home.chmod(0o755)
        server: Server = OpenSsh(home) if kind == "openssh" else Asyncssh(home)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()
