"""Posts carried to Discord: answers as messages that are known again, and Discord's errors as the sender knows them."""

import hashlib
import io
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import aiohttp
import discord
import structlog

from muster.announce.carrier import Gone, Refused, Unreachable, Vanished
from muster.announce.news import NOTICE, identity_of
from muster.bot.client import MusterBot
from muster.bot.online import Online
from muster.bot.pages import ORANGE, TOTAL, Answer, said
from muster.bot.reply import QUIET
from muster.bot.views import embed_of
from muster.store.engine import Reader, Store, StoreError
from muster.store.outbox import Post

log = structlog.get_logger("muster.announce")

Build = Callable[[str, Mapping[str, Any], Reader], Awaitable[Answer | None]]
"""What a post shows: by its kind and subject; None where there is nothing to show any more."""

SEPARATOR: Final = " · "
MOST_EMBEDS: Final = 10
UNKNOWN_MESSAGE: Final = 10008
_NO_CODE: Final = 0


class DiscordCarrier:
    """Carries posts as messages. Which post a message is stands at the end of its footer."""

    def __init__(self, online: Online, store: Store, build: Build) -> None:
        self._online = online
        self._store = store
        self._build = build

    async def ready(self) -> None:
        """Waits until the bot is logged in; the gateway may come and go, posts don't need it."""
        await self._online.bot()

    async def send(self, post: Post) -> int | None:
        """Posts an answer; the nonce makes one message of two attempts within minutes."""
        bot = await self._online.bot()
        content = await self._content(bot, post)
        if content is None:
            return None
        channel = bot.get_partial_messageable(post.channel_id)
        with as_the_sender_knows(bot):
            message = await channel.send(**content, nonce=nonce_of(post.key), allowed_mentions=QUIET)
        log.info("posted", post=post.key, message=message.id)
        return message.id

    async def edit(self, post: Post) -> None:
        """Shows in a post's message what there is to show now. Where that is nothing any more, it stays as it is."""
        bot = await self._online.bot()
        assert post.message_id is not None
        content = await self._content(bot, post)
        if content is None:
            return
        message = bot.get_partial_messageable(post.channel_id).get_partial_message(post.message_id)
        files = content.pop("files")
        with as_the_sender_knows(bot, gone="it was deleted"):
            await message.edit(**content, attachments=files, allowed_mentions=QUIET)
        log.info("edited", post=post.key, message=post.message_id)

    async def posted(self, channel_id: int, since: datetime) -> Mapping[str, int]:
        """Our own messages since a moment, by what their footers name."""
        bot = await self._online.bot()
        found: dict[str, int] = {}
        with as_the_sender_knows(bot):
            async for message in bot.get_partial_messageable(channel_id).history(
                limit=None, after=since, oldest_first=True
            ):
                if bot.user is not None and message.author.id == bot.user.id:
                    found.update((name, message.id) for name in names_in(message))
        return found

    async def _content(self, bot: MusterBot, post: Post) -> dict[str, Any] | None:
        try:
            answer = await self._answer(post)
            return None if answer is None else await _as_message(bot, answer, identity_of(post))
        except StoreError as error:
            raise Unreachable(str(error)) from error
        except Refused:
            raise
        except Exception as error:
            # One post that can't be made must not stop those behind it: it is kept with its reason.
            log.exception("a post could not be made", post=post.key)
            raise Refused(f"it could not be made: {error!r}") from error

    async def _answer(self, post: Post) -> Answer | None:
        if post.kind == NOTICE:
            return said("Posts wait", str(post.subject["text"]), colour=ORANGE)
        async with self._store.read() as reader:
            return await self._build(post.kind, post.subject, reader)


def nonce_of(key: str) -> str:
    """24 characters that are the same for the same post, whatever database it stands in. Discord takes 25."""
    return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()


def names_in(message: discord.Message) -> Iterator[str]:
    """What the footers of a message name."""
    for embed in message.embeds:
        yield from (embed.footer.text or "").split(SEPARATOR)


async def _as_message(bot: MusterBot, answer: Answer, name: str) -> dict[str, Any]:
    """Everything in one message: nobody leafs through a post."""
    if len(answer.pages) > MOST_EMBEDS or sum(page.size for page in answer.pages) + len(name) + 3 > TOTAL:
        raise Refused(f"{len(answer.pages)} pages do not fit into a message")
    files = []
    picture = None
    if answer.picture is not None:
        picture = answer.picture.file
        files.append(discord.File(io.BytesIO(await bot.draw(answer.picture)), picture))
    if answer.upload is not None:
        files.append(discord.File(io.BytesIO(answer.upload.content), answer.upload.file))
    embeds = [embed_of(page) for page in answer.pages]
    if picture is not None:
        embeds[-1].set_image(url=f"attachment://{picture}")
    footer = embeds[-1].footer.text or ""
    if name not in footer.split(SEPARATOR):
        embeds[-1].set_footer(text=name if footer in name else f"{footer}{SEPARATOR}{name}")
    return {"embeds": embeds, "files": files}


@contextmanager
def as_the_sender_knows(bot: MusterBot, gone: str = "") -> Iterator[None]:
    """Discord's errors: the channel's fault, the post's, or nobody's. `gone`: what to say of a message that is."""
    try:
        yield
    except (discord.Forbidden, discord.NotFound) as error:
        if error.code == UNKNOWN_MESSAGE and gone:
            raise Gone(gone) from error
        if error.code == UNKNOWN_MESSAGE:
            raise Refused("it was posted, and deleted since") from error
        if error.code == _NO_CODE:
            raise Unreachable(str(error)) from error
        raise Vanished(f"{error.status} {error.text}") from error
    except discord.HTTPException as error:
        if error.status in (401, 429) or error.status >= 500:
            after = error.response.headers.get("Retry-After", "0")
            raise Unreachable(str(error), float(after) if after.replace(".", "", 1).isdigit() else 0.0) from error
        raise Refused(str(error)) from error
    except (OSError, aiohttp.ClientError, discord.RateLimited) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    except RuntimeError as error:
        # aiohttp's word for a session that was closed under a request.
        if not bot.is_closed():
            raise
        raise Unreachable(str(error)) from error
