"""How the C library keeps memory for a process of many threads."""

from __future__ import annotations

import sys

_M_ARENA_MAX = -8
"""mallopt(3), glibc."""
_ARENAS = 2


def few_arenas() -> None:
    """Have glibc keep few pools of free memory. It makes up to eight a core, one for each thread that meets another
    at the door, and what a thread frees stays in its pool: with a dozen threads that take turns at large texts,
    tens of MB lie there after an hour. Elsewhere nothing happens."""
    if sys.platform != "linux":
        return
    import ctypes

    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
    except (OSError, AttributeError):  # another C library
        pass
