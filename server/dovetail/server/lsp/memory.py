"""When garbage is collected, and how the C library keeps the memory of a process of many threads and gives it back."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

GIVE_BACK_S = 120.0
IDLE_S = 2.0
STILL_S = 30.0
LONGEST_S = 600.0
_YOUNG = 50_000
"""Objects that may come before the collector looks at the new ones by itself."""
_M_ARENA_MAX = -8
"""mallopt(3), glibc."""
_ARENAS = 2


def collect_seldom() -> None:
    """Have the collector come by after 50,000 new objects, not after 700. An answer of the built-in model makes
    thousands and lets all of them go again, so that it came several times in each and found nothing; what refers to
    itself is found in the pauses (see `collect_when_idle`)."""
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])


@cache
def _glibc() -> Any:
    """The C library, where it is glibc; else None."""
    if sys.platform == "linux":
        import ctypes

        try:
            library = ctypes.CDLL(None)
            return library if hasattr(library, "malloc_trim") else None
        except OSError:
            return None
    else:
        return None


def few_arenas() -> None:
    """Have glibc keep few pools of free memory. It makes up to eight a core, one for each thread that meets another
    at the door, and what a thread frees stays in its pool: with a dozen threads that take turns at large texts,
    tens of MB lie there after an hour. Elsewhere nothing happens."""
    if (library := _glibc()) is not None:
        library.mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Have glibc give pages that hold nothing back to the system: by itself it does so at the end of a pool alone."""
    if (library := _glibc()) is not None:
        library.malloc_trim(0)


async def give_back_in_turns(busy: Callable[[], object]) -> None:
    """Give memory back every two minutes, as long as there is work: `busy` changes with it."""
    last: object = None
    while _glibc() is not None:
        await asyncio.sleep(GIVE_BACK_S)
        now = busy()
        if now != last:
            last = now
            await asyncio.to_thread(give_back)


async def collect_when_idle(
    busy: Callable[[], object],
    *,
    idle_s: float = IDLE_S,
    still_s: float = STILL_S,
    longest_s: float = LONGEST_S,
) -> None:
    """Collect garbage once nothing was typed for two seconds, and set what is left aside from the collector.

    A full collection holds every thread: for some 20 ms once all is loaded, for 100 ms the first time, with 500
    documents open for longer. Left to itself it comes while somebody types. What was set aside is not looked at in the
    pauses of typing, so these cost little; it is looked at where nothing was typed for half a minute, at most every ten
    minutes. Who never pauses has a collection of what is new after ten minutes; `busy` changes with what is typed.
    """
    last: object = None
    collected = swept = time.monotonic()
    still, due, stale = 0.0, True, True
    while True:
        await asyncio.sleep(idle_s)
        now = busy()
        idle, last = now == last, now
        still = still + idle_s if idle else 0.0
        due, stale = due or not idle, stale or not idle
        at = time.monotonic()
        if stale and still >= still_s and at - swept >= longest_s:
            # Or garbage in what was set aside would never be found.
            gc.unfreeze()
            swept, stale = at, False
        elif not due or not (idle or at - collected > longest_s):
            continue
        gc.collect()
        gc.freeze()
        collected, due = at, False
