"""Host keys that a person said yes to. No other server is spoken to."""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Final

import asyncssh

from muster.collect.state import State, Unavailable

KINDS: Final = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""Kinds of host keys that are taken, best first."""

KEY_SECONDS: Final = 15.0
"""As long as a server may take to show its key."""


def pattern(host: str, port: int) -> str:
    """A host as `known_hosts` writes it."""
    return host if port == 22 else f"[{host}]:{port}"


def read(file: Path) -> asyncssh.SSHKnownHosts:
    """Everything that is trusted. Raises Unavailable for a file that can't be read."""
    try:
        # Never an empty value: the library would take ~/.ssh/known_hosts instead.
        return asyncssh.import_known_hosts(file.read_text("utf-8"))
    except FileNotFoundError:
        return asyncssh.import_known_hosts("")
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"{file} can't be read ({error})", "mend it, or set `known_hosts` right", State.SETTINGS
        ) from error


def kinds(file: Path, host: str, port: int) -> list[str]:
    """Kinds of host keys to ask for: of those that are trusted, then all others, so that a changed one is seen."""
    keys = asyncssh.match_known_hosts(read(file), host, "", port)[0]
    own = [kind.decode() for key in keys for kind in key.sig_algorithms]
    return [*(kind for kind in KINDS if kind in own), *(kind for kind in KINDS if kind not in own)]


def fingerprints(file: Path, host: str, port: int) -> list[str]:
    """Fingerprints of the keys that are trusted of a host. Raises Unavailable."""
    keys = asyncssh.match_known_hosts(read(file), host, "", port)[0]
    return [key.get_fingerprint() for key in keys]


async def shown(host: str, port: int) -> asyncssh.SSHKey:
    """The key a server shows now, trusted or not. Raises Unavailable."""
    try:
        async with asyncio.timeout(KEY_SECONDS):
            key = await asyncssh.get_server_host_key(host, port, config=None, server_host_key_algs=KINDS)
    except TimeoutError:
        raise Unavailable(
            f"{host}:{port} does not answer within {KEY_SECONDS:.0f} s", "check host, port and firewall"
        ) from None
    except (OSError, asyncssh.Error) as error:
        raise Unavailable(f"{host}:{port} can't be reached ({error})", "check host, port and firewall") from error
    if key is None:
        raise Unavailable(f"{host}:{port} shows no host key", "give its SSH server one (ssh-keygen -A)")
    return key


def store(file: Path, host: str, port: int, key: asyncssh.SSHKey) -> None:
    """Trusts this key of a host and no other any more. Raises OSError."""
    own = pattern(host, port)
    line = f"{own} {key.export_public_key('openssh').decode().strip()}"
    before = file.read_text("utf-8").splitlines() if file.exists() else []
    kept = [one for one in before if one.split(" ", 1)[0] != own]
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write("\n".join([*kept, line]) + "\n")
    Path(name).replace(file)
