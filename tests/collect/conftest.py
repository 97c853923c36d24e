"""An SSH server on loopback, of either kind."""

from collections.abc import AsyncIterator

import pytest

from tests.collect.ssh import Server, find_sshd, serving


@pytest.fixture(params=["openssh", "asyncssh"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A running server with an empty folder of rounds."""
    if request.param == "openssh" and find_sshd() is None:
        pytest.skip("there is no sshd here (Debian, Ubuntu: openssh-server; MUSTER_TEST_SSHD names one elsewhere)")
    async with serving(request.param) as found:
        yield found
