"""`python -m bench.far PORT`: a port of loopback that leads to another one, where everything takes 30 ms each way.

A process of its own, so that what it costs is not counted as the program's. Prints its port; ends with its input.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

DELAY: Final = 0.030
"""Seconds each way."""


@asynccontextmanager
async def far(port: int) -> AsyncIterator[int]:
    """Such a port, in another process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.far", str(port), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()


async def _serve(port: int) -> None:
    pumps: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while part := await reader.read(65536):
                loop.call_later(DELAY, _send, writer, part)
        loop.call_later(DELAY, writer.close)

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        pumps.update(asyncio.create_task(pump(*pair)) for pair in ((reader, back), (there, writer)))

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()
    for task in pumps:
        task.cancel()


def _send(writer: asyncio.StreamWriter, part: bytes) -> None:
    if not writer.is_closing():
        writer.write(part)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
