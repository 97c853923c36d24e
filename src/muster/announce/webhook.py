"""Events sent to an address: HTTPS, a bounded answer, no redirects, and nobody inside the own network unless allowed.

The address that was looked at is the one that is connected to: a name that means another address a moment later leads
nowhere.
"""

import asyncio
import ipaddress
import socket
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from muster.community.events.outward import ActionFailed

MOST: Final = 64_000
"""Bytes of a body."""

_PASSING: Final = frozenset({408, 425, 429})
"""Answers after which another attempt may help, beside those from 500 on."""


class Forbidden(OSError):
    """An address that nothing is sent to."""


class Webhooks:
    """Sends events. `private`: also to addresses of the own network, and without encryption."""

    def __init__(self, *, private: bool = False, resolver: AbstractResolver | None = None) -> None:
        self._private = private
        self._resolver = resolver

    async def send(self, url: str, body: bytes, name: str) -> None:
        """Posts JSON to an address. Raises ActionFailed."""
        self._look_at(url, body)
        inner = self._resolver or ThreadedResolver()
        connector = aiohttp.TCPConnector(resolver=inner if self._private else Outside(inner), force_close=True)
        headers = {"Content-Type": "application/json", "User-Agent": "muster", "X-Muster-Event": name}
        try:
            async with (
                aiohttp.ClientSession(connector=connector, trust_env=False, auto_decompress=False) as session,
                session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except Forbidden as error:
            raise ActionFailed(str(error), again=False) from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, Forbidden):
                raise ActionFailed(str(error.os_error), again=False) from error
            raise ActionFailed(f"it can't be reached: {error.os_error}", again=True) from error
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            raise ActionFailed(f"it can't be reached: {type(error).__name__}", again=True) from error
        except ValueError as error:
            raise ActionFailed(f"the address can't be used: {error}", again=False) from error
        if not 200 <= status < 300:
            redirect = " (redirects are not followed)" if 300 <= status < 400 else ""
            raise ActionFailed(f"it answered {status}{redirect}", again=status >= 500 or status in _PASSING)

    def _look_at(self, url: str, body: bytes) -> None:
        """What can be refused before anything is asked of the network."""
        parts = urlsplit(url)
        if len(body) > MOST:
            raise ActionFailed(f"{len(body):,} bytes are too many; {MOST:,} are sent at most", again=False)
        if parts.scheme != "https" and not self._private:
            raise ActionFailed("it is not https; `webhook_private = true` allows http", again=False)
        try:
            # An address that is given as such is never looked up.
            literal = ipaddress.ip_address(parts.hostname or "")
        except ValueError:
            return
        if not self._private and not is_outside(str(literal)):
            raise ActionFailed(_inside(str(literal)), again=False)


class Outside(AbstractResolver):
    """Looks names up, and refuses those that mean an address of the own network: all of a name's have to be outside."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises Forbidden."""
        found = await self._inner.resolve(host, port, family)
        for each in found:
            if not is_outside(each["host"]):
                raise Forbidden(_inside(host))
        return found

    async def close(self) -> None:
        """Nothing more is looked up."""
        await self._inner.close()


def is_outside(address: str) -> bool:
    """Whether an address is one of the public internet: not private, loopback, link-local, reserved or multicast."""
    try:
        found: Any = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        # Addresses of the older protocol in a new one's clothes: mapped, 6to4, and translated (64:ff9b::/96).
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_outside(str(inner))
        if found.teredo is not None or found.is_site_local:
            return False
    return bool(found.is_global) and not (found.is_multicast or found.is_reserved or found.is_unspecified)


_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")


def _inside(host: str) -> str:
    return f"{host} is in a private network; `webhook_private = true` allows that"
