"""Files on another host: what is listed and copied, and what is said where that can't be done."""

import asyncio
import os
import time
from pathlib import Path

import asyncssh
import pytest

from muster.collect import sftp, trust
from muster.collect.collector import Listed
from muster.collect.sftp import Remote, SftpCollector
from muster.collect.state import State, Unavailable
from muster.rounds.parse import LARGEST_FILE
from tests.building import named, put_pair
from tests.collect.ssh import Server, new_host_key, remote, trusted

MINUTES_AGO = time.time() - 3600


def aged(folder: Path) -> None:
    """Nobody writes these files any more."""
    for path in folder.iterdir():
        os.utime(path, (MINUTES_AGO, MINUTES_AGO), follow_symlinks=False)


async def test_files_are_listed_and_copied(server: Server, tmp_path: Path) -> None:
    files = put_pair(server.folder)
    aged(server.folder)
    collector = SftpCollector(remote(server))
    listed = await collector.listing()
    assert {(file.name, file.size, file.written) for file in listed} == {
        (path.name, path.stat().st_size, int(MINUTES_AGO)) for path in files
    }
    brought = await collector.fetch(listed, tmp_path)
    assert brought.left == []
    assert {path.name: path.read_bytes() for path in brought.paths} == {path.name: path.read_bytes() for path in files}
    await collector.close()


async def test_only_files_of_rounds_are_listed(server: Server) -> None:
    """Names from a server are hostile: nothing but what reads as a round file, and nothing but files."""
    (good, _) = put_pair(server.folder)
    (server.folder / named("2025-01-02-200000")).mkdir()
    (server.folder / named("2025-01-03-200000")).symlink_to("/etc/passwd")
    (server.folder / named("2025-01-04-200000")).write_bytes(b"x" * (LARGEST_FILE + 1))
    (server.folder / "2025-01-05-200000-supply-round-1-endstats.txt").write_text("")
    (server.folder / "2025-01-06-200000-su\npply-round-1.txt").write_text("")
    (server.folder / "notes.txt").write_text("")
    (server.folder / "2025-99-01-200000-supply-round-1.txt").write_text("")
    Path(os.fsdecode(os.fsencode(server.folder) + b"/2025-01-07-200000-\xff-round-1.txt")).write_text("")
    aged(server.folder)
    collector = SftpCollector(remote(server))
    assert good.name in (names := [file.name for file in await collector.listing()])
    assert len(names) == 2
    await collector.close()


@pytest.mark.parametrize("name", ["../2025-01-01-200000-x-round-1.txt", "/tmp/2025-01-01-200000-x-round-1.txt", ".."])
async def test_names_that_lead_elsewhere(name: str, server: Server) -> None:
    entry = asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(size=1, permissions=0o100644, mtime=0))
    assert SftpCollector(remote(server))._listed(entry) is None


async def test_what_is_not_as_it_was_listed_is_left(server: Server, tmp_path: Path) -> None:
    grown, gone = put_pair(server.folder)
    torn, empty = put_pair(server.folder, hour=21)
    torn.write_bytes(torn.read_bytes()[:-1])
    empty.write_bytes(b"")
    aged(server.folder)
    collector = SftpCollector(remote(server))
    listed = await collector.entries()
    with grown.open("ab") as stream:
        stream.write(b"more\n")
    gone.unlink()
    brought = await collector.fetch(listed, tmp_path)
    assert {left.name for left in brought.left} == {grown.name, gone.name, torn.name}
    assert [path.name for path in brought.paths] == [empty.name]
    assert sorted(tmp_path.iterdir()) == brought.paths
    settled = [Listed(file.name, file.place, file.size, file.written, settled=True) for file in listed]
    assert torn.name in {path.name for path in (await collector.fetch(settled, tmp_path)).paths}
    await collector.close()


async def test_a_long_file_comes_whole(server: Server, tmp_path: Path) -> None:
    """Servers answer long questions in pieces."""
    path = server.folder / named()
    path.write_bytes(os.urandom(LARGEST_FILE - 1) + b"\n")
    aged(server.folder)
    collector = SftpCollector(remote(server))
    brought = await collector.fetch(await collector.listing(), tmp_path)
    assert brought.paths[0].read_bytes() == path.read_bytes()
    await collector.close()


async def said(collector: SftpCollector) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await collector.listing()
    await collector.close()
    return caught.value


async def test_a_host_key_that_nobody_trusts(server: Server, tmp_path: Path) -> None:
    trouble = await said(SftpCollector(remote(server, known_hosts=tmp_path / "none")))
    assert trouble.state is State.NOT_TRUSTED
    assert "muster collector trust main" in trouble.cure


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
async def test_a_host_key_that_changed(server: Server, kind: str) -> None:
    """Another key of the same kind, or none of that kind any more."""
    file = trusted(server)
    await server.stop()
    new_host_key(server)
    if kind != "ssh-ed25519":
        asyncssh.generate_private_key(kind).write_private_key(server.home / "host_key")
    await server.start()
    collector = SftpCollector(remote(server, known_hosts=file))
    trouble = await said(collector)
    assert trouble.state is State.KEY_CHANGED
    assert "another host key" in trouble.what
    trusted(server)
    assert await collector.listing() == []
    await collector.close()


async def test_trust_is_kept_a_line_a_host(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "new" / "known_hosts"
    assert trust.fingerprints(file, "127.0.0.1", server.port) == []
    key = await trust.shown("127.0.0.1", server.port)
    trust.store(file, "127.0.0.1", server.port, key)
    trust.store(file, "example.net", 22, key)
    other = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
    trust.store(file, "127.0.0.1", server.port, other)
    assert trust.fingerprints(file, "127.0.0.1", server.port) == [other.get_fingerprint()]
    assert trust.fingerprints(file, "example.net", 22) == [key.get_fingerprint()]
    assert len(file.read_text().splitlines()) == 2
    assert file.stat().st_mode & 0o077 == 0


async def test_a_user_who_is_not_let_in(server: Server) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(server.home / "id")
    trouble = await said(SftpCollector(remote(server)))
    assert trouble.state is State.REFUSED
    assert "authorized_keys" in trouble.cure


async def test_a_key_that_can_not_be_used(server: Server) -> None:
    way = remote(server)
    (server.home / "id").unlink()
    assert (await said(SftpCollector(way))).state is State.SETTINGS
    (server.home / "id").write_text("no key")
    assert (await said(SftpCollector(way))).state is State.SETTINGS
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(server.home / "id", "pkcs8-pem", passphrase="secret")
    trouble = await said(SftpCollector(way))
    assert trouble.state is State.SETTINGS
    assert "passphrase" in trouble.cure


async def test_a_folder_that_is_not_there(server: Server) -> None:
    way = remote(server)
    server.folder.rmdir()
    trouble = await said(SftpCollector(way))
    assert trouble.state is State.MISSING
    assert "remote_stats_path" in trouble.cure


async def test_a_server_that_is_away(server: Server) -> None:
    collector = SftpCollector(remote(server))
    assert await collector.listing() == []
    await server.stop()
    trouble = await said(collector)
    assert trouble.state is State.UNREACHABLE
    await server.start()
    assert await collector.listing() == []
    await collector.close()


async def test_a_server_that_says_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something that listens and never answers is given up."""
    monkeypatch.setattr(sftp, "LOGIN_SECONDS", 0.2)
    monkeypatch.setattr(trust, "KEY_SECONDS", 0.2)
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    way = remote(server)
    port = silent.sockets[0].getsockname()[1]
    trouble = await said(
        SftpCollector(type(way)(way.server, way.host, port, way.user, way.key, way.path, way.known_hosts))
    )
    assert trouble.state is State.UNREACHABLE
    with pytest.raises(Unavailable, match="does not answer within"):
        await trust.shown("127.0.0.1", port)
    for writer in held:
        writer.close()
    silent.close()


@pytest.mark.parametrize(
    "words",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00" * 5000,
        b"SSH-2.0-x\r\n" + b"\xff" * 5000,
        b"SSH-2.0-x\r\n\x00\x00\x00\x0c\x0a\x14" + b"\x00" * 400,
        b"SSH-1.5-old\r\n",
        b"x" * 100_000,
    ],
)
async def test_a_server_that_speaks_no_ssh(words: bytes, tmp_path: Path) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        writer.close()

    other = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    key = tmp_path / "id"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(key)
    way = Remote("main", "127.0.0.1", port, "me", key, "/stats", tmp_path / "known_hosts")
    assert (await said(SftpCollector(way))).state is State.UNREACHABLE
    with pytest.raises(Unavailable, match="can't be reached"):
        await trust.shown("127.0.0.1", port)
    other.close()


async def test_a_folder_without_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp, "MOST_ENTRIES", 3)
    put_pair(server.folder)
    trouble = await said(SftpCollector(remote(server)))
    assert (trouble.state, "more than 3 files" in trouble.what) == (State.SETTINGS, True)


async def test_no_room_here(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_pair(server.folder)
    aged(server.folder)
    collector = SftpCollector(remote(server))
    listed = await collector.listing()

    def full(path: Path, content: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Unavailable) as caught:
        await collector.fetch(listed, tmp_path)
    assert caught.value.state is State.DISK_FULL
    assert list(tmp_path.iterdir()) == []
    await collector.close()
