"""Gateways in this process, before a scripted engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from scripted import Request, Wire
from team.admission import Admission
from team.gateway import Gateway
from team.keys import Keys

KEYS = "# people\nada  ada-0123456789abcdef\n\nbob  bob-0123456789abcdef\n"


@pytest.fixture
async def gateway(serve: Callable[..., Any]) -> AsyncIterator[Callable[..., Any]]:
    """Start a gateway before an engine that answers by a script."""
    made: list[Gateway] = []

    async def start(
        script: Any,
        *,
        slots: int = 2,
        keys: Keys | None = None,
        queue: int = 2,
        when_sick: Callable[[], None] | None = None,
        hold_s: float = 0.0,
    ) -> tuple[Gateway, Any]:
        engine = await serve(script)
        admission = Admission(slots, per_caller=2, queue=queue, longest_wait_s=60)
        made.append(
            Gateway(
                engine.url,
                "engine-key",
                admission,
                keys,
                replica="r1",
                engine_pid=7,
                when_sick=when_sick,
                hold_s=hold_s,
            )
        )
        return made[-1], engine

    yield start
    for one in made:
        await one.aclose()


async def fine(_: Request, wire: Wire) -> bool:
    return await wire.answer(200, {"content": "x"}, X_Request_Id="7", Set_Cookie="engine=1")


async def endless(_: Request, wire: Wire) -> bool:
    await wire.head()
    await wire.part("data: 1\n\n")
    await wire.left.wait()
    return False
