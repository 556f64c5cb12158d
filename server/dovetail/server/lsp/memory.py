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
LONGEST_S = 600.0
_M_ARENA_MAX = -8
"""mallopt(3), glibc."""
_ARENAS = 2


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
    busy: Callable[[], object], *, idle_s: float = IDLE_S, longest_s: float = LONGEST_S
) -> None:
    """Collect garbage once nothing was typed for two seconds, and set what is left aside from the collector.

    A full collection holds every thread, for 8 to 18 ms with 500 documents open; left to itself it comes while somebody
    types. What was set aside is not looked at again until the next time here, so those that do come are cheap. Who
    never pauses has one after ten minutes; `busy` changes with what is typed.
    """
    last: object = None
    collected, due = time.monotonic(), True
    while True:
        await asyncio.sleep(idle_s)
        now = busy()
        idle, last = now == last, now
        due = due or not idle
        if due and (idle or time.monotonic() - collected > longest_s):
            # What was set aside last time is looked at too, or garbage in it would never be found.
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            collected, due = time.monotonic(), False
