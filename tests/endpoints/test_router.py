"""Order, fail-over, one retry, rests, and how many run at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from attrs import evolve
from scripted import REQUEST, Clock, Request, Wire, collect, failing, good, said, text_of, until

from dovetail.endpoints import (
    AllDown,
    Busy,
    Endpoint,
    EndpointError,
    Router,
    ServerError,
    State,
    Superseded,
    Unauthorized,
)
from dovetail.endpoints._affinity import Affinity
from dovetail.endpoints._breaker import LONGEST_COOL_DOWN
from dovetail.endpoints._secrets import Keys

MakeEndpoint = Callable[..., Endpoint]


async def test_the_first_that_is_up_answers(endpoint: MakeEndpoint, serve: Any) -> None:
    first, second = await serve(good), await serve(good)
    router = Router([endpoint(first.url, name="first"), endpoint(second.url, name="second")])
    chunks = await collect(router.stream(REQUEST))
    assert {chunk.endpoint for chunk in chunks} == {"first"}
    assert not second.requests


@pytest.mark.parametrize(
    ("status", "times"), [(500, 2), (503, 2), (400, 1), (401, 1), (404, 1), (429, 1), (501, 1)]
)
async def test_the_next_takes_over_after_at_most_one_retry(
    status: int, times: int, endpoint: MakeEndpoint, serve: Any
) -> None:
    first, second = await serve(failing(status)), await serve(good)
    router = Router([endpoint(first.url, name="first"), endpoint(second.url, name="second")])
    chunks = await collect(router.stream(REQUEST))
    assert text_of(chunks) == "good"
    assert {chunk.endpoint for chunk in chunks} == {"second"}
    assert len(first.requests) == times


async def test_no_retry_storm_while_typing(endpoint: MakeEndpoint, serve: Any) -> None:
    """A hundred keys against a server that always fails: six requests, then rests."""
    clock = Clock()
    server = await serve(failing(500))
    router = Router([endpoint(server.url)], clock=clock)
    for _ in range(100):
        with pytest.raises(EndpointError):
            await collect(router.stream(REQUEST))
    assert len(server.requests) == 6
    assert router.status()[0].state is State.OPEN
    with pytest.raises(AllDown, match=r"failed with status 500.*Tried again in 2 s"):
        await collect(router.stream(REQUEST))


async def test_a_rest_ends_with_one_trial_and_doubles_when_it_fails(
    endpoint: MakeEndpoint, serve: Any
) -> None:
    clock = Clock()
    healthy = False

    async def script(request: Request, wire: Wire) -> bool:
        return bool(await (good if healthy else failing(500))(request, wire))

    server = await serve(script)
    router = Router([endpoint(server.url)], clock=clock)
    for _ in range(3):
        with pytest.raises(ServerError):
            await collect(router.stream(REQUEST))
    for rest in (2.0, 4.0, 8.0):
        assert router.status()[0].seconds_left == pytest.approx(rest)
        before = len(server.requests)
        clock.now += rest
        assert router.status()[0].state is State.HALF_OPEN
        both = await asyncio.gather(
            collect(router.stream(REQUEST)), collect(router.stream(REQUEST)), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in both) == ["AllDown", "ServerError"]
        assert len(server.requests) == before + 1  # the trial is not retried
    healthy = True
    clock.now += 16
    assert text_of(await collect(router.stream(REQUEST))) == "good"
    assert router.status()[0].state is State.CLOSED


async def test_the_last_failure_is_told_before_there_is_any_rest(endpoint: MakeEndpoint, serve: Any) -> None:
    fails = [True, True, False]

    async def script(request: Request, wire: Wire) -> bool:
        return await (failing(500) if fails.pop(0) else good)(request, wire)

    server = await serve(script)
    router = Router([endpoint(server.url)])
    with pytest.raises(ServerError):
        await collect(router.stream(REQUEST))
    assert router.status()[0].state is State.CLOSED and "500" in router.status()[0].message
    await collect(router.stream(REQUEST))
    assert not router.status()[0].message


async def test_what_will_not_mend_rests_at_once(endpoint: MakeEndpoint, serve: Any) -> None:
    clock = Clock()
    server = await serve(failing(401))
    router = Router([endpoint(server.url)], clock=clock)
    for kind in (Unauthorized, AllDown, AllDown):
        with pytest.raises(kind, match="wants a key"):
            await collect(router.stream(REQUEST))
    assert len(server.requests) == 1
    assert router.status()[0].seconds_left == LONGEST_COOL_DOWN


@pytest.mark.parametrize("cut", ["close", "reset", "unfinished"])
async def test_an_answer_that_broke_off_goes_on_where_it_was(
    cut: str, endpoint: MakeEndpoint, serve: Any
) -> None:
    """The second try says the same from its beginning; the caller sees each character once."""

    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part(said("return "))
        if len(server.requests) == 1:
            if cut == "reset":
                wire.reset()
            return await wire.end() if cut == "unfinished" else False
        await wire.part(said("a + b"))
        await wire.part(said("", "stop"))
        return await wire.end()

    server = await serve(script)
    chunks = await collect(Router([endpoint(server.url)]).stream(REQUEST))
    assert text_of(chunks) == "return a + b"
    assert len(server.requests) == 2


async def test_a_second_try_that_says_something_else_is_an_error(endpoint: MakeEndpoint, serve: Any) -> None:
    """Two answers are never glued together."""

    async def script(_: Request, wire: Wire) -> bool:
        first = len(server.requests) == 1
        await wire.head()
        await wire.part(said("return a" if first else "return "))
        if first:
            return False
        await wire.part(said("b - c", "stop"))
        return await wire.end()

    server = await serve(script)
    with pytest.raises(EndpointError, match="answered something else"):
        await collect(Router([endpoint(server.url)]).stream(REQUEST))


async def test_one_killed_under_load(endpoint: MakeEndpoint, serve: Any) -> None:
    """Answers under way when the first server dies are finished by the second."""
    release = asyncio.Event()

    async def slow(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part(said("go"))
        await release.wait()
        return False

    first, second = await serve(slow), await serve(good)
    router = Router(
        [
            endpoint(first.url, name="first", max_in_flight=8),
            endpoint(second.url, name="second", max_in_flight=8),
        ],
        clock=Clock(),
    )
    tasks = [asyncio.create_task(collect(router.stream(REQUEST))) for _ in range(8)]
    await until(lambda: len(first.requests) == 8)
    await first.kill()
    for chunks in await asyncio.gather(*tasks):
        assert text_of(chunks) == "good"
    assert router.status()[0].state is State.OPEN


async def test_no_endpoint_at_all() -> None:
    with pytest.raises(AllDown, match="No endpoint is set"):
        await collect(Router([]).stream(REQUEST))


async def test_a_caller_that_has_enough_counts_as_success(endpoint: MakeEndpoint, serve: Any) -> None:
    """The engine mostly closes the stream itself, at a boundary: failures before are forgotten then."""

    async def script(_: Request, wire: Wire) -> bool:
        if len(server.requests) % 5:
            return await wire.answer(500, "x")
        await wire.head()
        await wire.part(said("x"))
        await wire.left.wait()
        return False

    server = await serve(script)
    router = Router([endpoint(server.url)])
    for _ in range(2):
        for _ in range(2):
            with pytest.raises(ServerError):
                await collect(router.stream(REQUEST))
        async with aclosing(router.stream(REQUEST)) as stream:
            await anext(stream)
    assert router.status()[0].state is State.CLOSED


async def test_speculation_yields_through_the_router(endpoint: MakeEndpoint, serve: Any) -> None:
    """The socket of the speculative request is closed before the user's own is sent."""
    left = asyncio.Event()

    async def script(_: Request, wire: Wire) -> bool:
        if len(server.requests) == 1:
            await wire.head()
            await wire.part(said("x"))
            await wire.left.wait()
            left.set()
            return False
        return await good(_, wire)

    server = await serve(script)
    router = Router([endpoint(server.url)])
    begun = asyncio.Event()

    async def speculate() -> None:
        async for _ in router.stream(evolve(REQUEST, max_tokens=99), speculative=True):
            begun.set()

    speculation = asyncio.create_task(speculate())
    await begun.wait()
    assert text_of(await collect(router.stream(REQUEST))) == "good"
    with pytest.raises(Superseded):
        await speculation
    await left.wait()


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_stays_and_is_asked_less(
    status: int, endpoint: MakeEndpoint, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Load that is shed is no failure: nothing rests, the wait grows to a second and shrinks with each answer."""
    busy, waits = True, []

    async def script(request: Request, wire: Wire) -> bool:
        if busy:
            return await wire.answer(status, {"error": "queue full"}, Retry_After="1")
        return await good(request, wire)

    real_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds:
            waits.append(seconds)
        await real_sleep(0)

    server = await serve(script)
    router = Router([endpoint(server.url)])
    monkeypatch.setattr("dovetail.endpoints._router.asyncio.sleep", sleep)
    for _ in range(8):
        with pytest.raises(Busy, match=f"is busy .{status}."):
            await collect(router.stream(REQUEST))
    assert len(server.requests) == 8
    assert router.status()[0].state is State.BUSY
    assert waits == sorted(waits) and waits[0] == 0.1 and waits[-1] == 1.0
    busy = False
    while router.status()[0].state is State.BUSY:
        assert text_of(await collect(router.stream(REQUEST))) == "good"
    assert len(server.requests) < 18
    assert router.status()[0].state is State.CLOSED


async def test_the_sessions_id_is_left_out_on_the_second_try(endpoint: MakeEndpoint, serve: Any) -> None:
    """A sick replica behind sticky routing is not met twice."""

    async def script(request: Request, wire: Wire) -> bool:
        if "x-session-id" in request.headers:
            return await wire.answer(500, "sick", "text/plain", x_request_id="r-17")
        return await wire.answer(200, said("good", "stop"), "text/event-stream", x_request_id="r-18")

    server = await serve(script)
    router = Router([endpoint(server.url, session="X-Session-Id")])
    for _ in range(3):
        chunks = await collect(router.stream(REQUEST))
        assert text_of(chunks) == "good" and chunks[0].request_id == "r-18"
    ids = [request.headers.get("x-session-id") for request in server.requests]
    assert ids[1::2] == [None] * 3 and len(set(ids[::2])) == 1
    assert router.status()[0].state is State.CLOSED


def test_a_session_that_fails_for_ten_minutes_gets_another_id() -> None:
    now = 0.0
    affinity = Affinity("auto", local=False, clock=lambda: now)
    first = affinity.headers()
    assert set(first) == {"X-Session-Id", "x-session-affinity"} and len(set(first.values())) == 1
    affinity.answered(200, {"x-session-token": "cG9k"})
    assert affinity.headers()["x-session-token"] == "cG9k"
    for moment in (0.0, 300.0, 599.0):
        now = moment
        affinity.answered(500, {})
        assert affinity.headers() == first
    affinity.answered(200, {})
    now = 700.0
    affinity.failed()
    assert affinity.headers() == first
    now = 1300.0
    affinity.failed()
    assert affinity.headers().keys() == first.keys() and affinity.headers() != first
    assert Affinity("off", local=False).headers() == Affinity("auto", local=True).headers() == {}


async def test_a_key_that_ran_out_is_asked_for_again_once(
    endpoint: MakeEndpoint, serve: Any, tmp_path: Any
) -> None:
    """Within the same request, before the breaker hears of it."""
    count = tmp_path / "count"
    program = (
        "import pathlib, sys; p = pathlib.Path(sys.argv[1]); n = len(p.read_text()) if p.exists() else 0; "
        "p.write_text('x' * (n + 1)); print(f'sk-token-{n}')"
    )
    command = [sys.executable, "-c", program, str(count)]
    accepted = "sk-token-0"

    async def script(request: Request, wire: Wire) -> bool:
        if request.headers.get("authorization") != f"Bearer {accepted}":
            return await wire.answer(401, {"error": "expired"})
        return await good(request, wire)

    server = await serve(script)
    keys = Keys(clock=lambda: now)
    now = 0.0
    one = endpoint(server.url, key_command=command)
    one.channel.keys = keys
    router = Router([one])
    await collect(router.stream(REQUEST))
    accepted, now = "sk-token-1", 3600.0
    assert text_of(await collect(router.stream(REQUEST))) == "good"
    assert len(server.requests) == 3 and count.read_text() == "xx"
    accepted, now = "something else", 3601.0
    with pytest.raises(Unauthorized):
        await collect(router.stream(REQUEST))
    assert count.read_text() == "xx"  # asked a moment ago
