"""The event loop of a real server goes on answering under loads that once stopped it for seconds, or for ever."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from bench import stalls
from bench.driver import compile_all
from bench.stalls import measure

SMALL = 0.1


@pytest.fixture(scope="module")
def idle() -> dict[str, Any]:
    """What this machine takes for a ping to a server that does nothing."""
    compile_all()
    return measure("idle", 0.5)


@pytest.mark.skipif(
    sys.platform == "win32", reason="measured where pipes are read by a thread of the same speed"
)
@pytest.mark.parametrize("load", [name for name in stalls.LOADS if name not in ("idle", "acceptance")])
def test_pings_are_answered_under_load(load: str, idle: dict[str, Any]) -> None:
    """What hung, hung for seconds at this size. The server's own CPU time counts, so a busy machine changes little; the
    bounds are generous all the same."""
    found = measure(load, SMALL)
    share = idle["cpu"]["median"]
    assert found["cpu"]["median"] <= 25 + 25 * share, (found, idle)
    assert found["cpu"]["worst"] <= 100 + 100 * share, (found, idle)
