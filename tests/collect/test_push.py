"""Files that game servers push: every answer, tokens, bodies, and many at once."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from muster.collect import push
from muster.collect.push import Bucket, Push, Sender
from muster.collect.state import Board, State
from muster.rounds.importer import Importer, ImportReport, ServerChoice
from muster.rounds.parse import LARGEST_FILE
from muster.store.engine import Store
from tests.building import content, named, six
from tests.importer.working import opened, query, register

TOKEN = "the token of main: 0123456789"
OTHER = "the token of other: 0123456789"
WHOLE = content(1, *six())


class Endpoint:
    """A running endpoint for two game servers, and what is sent to it."""

    def __init__(self, store: Store) -> None:
        self.board = Board()
        self.nudged: list[str] = []
        self.done: list[ImportReport] = []
        self.now = 0.0
        self.http: aiohttp.ClientSession
        senders = [self._sender(store, "main", TOKEN), self._sender(store, "other", OTHER)]
        self.push = Push("127.0.0.1", 0, senders, self.done.append, lambda: self.now)

    def _sender(self, store: Store, name: str, token: str) -> Sender:
        def nudge() -> bool:
            self.nudged.append(name)
            return name == "main"

        importer = Importer(store, ServerChoice(name=name))
        return Sender(name, token, importer, self.board.sign(name, "push", "here"), "UTC", nudge)

    async def send(
        self,
        body: Any = WHOLE,
        name: str = named(),
        token: str | None = TOKEN,
        *,
        method: str = "PUT",
        path: str | None = None,
        **headers: str,
    ) -> tuple[int, dict[str, Any]]:
        """The status and the answer."""
        assert self.push.address is not None
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        host, port = self.push.address
        url = f"http://{host}:{port}{path or f'/rounds/{name}'}"
        async with self.http.request(method, url, data=body, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if answer.content_type == "application/json" else {"text": text}


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[tuple[Endpoint, Store]]:
    async with opened(url) as store, aiohttp.ClientSession() as http:
        endpoint = Endpoint(store)
        endpoint.http = http
        stop = asyncio.Event()
        task = asyncio.create_task(endpoint.push.run(stop))
        while endpoint.push.address is None:
            await asyncio.sleep(0)
        try:
            yield endpoint, store
        finally:
            stop.set()
            await task


async def test_a_file_is_new_once(db_url: str) -> None:
    async with listening(db_url) as (endpoint, store):
        assert await endpoint.send() == (201, {"file": named(), "status": "imported", "reason": None})
        assert await endpoint.send(method="POST") == (200, {"file": named(), "status": "known", "reason": None})
        assert await endpoint.send(WHOLE.replace(b"\n", b"\r\n")) == (
            200,
            {"file": named(), "status": "known", "reason": None},
        )
        assert await register(store) == [(named(), "imported", "")]
        assert endpoint.done[0].played == [named()]
        health = endpoint.board.all()[0]
        assert (health.state, health.newest) == (State.OK, named())


async def test_many_at_once_are_one_round(db_url: str) -> None:
    async with listening(db_url) as (endpoint, store):
        answers = await asyncio.gather(*(endpoint.send() for _ in range(20)))
        assert sorted(status for status, _ in answers) == [200] * 19 + [201]
        assert len(await register(store)) == 1
        assert await query(store, "SELECT count(*) FROM player_stats") == [(6,)]


async def test_a_file_belongs_to_whose_token_it_came_with(sqlite_url: str) -> None:
    async with listening(sqlite_url) as (endpoint, store):
        assert (await endpoint.send())[0] == 201
        assert (await endpoint.send(token=OTHER))[0] == 201
        found = await query(store, "SELECT s.name FROM rounds r JOIN servers s ON s.id = r.server_id ORDER BY s.name")
        assert found == [("main",), ("other",)]


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x", "\u00e9" * 20])
async def test_without_the_right_token(sqlite_url: str, token: str | None) -> None:
    async with listening(sqlite_url) as (endpoint, store):
        status, answer = await endpoint.send(token=token)
        assert status == 401
        assert "Bearer" in answer["error"]
        assert (await endpoint.send(token=token, path="/nudge", method="POST"))[0] == 401
        assert await register(store) == []


async def test_guessing_tokens_is_slow(sqlite_url: str) -> None:
    async with listening(sqlite_url) as (endpoint, _):
        statuses = [(await endpoint.send(token=f"guess {n}"))[0] for n in range(push.WRONG_BURST + 3)]
        assert statuses == [401] * push.WRONG_BURST + [429] * 3
        assert (await endpoint.send())[0] == 201
        endpoint.now += 1 / push.WRONG_PER_SECOND
        assert (await endpoint.send(token="guess"))[0] == 401


async def test_one_server_can_not_flood(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "BURST", 3)
    async with listening(sqlite_url) as (endpoint, _):
        assert [(await endpoint.send())[0] for _ in range(4)] == [201, 200, 200, 429]
        assert (await endpoint.send(token=OTHER))[0] == 201
        endpoint.now += 1 / push.PER_SECOND
        assert (await endpoint.send())[0] == 200


@pytest.mark.parametrize(
    "name",
    ["round.txt", "..%2f..%2fetc%2fpasswd", "2025-13-01-200000-supply-round-1.txt", f"x%2f{named()}", "a%00b", "%0a"],
)
async def test_a_name_that_is_no_rounds(sqlite_url: str, name: str) -> None:
    from yarl import URL

    async with listening(sqlite_url) as (endpoint, store):
        assert endpoint.push.address is not None
        url = URL(f"http://127.0.0.1:{endpoint.push.address[1]}/rounds/{name}", encoded=True)
        async with endpoint.http.put(url, data=WHOLE, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
            assert answer.status == 422
            assert "is not" in (await answer.json())["error"]
        assert await register(store) == []


async def test_a_content_that_is_none(sqlite_url: str) -> None:
    """It is kept with its reason like any other, and the answer is the same when it comes again."""
    async with listening(sqlite_url) as (endpoint, store):
        status, answer = await endpoint.send(b"not a round\n")
        assert (status, answer["status"]) == (422, "rejected")
        assert answer["reason"]
        assert await endpoint.send(b"not a round\n") == (status, answer)
        assert [row[:2] for row in await register(store)] == [(named(), "rejected")]
        assert (await endpoint.send())[0] == 201


async def test_a_round_nobody_played_is_stored(sqlite_url: str) -> None:
    async with listening(sqlite_url) as (endpoint, _store):
        status, answer = await endpoint.send(content(1))
        assert (status, answer["status"]) == (201, "empty")


async def test_a_body_that_is_too_large(sqlite_url: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    async with listening(sqlite_url) as (endpoint, _store):
        status, answer = await endpoint.send(io.BytesIO(b"x" * (LARGEST_FILE + 1)))
        assert (status, "at most" in answer["error"]) == (413, True)
        assert (await endpoint.send(endless()))[0] == 413
        assert (await endpoint.send(io.BytesIO(b"x" * LARGEST_FILE)))[0] == 422
        assert (await endpoint.send())[0] == 201


async def test_a_body_that_is_compressed(sqlite_url: str) -> None:
    async with listening(sqlite_url) as (endpoint, _):
        assert (await endpoint.send(b"\x1f\x8b", Content_Encoding="gzip"))[0] == 415


async def test_a_body_that_does_not_end(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one that breaks off nor one that never comes is half a round, and it does not hold up others."""
    head = f"PUT /rounds/{named()} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
    async with listening(sqlite_url) as (endpoint, store):
        assert endpoint.push.address is not None
        for kind in ("Content-Length: 5000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1000\r\n"):
            _, writer = await asyncio.open_connection(*endpoint.push.address)
            writer.write((head + kind).encode() + WHOLE[:500])
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        reader, writer = await asyncio.open_connection(*endpoint.push.address)
        with monkeypatch.context() as patched:
            patched.setattr(push, "BODY_SECONDS", 0.2)
            writer.write((head + "Content-Length: 5000\r\n\r\n").encode() + WHOLE[:500])
            assert b" 408 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert await register(store) == []
        assert (await endpoint.send())[0] == 201


async def test_a_nudge(sqlite_url: str) -> None:
    async with listening(sqlite_url) as (endpoint, _):
        body = b'{"event": "round_end", "file": "x"}'
        assert await endpoint.send(body, path="/nudge", method="POST") == (202, {"server": "main"})
        status, answer = await endpoint.send(body, token=OTHER, path="/nudge", method="POST")
        assert (status, "ssh_host" in answer["error"]) == (409, True)
        assert endpoint.nudged == ["main", "other"]


async def test_other_addresses(sqlite_url: str) -> None:
    async with listening(sqlite_url) as (endpoint, _):
        assert (await endpoint.send(path="/"))[0] == 404
        assert (await endpoint.send(None, method="GET"))[0] == 405


async def test_while_the_database_is_away(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from muster.store.engine import StoreError

    async def away(*given: object) -> None:
        raise StoreError("can't use the database")

    async with listening(sqlite_url) as (endpoint, _store):
        with monkeypatch.context() as patched:
            patched.setattr(Importer, "take", away)
            status, answer = await endpoint.send()
            assert (status, "send it again" in answer["error"]) == (503, True)
            assert endpoint.board.all()[0].state is State.DATABASE
        assert (await endpoint.send())[0] == 201
        assert endpoint.board.all()[0].state is State.OK


async def test_an_address_that_is_taken(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "AGAIN_SECONDS", 0.01)
    async with listening(sqlite_url) as (first, store):
        assert first.push.address is not None
        second = Endpoint(store)
        second.push._place = first.push.address
        stop = asyncio.Event()
        task = asyncio.create_task(second.push.run(stop))
        while second.board.all()[0].state is not State.SETTINGS:
            await asyncio.sleep(0)
        assert "push_port" in second.board.all()[0].cure
        stop.set()
        await task


def test_a_bucket() -> None:
    now = 0.0
    bucket = Bucket(2, 0.5, lambda: now)
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now = 2.0
    assert [bucket.take() for _ in range(2)] == [True, False]
    now = 100.0
    assert [bucket.take() for _ in range(3)] == [True, True, False]
