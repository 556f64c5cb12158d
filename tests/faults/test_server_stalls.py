"""The event loop of a real server goes on answering under loads that once stopped it for seconds, or for ever."""

from __future__ import annotations

import sys

import pytest

from bench.stalls import measure

SMALL = 0.1


@pytest.fixture(scope="module")
def idle() -> dict[str, float]:
    """What this machine takes for a ping to a server that does nothing."""
    return measure("idle", 0.5)


@pytest.mark.skipif(
    sys.platform == "win32", reason="measured where pipes are read by a thread of the same speed"
)
@pytest.mark.parametrize("load", ["banners", "watched", "plans", "large"])
def test_pings_are_answered_under_load(load: str, idle: dict[str, float]) -> None:
    """A generous bound: what hung, hung for seconds at this size."""
    found = measure(load, SMALL)
    assert found["median"] <= 250 + 50 * idle["median"], (found, idle)
    assert found["worst"] <= 1_500 + 20 * idle["worst"], (found, idle)
