"""The transport compressions of the gateway: one context for each connection, one flush for each event."""

import zlib
from collections.abc import Callable

try:
    import zstandard
except ImportError:
    zstandard = None  # type: ignore[assignment]

Compress = Callable[[bytes], bytes]


def zlib_stream() -> Compress:
    context = zlib.compressobj(level=1)

    def compress(data: bytes) -> bytes:
        return context.compress(data) + context.flush(zlib.Z_SYNC_FLUSH)

    return compress


def zstd_stream() -> Compress:
    context = zstandard.ZstdCompressor(level=1).compressobj()

    def compress(data: bytes) -> bytes:
        return context.compress(data) + context.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    return compress


def compressor(asked: str | None) -> Compress | None:
    """What the client asked for in `?compress=`; None for plain text."""
    if asked == "zlib-stream":
        return zlib_stream()
    if asked == "zstd-stream" and zstandard is not None:
        return zstd_stream()
    if asked:
        raise ValueError(f"this simulator has no compression {asked!r}")
    return None
