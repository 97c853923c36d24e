"""PostgreSQL's programs for tests."""

import pytest


def use_the_servers_own_tools(url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump of the version of the server under test, which need not be that of the machine."""
    if url.startswith("postgresql"):
        folder = request.getfixturevalue("postgres").binaries.folder
        monkeypatch.setenv("PATH", str(folder), prepend=":")
