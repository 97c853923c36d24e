"""What is stored of a person: seen, written out, counted no longer, erased (docs/privacy.md)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from muster.community.archive import Archive, ChatLogError
from muster.community.days import date_of
from muster.community.hidden import FOREVER, person_of
from muster.community.moments import unpack
from muster.community.spill import Spill
from muster.model.chat import moment_of
from muster.store import chat, notes, personal, privacy
from muster.store.engine import Reader, Store
from muster.store.log import TextRow
from muster.store.personal import (
    OfChannel,
    OfCommunity,
    OfEmoji,
    OfHour,
    OfMembership,
    OfSession,
    OfText,
    OfVoice,
    OfWords,
)
from muster.store.privacy import Request

HIMSELF: Final = "himself"
OPERATOR: Final = "operator"
"""Who asked."""


class PersonUnknown(ChatLogError):
    """A name means nobody or several; the message says which ids there are."""


class Stored(msgspec.Struct, frozen=True):
    """What is stored of a person. `hidden_until`: what he wrote before counts for the channels alone.

    `emoji` used, and `words` written of which a sample is kept. `texts` in the database, `archived` in the archive,
    `waiting` on disk for the database, `set_aside` because they could not be stored. `player` is the key of the player
    he is linked to.
    """

    platform: str
    user: str
    name: str | None
    opted_out: bool
    hidden_until: datetime | None
    communities: list[OfCommunity]
    channels: list[OfChannel]
    sessions: int
    voice_seconds: int
    emoji: int
    words: int
    texts: int
    archived: int
    waiting: int
    set_aside: int
    player: str | None
    linked_at: datetime | None
    requests: list[Request]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is stored but, perhaps, that he does not want it."""
        kept = self.texts, self.archived, self.waiting, self.set_aside
        return self.name is None and self.player is None and not any(kept)


class Day(msgspec.Struct, frozen=True):
    """Messages in a channel on a day."""

    channel: str
    date: str
    messages: int


class Moments(msgspec.Struct, frozen=True):
    """When messages were written in a channel: by the platform's clock, and by that of another bot's log."""

    channel: str
    exact: list[datetime]
    logged: list[datetime]


class Export(msgspec.Struct, frozen=True):
    """All that is stored of a person, with what is kept of his texts; `waiting` and `set_aside` as they are kept."""

    made_at: datetime
    stored: Stored
    days: list[Day]
    hours: list[OfHour]
    sessions: list[OfSession]
    voice: list[OfVoice]
    memberships: list[OfMembership]
    emoji: list[OfEmoji]
    words: list[OfWords]
    moments: list[Moments]
    texts: list[OfText]
    waiting: list[OfText]
    set_aside: list[str]


class Done(msgspec.Struct, frozen=True):
    """What a request did: rows by table, messages in the archive and on disk.

    `is_clean` is False where a file still holds bytes of erased rows because others are reading it.
    """

    rows: dict[str, int]
    archived: int
    waiting: int
    is_clean: bool = True


class Privacy:
    """Requests about one person at a time. `archive` and `spill` are the files of this machine."""

    def __init__(
        self,
        store: Store,
        archive: Archive | None,
        spill: Spill,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._archive = archive
        self._spill = spill
        self._now = now

    @classmethod
    def of(cls, store: Store, archive: Path | None) -> "Privacy":
        """With the archive in a folder, and the file of messages that wait for this database."""
        return cls(store, Archive(archive) if archive else None, Spill.beside(store))

    async def find(self, platform: str, text: str) -> str:
        """The id of whom a text means: an id, or the name of one alone. Raises PersonUnknown."""
        wanted = text.strip().removeprefix("<@").removeprefix("!").removesuffix(">").removeprefix("@")
        async with self._store.read() as reader:
            if wanted and await chat.users_of(reader, platform, [wanted]):
                return wanted
            named = await privacy.users_named(reader, platform, wanted)
        if len(named) == 1:
            return named[0].key
        if named:
            raise PersonUnknown(
                f"{len(named)} people are called {text!r}: give an id ({', '.join(row.key for row in named)})"
            )
        if wanted.isdecimal() and wanted.isascii():
            return wanted  # an id, of somebody who stands in an archive alone, or nowhere yet
        raise PersonUnknown(f"nobody who was counted on {platform} is called {text!r}: give the platform's id")

    async def stored(self, platform: str, user: str) -> Stored:
        """What is stored of a person. Raises ArchiveError where the archive can't be read."""
        archived = len(await self._archived(platform, user))
        waiting = len(await asyncio.to_thread(self._spill.of, platform, user))
        async with self._store.read() as reader:
            return await self._stored(reader, platform, user, archived, waiting)

    async def export(self, platform: str, user: str, asked_by: str) -> Export:
        """All of it, with the texts. Raises ArchiveError where the archive can't be read."""
        archived = [_text(row) for row in await self._archived(platform, user)]
        waiting = await asyncio.to_thread(self._spill.of, platform, user)
        async with self._store.read() as reader:
            stored = await self._stored(reader, platform, user, len(archived), len(waiting))
            rows = await chat.users_of(reader, platform, [user])
            number = rows[0].user_id if rows else -1
            export = Export(
                self._now(),
                stored,
                [
                    Day(day.channel, date_of(day.day).isoformat(), day.messages)
                    for day in await personal.days_of(reader, number)
                ],
                await personal.hours_of(reader, number),
                await personal.sessions_of(reader, number),
                await personal.voice_of(reader, number),
                await personal.memberships_of(reader, number),
                await personal.emoji_of(reader, number),
                await personal.words_of(reader, number),
                [_moments(row) for row in await personal.moments_of(reader, number)],
                [*await personal.texts_of(reader, number), *archived],
                [
                    OfText(m.channel.community.key, m.channel.key, m.number, _moment(m.sent_at), m.text or "", None)
                    for m in waiting
                ],
                await self._set_aside(reader, platform, user),
            )
        await self._note(platform, user, "export", asked_by)
        return export

    async def opt_out(self, platform: str, user: str, asked_by: str) -> Done:
        """From the next message on nothing is stored of a person, and what there is is erased."""
        return await self._erase(platform, user, "opt out", asked_by, FOREVER)

    async def erase(self, platform: str, user: str, asked_by: str) -> Done:
        """Erases what there is of a person. What he writes after that is counted anew, unless he opted out."""
        return await self._erase(platform, user, "erase", asked_by, None)

    async def opt_in(self, platform: str, user: str, asked_by: str) -> bool:
        """Counts a person again, from now on; False where he had not opted out."""
        async with self._store.write() as writer:
            person = person_of(await privacy.make_key(writer), platform, user)
            if (await privacy.hidden(writer)).get(person) != FOREVER:
                return False
            await privacy.hide(writer, person, _ms(self._now()))
            await privacy.note_request(writer, person, Request(self._second(), "opt in", asked_by))
        return True

    async def _erase(self, platform: str, user: str, action: str, asked_by: str, until: int | None) -> Done:
        """The database first: from its commit on nothing comes back, whatever else is under way."""
        async with self._store.write() as writer:
            person = person_of(await privacy.make_key(writer), platform, user)
            before = (await privacy.hidden(writer)).get(person, 0)
            await privacy.hide(writer, person, max(before, _ms(self._now()) if until is None else until))
            rows = await privacy.erase(writer, platform, user)
            await privacy.note_request(writer, person, Request(self._second(), action, asked_by))
        waiting = await asyncio.to_thread(self._spill.erase, platform, user)
        archived = await asyncio.to_thread(self._archive.erase, platform, user) if self._archive else 0
        async with self._store.read() as reader:
            unfinished = await privacy.unfinished(reader)
        is_clean = await privacy.scrub(self._store) if unfinished else True
        return Done(rows, archived, waiting, is_clean)

    async def _stored(self, reader: Reader, platform: str, user: str, archived: int, waiting: int) -> Stored:
        key = await privacy.key(reader)
        person = person_of(key, platform, user) if key else ""
        until = (await privacy.hidden(reader)).get(person)
        rows = await chat.users_of(reader, platform, [user])
        number = rows[0].user_id if rows else -1
        sessions, texts = await personal.counts_of(reader, number)
        voice = await personal.voice_of(reader, number)
        account = privacy.account(platform, user)
        link = await notes.link_of(reader, account) if account is not None else None
        return Stored(
            platform=platform,
            user=user,
            name=rows[0].global_username if rows else None,
            opted_out=until == FOREVER,
            hidden_until=_moment(until) if until not in (None, FOREVER) else None,
            communities=await personal.communities_of(reader, number),
            channels=await personal.channels_of(reader, number),
            sessions=sessions,
            voice_seconds=sum(int((one.left_at - one.joined_at).total_seconds()) for one in voice),
            emoji=sum(one.uses for one in await personal.emoji_of(reader, number)),
            words=sum(one.words for one in await personal.words_of(reader, number)),
            texts=texts,
            archived=archived,
            waiting=waiting,
            set_aside=len(await self._set_aside(reader, platform, user)),
            player=link.player_key if link else None,
            linked_at=link.linked_at if link else None,
            requests=await privacy.requests_of(reader, person),
        )

    async def _archived(self, platform: str, user: str) -> list[TextRow]:
        return await asyncio.to_thread(self._archive.of, platform, user) if self._archive else []

    async def _set_aside(self, reader: Reader, platform: str, user: str) -> list[str]:
        rows = [row.decode("utf-8", "replace") for row in await personal.set_aside(reader)]
        return [row for row in rows if privacy.author_of(row) == (platform, user)]

    async def _note(self, platform: str, user: str, action: str, asked_by: str) -> None:
        """Keeps that something was asked, without saying about whom to who has no key."""
        async with self._store.write() as writer:
            person = person_of(await privacy.make_key(writer), platform, user)
            await privacy.note_request(writer, person, Request(self._second(), action, asked_by))

    def _second(self) -> datetime:
        return self._now().replace(microsecond=0)


def _moments(row: personal.OfMoments) -> Moments:
    exact, logged = (sorted(unpack(row.day, packed)) for packed in (row.exact, row.logged))
    return Moments(row.channel, [_moment(at) for at in exact], [_moment(at) for at in logged])


def _text(row: TextRow) -> OfText:
    at = _moment(moment_of(row.number))
    return OfText(row.community, row.channel, row.number, at, row.text, row.metadata, archived=True)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
