"""A team's server that is crowded, sick or both, in any order: busy is not offline, and nobody asks it in vain."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from scripted import REQUEST, Clock, Request, Wire, collect, good, said, text_of

from dovetail.endpoints import (
    AllDown,
    Busy,
    Endpoint,
    EndpointError,
    RateLimited,
    Router,
    Secret,
    State,
)
from dovetail.endpoints._affinity import FAILING_SECONDS, Affinity

MakeEndpoint = Callable[..., Endpoint]
NOW = "Mon, 23 Nov 2026 10:00:00 GMT"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of the router's pass at once."""
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        await real(0)

    monkeypatch.setattr("dovetail.endpoints._router.asyncio.sleep", sleep)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "value",
    ["0", "1", "0.5", " 2 ", "-1", "-0.0", "+3", "1, 2", "2, 1", "Mon, 23 Nov 2026 10:00:03 GMT",
     "Mon, 23 Nov 2026 09:00:00 GMT", "Monday, 23-Nov-26 10:00:01 GMT"],
)  # fmt: skip
async def test_a_short_time_is_busy_however_it_is_written(
    status: int, value: str, endpoint: MakeEndpoint, serve: Any
) -> None:
    async def script(request: Request, wire: Wire) -> bool:
        return await wire.answer(status, {"error": "queue full"}, Retry_After=value, Date=NOW)

    server = await serve(script)
    router = Router([endpoint(server.url)])
    for _ in range(4):
        with pytest.raises(Busy):
            await collect(router.stream(REQUEST))
    assert router.status()[0].state is State.BUSY
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "value",
    ["nan", "inf", "-inf", "", "soon", "1e1", "0x1", "٣", "²", "1 2", "9" * 400, "3600", "1, soon",
     "Mon, 23 Nov 2026 11:00:00 GMT", "Mon, 99 Nov 2026 10:00:00 GMT", "Mon, 23 Nov 99999 10:00:00 GMT"],
)  # fmt: skip
async def test_no_short_time_is_a_limit_that_is_told(value: str, endpoint: MakeEndpoint, serve: Any) -> None:
    """No value of a header is an exception of ours, or a rest without end."""

    async def script(request: Request, wire: Wire) -> bool:
        await wire.send(
            b"HTTP/1.1 429 X\r\nContent-Length: 0\r\nDate: " + NOW.encode()
            + b"\r\nRetry-After: " + value.encode() + b"\r\n\r\n"
        )  # fmt: skip
        return True

    clock = Clock()
    server = await serve(script)
    router = Router([endpoint(server.url)], clock=clock)
    with pytest.raises(RateLimited, match="too many requests"):
        await collect(router.stream(REQUEST))
    with suppress(EndpointError):
        await collect(router.stream(REQUEST))
    assert router.status()[0].seconds_left <= 300
    clock.now += 301
    with pytest.raises(RateLimited):
        await collect(router.stream(REQUEST))


STEPS = ("busy", "busy too", "no key", "sick", "reset", "cut", "good")


@pytest.mark.parametrize("seed", range(20))
async def test_any_sequence_of_troubles(seed: int, endpoint: MakeEndpoint, serve: Any) -> None:
    """At most two tries a request, the second without the session; what is shed opens nothing; one good answer after
    a minute's rest and all is well."""
    chance = random.Random(seed)
    now = "good"

    async def script(request: Request, wire: Wire) -> bool | None:
        step = chance.choice(STEPS) if now == "any" else now
        met.append((step, "x-session-id" in request.headers))
        if step == "busy":
            return await wire.answer(429, {"error": "full"}, Retry_After=chance.choice(["0", "1", "-3"]))
        if step == "busy too":
            return await wire.answer(503, {"error": "full"}, Retry_After="2")
        if step == "no key":
            return await wire.answer(401, {"error": "no"})
        if step == "sick":
            return await wire.answer(500, {"error": "no memory"})
        if step == "reset":
            wire.reset()
            return None
        if step == "cut":
            await wire.head()
            await wire.part(said("go"))
            wire.reset()
            return None
        return await wire.answer(200, said("good", "stop"), "text/event-stream")

    met: list[tuple[str, bool]] = []
    clock = Clock()
    server = await serve(script)
    router = Router([endpoint(server.url, session="X-Session-Id", key=Secret("k" * 20))], clock=clock)
    for _ in range(60):
        now, met[:] = "any", []
        before = router.status()[0].state
        with suppress(EndpointError):
            await collect(router.stream(REQUEST))
        after = router.status()[0].state
        # A kept connection that breaks is not a try: the request may not have come through, and is sent anew as it was.
        tries = [sticky for at, (_, sticky) in enumerate(met) if not at or met[at - 1] != ("reset", sticky)]
        assert tries == [True, False][: len(tries)]
        assert len(met) <= 2 * len(tries)
        if met and met[-1][0].startswith("busy"):
            assert after is State.BUSY, (before, met)
        clock.now += chance.choice([0.0, 0.5, 3.0])
    now = "good"
    clock.now += 61
    while router.status()[0].state is not State.CLOSED:
        assert text_of(await collect(router.stream(REQUEST))) == "good"


async def test_a_server_that_comes_back_busy_is_up(endpoint: MakeEndpoint, serve: Any) -> None:
    """The trial after a rest that meets a full queue: the server lives, and several may ask it at once again."""
    status = 500

    async def script(request: Request, wire: Wire) -> bool:
        return await wire.answer(status, {"error": "no"}, **({"Retry_After": "1"} if status == 429 else {}))

    clock = Clock()
    server = await serve(script)
    router = Router([endpoint(server.url)], clock=clock)
    for _ in range(3):
        with suppress(EndpointError):
            await collect(router.stream(REQUEST))
    with pytest.raises(AllDown):
        await collect(router.stream(REQUEST))
    status = 429
    clock.now += 61
    for _ in range(3):
        with pytest.raises(Busy):
            await collect(router.stream(REQUEST))
        assert router.status()[0].state is State.BUSY


async def test_the_id_is_changed_though_second_tries_are_answered(endpoint: MakeEndpoint, serve: Any) -> None:
    """They meet another replica: that it is well says nothing of the one that the id leads to."""

    async def script(request: Request, wire: Wire) -> bool:
        if request.headers.get("x-session-id") == sick:
            return await wire.answer(500, "sick", "text/plain")
        return await good(request, wire)

    clock = Clock()
    server = await serve(script)
    one = endpoint(server.url, session="X-Session-Id")
    one.channel.affinity = Affinity("X-Session-Id", local=True, clock=clock)
    sick = one.channel.affinity.id
    router = Router([one], clock=clock)
    for _ in range(3):
        assert text_of(await collect(router.stream(REQUEST))) == "good"
        clock.now += FAILING_SECONDS / 2 - 1
    assert one.channel.affinity.id == sick and len(server.requests) == 6
    clock.now += 3
    assert text_of(await collect(router.stream(REQUEST))) == "good"
    assert one.channel.affinity.id != sick
    del server.requests[:]
    assert text_of(await collect(router.stream(REQUEST))) == "good"
    assert len(server.requests) == 1
