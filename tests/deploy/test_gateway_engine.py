"""An engine that is gone, breaks off or answers errors: what the gateway makes of it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from asgi import Client
from scripted import Request, Wire


async def test_a_dead_kept_connection_costs_nobody_an_answer(gateway: Any) -> None:
    """The engine closes a kept connection in the moment in which it is used."""
    seen = 0

    async def once(_: Request, wire: Wire) -> bool:
        nonlocal seen
        seen += 1
        if seen == 2:
            return False  # hangs up without a word
        return await wire.answer(200, {"n": seen})

    app, engine = await gateway(once)
    assert (await Client(app, "/infill").whole()).json == {"n": 1}
    assert (await Client(app, "/infill").whole()).json == {"n": 3}
    assert len(engine.requests) == 3
    assert app.counts["resent_total"] == 1


async def test_kept_connections_that_died_together_cost_nobody_an_answer(gateway: Any) -> None:
    """The engine closes those that were used together at the same time. A failure would cost a request to see whether
    the engine is well, and lead the editor to a replica without its cache."""
    first: set[Any] = set()
    all_there = asyncio.Event()

    async def together(_: Request, wire: Wire) -> bool:
        if all_there.is_set() and wire.writer in first:
            return False
        first.add(wire.writer)
        if len(first) == 3:
            all_there.set()
        await all_there.wait()
        return await wire.answer(200, {"n": len(first)})

    app, engine = await gateway(together, slots=3)
    await asyncio.gather(*(Client(app, "/infill").whole() for _ in range(3)))
    client = await Client(app, "/infill").whole()
    assert client.status == 200
    assert {request.path for request in engine.requests} == {"/infill"}
    assert app.counts["resent_total"] == 3


async def test_a_fresh_connection_that_breaks_is_not_tried_twice(gateway: Any) -> None:
    async def never(_: Request, wire: Wire) -> bool:
        return False

    app, engine = await gateway(never)
    client = await Client(app, "/infill").whole()
    assert client.status == 502
    assert [request.path for request in engine.requests].count("/infill") == 1


async def test_an_answer_that_breaks_off_is_not_ended_as_if_it_were_whole(gateway: Any) -> None:
    async def half(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part("data: 1\n\n")
        wire.reset()
        return False

    app, _ = await gateway(half)
    client = Client(app, "/infill")
    with pytest.raises(aiohttp.ClientError):
        await client.whole()
    assert not client.ended
    assert app._admission.running == 0


async def test_an_engine_that_fails_at_anything_is_known_before_its_answer_is_passed_on(gateway: Any) -> None:
    """Requests that fail at once cost one request more together, and none is answered before."""
    order: list[str] = []

    async def script(request: Request, wire: Wire) -> bool:
        order.append(request.path)
        return await wire.answer(500, {"error": {"message": "no memory"}})

    app, _ = await gateway(script, slots=20, when_sick=lambda: order.append("sick"))
    clients = [Client(app, "/infill") for _ in range(2)]
    answers = await asyncio.gather(*(client.whole() for client in clients))
    assert [answer.status for answer in answers] == [500, 500]
    assert order.count("/completion") == 1
    assert order.index("sick") > order.index("/completion")


@pytest.mark.parametrize("status", [200, 400, 503])
async def test_a_request_that_fails_alone_makes_nobody_sick(gateway: Any, status: int) -> None:
    """A prompt that an engine cannot read must not end one replica after the other."""

    async def script(request: Request, wire: Wire) -> bool:
        return await wire.answer(status if request.path == "/completion" else 500, {})

    sick: list[bool] = []
    app, _ = await gateway(script, when_sick=lambda: sick.append(True))
    for _ in range(10):
        assert (await Client(app, "/infill").whole()).status == 500
    assert not sick


async def test_an_engine_that_is_gone_is_sick_and_one_that_is_slow_is_not(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(request: Request, wire: Wire) -> bool:
        if request.path == "/completion":
            if slow:
                await wire.left.wait()
            else:
                wire.reset()
            return False
        return await wire.answer(500, {})

    monkeypatch.setattr("team.gateway.PROBE_S", 0.2)
    sick: list[bool] = []
    app, _ = await gateway(script, when_sick=lambda: sick.append(True))
    slow = True
    await Client(app, "/infill").whole()
    assert not sick
    slow = False
    await Client(app, "/infill").whole()
    assert sick
