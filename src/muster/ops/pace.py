"""How the interpreter shares its time and memory in a program that answers people and counts messages for years."""

import ctypes
import gc
import sys
from typing import Final

_NEW_OBJECTS: Final = 5_000
"""Objects after which the youngest are looked through for what nobody uses; Python's own 700 is meant for scripts."""

_TURN: Final = 0.001
"""Seconds a thread may keep the interpreter while another waits: the database's threads wait for moments only."""

_HEAPS: Final = ((-8, 2), (-3, 128 * 1024), (-1, 128 * 1024))
"""What `mallopt` of glibc is told (malloc.h): at most two heaps (M_ARENA_MAX) however many threads there are; what is
larger than 128 KiB, such as a picture, is given back when it is free (M_MMAP_THRESHOLD), and so is the end of a heap
(M_TRIM_THRESHOLD). Left to itself it lets both limits grow with the largest block it ever gave."""


def keep_pace() -> None:
    """Sets it for this process. With Python's own settings garbage took a tenth of the time of counting messages."""
    gc.set_threshold(_NEW_OBJECTS, 3, 2)
    sys.setswitchinterval(_TURN)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            for option, value in _HEAPS:
                mallopt(option, value)
