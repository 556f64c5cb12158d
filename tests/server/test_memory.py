"""When garbage is collected."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from dovetail.server.lsp.memory import collect_when_idle


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


async def still_there(typing: bool, *, longest_s: float) -> bool:
    ring = weakref.ref(Ring())
    keys = iter(range(1_000_000))
    task = asyncio.create_task(
        collect_when_idle(lambda: next(keys) if typing else 0, idle_s=0.001, longest_s=longest_s)
    )
    await rounds_until_gone(ring)
    task.cancel()
    await asyncio.wait([task])
    return ring() is not None


async def rounds_until_gone(ring: weakref.ref[Ring]) -> None:
    """As many rounds of the loop, not as long by the clock: a busy machine gives few of them in a second."""
    for _ in range(200):
        await asyncio.sleep(0.001)
        if ring() is None:
            break


async def test_garbage_goes_in_a_pause_and_what_is_left_is_set_aside() -> None:
    gc.unfreeze()
    assert not await still_there(False, longest_s=600)
    assert gc.get_freeze_count() > 1_000


async def test_what_was_set_aside_is_looked_at_in_a_long_pause_only() -> None:
    for still_s, found in ((600.0, False), (0.01, True)):
        ring = weakref.ref(Ring())
        gc.freeze()
        task = asyncio.create_task(collect_when_idle(lambda: 0, idle_s=0.001, still_s=still_s, longest_s=0))
        await rounds_until_gone(ring)
        task.cancel()
        await asyncio.wait([task])
        assert (ring() is None) is found
        gc.unfreeze()


async def test_while_somebody_types_nothing_is_collected() -> None:
    assert await still_there(True, longest_s=600)


async def test_who_never_pauses_has_a_collection_at_last() -> None:
    assert not await still_there(True, longest_s=0.02)
