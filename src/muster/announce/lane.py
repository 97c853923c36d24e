"""One channel's posts, one after another."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from muster.announce.carrier import Carrier, Gone, Refused, Unreachable, Vanished
from muster.announce.news import GAME_STATUS, NOTICE, identity_of
from muster.store import outbox
from muster.store.engine import Store, StoreError
from muster.store.outbox import Call, Post, PostStatus

log = structlog.get_logger("muster.announce")

PATIENCE: Final = 90.0
"""Seconds after which an attempt counts as lost."""

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
"""Seconds between attempts: doubled each time, give or take a quarter."""

CLOCKS: Final = timedelta(minutes=5)
"""As far as our clock may be ahead of Discord's."""


class Lane:
    """Sends what is due in a channel, in order. `doubt`: something may have arrived that is not noted here."""

    def __init__(
        self,
        store: Store,
        carrier: Carrier,
        channel_id: int,
        *,
        admin: int | None,
        keep: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._carrier = carrier
        self._channel_id = channel_id
        self._admin = admin
        self._keep = keep
        self._clock = clock
        self._doubt = True
        self._posted: Mapping[str, int] = {}
        self._pause = FIRST_PAUSE
        self._parked = False

    async def drain(self) -> None:
        """Sends until nothing is due. Where the database refuses it ends, to be called again."""
        try:
            if self._parked:
                async with self._store.write() as writer:
                    await outbox.unpark(writer, self._clock() - self._keep, self._channel_id)
                self._parked = False
            while True:
                if (post := await self._next()) is not None:
                    await self._attempt(post, self._deliver)
                elif (post := await self._next_edit()) is not None:
                    await self._attempt(post, self._revise)
                else:
                    return
        except StoreError as error:
            self._doubt = True
            log.warning("a post waits for the database", channel=self._channel_id, error=str(error))

    async def _next(self) -> Post | None:
        async with self._store.read() as reader:
            return await outbox.head(reader, self._channel_id, self._clock())

    async def _next_edit(self) -> Post | None:
        async with self._store.read() as reader:
            return await outbox.next_edit(reader, self._channel_id, self._clock())

    async def _attempt(self, post: Post, act: Callable[[Post], Awaitable[None]]) -> None:
        """One try to post or to edit, with everything that may come of it."""
        try:
            await act(post)
            self._pause = FIRST_PAUSE
        except Vanished as error:
            await self._park(post, str(error))
        except Refused as error:
            log.warning("a post was given up", post=post.key, error=str(error))
            await self._end(post, PostStatus.FAILED, error=str(error))
        except (Unreachable, TimeoutError) as error:
            self._doubt = True
            pause = max(getattr(error, "after", 0.0), self._pause * random.uniform(0.75, 1.25))
            log.warning("a post waits", post=post.key, seconds=round(pause, 1), error=str(error) or "no answer")
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _deliver(self, post: Post) -> None:
        await self._carrier.ready()
        if self._doubt:
            await self._look_back()
        name = identity_of(post)
        if name in self._posted:
            log.info("a post was there already", post=post.key)
            await self._end(post, PostStatus.SENT, self._posted[name])
            return
        async with self._store.write() as writer:
            if not await outbox.begin(writer, post):
                self._doubt = True
                return
        async with asyncio.timeout(PATIENCE):
            message_id = await self._carrier.send(post)
        await self._end(post, PostStatus.SENT if message_id else PostStatus.SILENT, message_id)

    async def _revise(self, post: Post) -> None:
        """Edits a message. What is killed between the edit and its note edits again, which changes nothing."""
        error = None
        await self._carrier.ready()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._carrier.edit(post)
        except Gone as gone:
            if post.kind == GAME_STATUS:
                await self._remake(post)
                return
            error = str(gone)
        except (Refused, Vanished) as refused:
            error = str(refused)
            log.warning("a message can't be edited", post=post.key, error=error)
        now = self._clock().replace(microsecond=0)
        async with self._store.write() as writer:
            await outbox.edited(writer, post, now, error)

    async def _remake(self, post: Post) -> None:
        """A message that is to stand in its channel, and was deleted, comes again."""
        now = self._clock().replace(microsecond=0)
        key = f"{post.kind}:{now:%Y-%m-%d-%H%M%S}@{post.channel_id}"
        async with self._store.write() as writer:
            await outbox.remake(writer, post, key, now)
        log.info("a message was deleted and is posted anew", post=key)

    async def _look_back(self) -> None:
        """Reads the channel from the oldest post on that is not done."""
        async with self._store.read() as reader:
            since = await outbox.open_since(reader, self._channel_id, self._clock())
        self._posted = {} if since is None else await self._carrier.posted(self._channel_id, since - CLOCKS)
        self._doubt = False

    async def _end(
        self, post: Post, status: PostStatus, message_id: int | None = None, error: str | None = None
    ) -> None:
        async with self._store.write() as writer:
            await outbox.end(writer, post.id, status, message_id, error)

    async def _park(self, post: Post, reason: str) -> None:
        """Lays everything for this channel aside, and tells the admins once for each time it vanishes."""
        now = self._clock().replace(microsecond=0)
        async with self._store.write() as writer:
            count = await outbox.park(writer, self._channel_id, reason)
            if self._admin is not None and self._admin != self._channel_id:
                spell = await outbox.last_sent(writer, self._channel_id)
                key = f"vanished:{self._channel_id}:{spell}@{self._admin}"
                text = (
                    f"Posts can't reach <#{self._channel_id}> ({reason}). They wait, and are tried again with the next "
                    f"round or after a restart, if they are not older than {self._keep.total_seconds() / 3600:g} h. "
                    "`muster doctor` names the missing permission."
                )
                await outbox.add(writer, [Call(key, self._admin, NOTICE, {"text": text}, now)], now)
        self._parked = True
        log.error("a channel takes no posts", channel=self._channel_id, parked=count, error=reason, post=post.key)
