"""What several questions work out alike, kept as long as the data stays what it was."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar

from muster.stats.once import once
from muster.store.engine import Reader
from muster.store.notes import version

T = TypeVar("T")

MOST: Final = 16


async def remembered(reader: Reader, key: Hashable, work_out: Callable[[], Awaitable[T]]) -> T:
    """The result kept for a key, or a fresh one. Who asks while it is being worked out waits for that.

    It is kept with the reader's store and holds until a commit changes the data.
    """
    now = await once(reader, "version", lambda: version(reader))
    memory: dict[Hashable, tuple[int, asyncio.Future[Any]]] = reader.memory
    kept = memory.get(key)
    if kept is not None and kept[0] == now:
        result: T = await asyncio.shield(kept[1])
        return result
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    memory.pop(key, None)
    memory[key] = (now, future)
    for old in [key for key, (of, _) in memory.items() if of < now]:
        del memory[old]
    while len(memory) > MOST:
        del memory[next(iter(memory))]
    try:
        fresh = await work_out()
    except BaseException as error:
        memory.pop(key, None)
        # Whoever waits is told the same; nobody may wait, and then nobody has to hear of it.
        future.set_exception(error if isinstance(error, Exception) else RuntimeError("given up by who asked first"))
        future.exception()
        raise
    future.set_result(fresh)
    return fresh
