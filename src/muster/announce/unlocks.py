"""What players reached with new rounds, as one post."""

from collections.abc import Sequence
from datetime import datetime

from muster.announce.news import UNLOCKS
from muster.stats.unlocks import unlocks
from muster.stats.values.progress import Unlock
from muster.store import outbox
from muster.store.engine import Writer
from muster.store.outbox import Call, PostStatus


async def add_unlocks(writer: Writer, round_ids: Sequence[int], about: str, channel_id: int, now: datetime) -> None:
    """Calls for one post of all that these rounds unlocked and was never told. `about`: the last one's file.

    Every step has a key of its own, which is what tells it once; the first of them is the post's.
    """
    found = await unlocks(writer, round_ids)
    known = await outbox.known(writer, [_key(unlock, channel_id) for unlock in found])
    new = [unlock for unlock in found if _key(unlock, channel_id) not in known]
    if not new:
        return
    # Who climbs several steps at once hears of the highest.
    highest = {(unlock.player.key, unlock.key): unlock.step for unlock in new}
    told = [[player, ladder, step] for (player, ladder), step in highest.items()]
    first, *others = (_key(unlock, channel_id) for unlock in new)
    await outbox.add(writer, [Call(first, channel_id, UNLOCKS, {"file": about, "unlocks": told}, now)], now)
    beside = [Call(key, channel_id, UNLOCKS, {"told_by": first}, now) for key in others]
    await outbox.add(writer, beside, now, status=PostStatus.SILENT)


def _key(unlock: Unlock, channel_id: int) -> str:
    return f"{UNLOCKS}:{unlock.player.key}:{unlock.key}:{unlock.step}@{channel_id}"
