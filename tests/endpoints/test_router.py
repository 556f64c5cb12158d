"""Order, fail-over, one retry, rests, and how many run at once."""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from scripted import REQUEST, Request, Wire, collect, said, text_of, until

from dovetail.endpoints import (
    AllDown,
    Endpoint,
    EndpointError,
    RateLimited,
    Router,
    ServerError,
    State,
    Superseded,
    Timeout,
    Timeouts,
    Unauthorized,
    Unreachable,
)
from dovetail.endpoints._breaker import LONGEST_REST, Breaker
from dovetail.endpoints._gate import Gate
from dovetail.endpoints._statuses import retry_after

MakeEndpoint = Callable[..., Endpoint]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def good(_: Request, wire: Wire) -> bool:
    return await wire.answer(200, said("good", "stop"), "text/event-stream")


def failing(status: int, **headers: str) -> Callable[[Request, Wire], Any]:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(status, {"error": {"message": "no"}}, **headers)

    return script


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
    assert not router.up
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


async def test_what_will_not_mend_rests_at_once(endpoint: MakeEndpoint, serve: Any) -> None:
    clock = Clock()
    server = await serve(failing(401))
    router = Router([endpoint(server.url)], clock=clock)
    for kind in (Unauthorized, AllDown, AllDown):
        with pytest.raises(kind, match="does not accept the key"):
            await collect(router.stream(REQUEST))
    assert len(server.requests) == 1
    assert router.status()[0].seconds_left == LONGEST_REST


async def test_retry_after_is_honoured(endpoint: MakeEndpoint, serve: Any) -> None:
    clock = Clock()
    server = await serve(failing(429, Retry_After="17"))
    router = Router([endpoint(server.url)], clock=clock)
    with pytest.raises(RateLimited, match="asked again in 17 s"):
        await collect(router.stream(REQUEST))
    clock.now += 16.9
    with pytest.raises(AllDown):
        await collect(router.stream(REQUEST))
    assert len(server.requests) == 1
    clock.now += 0.2
    with pytest.raises(RateLimited):
        await collect(router.stream(REQUEST))
    assert len(server.requests) == 2


async def test_503_with_retry_after_is_not_retried_at_once(endpoint: MakeEndpoint, serve: Any) -> None:
    server = await serve(failing(503, Retry_After="5"))
    with pytest.raises(ServerError):
        await collect(Router([endpoint(server.url)]).stream(REQUEST))
    assert len(server.requests) == 1


DATE = "Mon, 23 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "99999"}, 300.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "x"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 10:00:20 GMT", "date": DATE}, 20.0),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Mon, 99 Nov 2026 09:00:00 GMT", "date": DATE}, None),
    ],
)
def test_retry_after_in_all_spellings(headers: dict[str, str], seconds: float | None) -> None:
    """A date counts from the server's own clock, so a wrong one here does not matter."""
    assert retry_after(headers) == seconds


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_retry_after_gives_bounded_seconds_or_none(value: str, date: str) -> None:
    seconds = retry_after({"retry-after": value, "date": date})
    assert seconds is None or 0 <= seconds <= 300
    seconds = retry_after(
        {"retry-after": email.utils.format_datetime(email.utils.parsedate_to_datetime(DATE))}
    )
    assert seconds is not None


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


@pytest.mark.parametrize("allow", [True, False])
async def test_a_second_try_that_says_something_else(allow: bool, endpoint: MakeEndpoint, serve: Any) -> None:
    """Is declared a new beginning where the caller can take it, else an error: never glued together."""

    async def script(_: Request, wire: Wire) -> bool:
        first = len(server.requests) == 1
        await wire.head()
        await wire.part(said("return a" if first else "return "))
        if first:
            return False
        await wire.part(said("b - c", "stop"))
        return await wire.end()

    server = await serve(script)
    stream = Router([endpoint(server.url)]).stream(REQUEST, allow_restart=allow)
    if not allow:
        with pytest.raises(EndpointError, match="answered something else"):
            await collect(stream)
        return
    text, restarts, finish = "", 0, None
    async for chunk in stream:
        if chunk.restart:
            text, restarts = "", restarts + 1
        text += chunk.text
        finish = chunk.finish or finish
    assert (text, restarts, finish) == ("return b - c", 1, "stop")


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
        ]
    )
    tasks = [asyncio.create_task(collect(router.stream(REQUEST, deadline_ms=5_000))) for _ in range(8)]
    await until(lambda: len(first.requests) == 8)
    await first.kill()
    for chunks in await asyncio.gather(*tasks):
        assert text_of(chunks) == "good"
    assert router.status()[0].state is State.OPEN


async def test_the_deadline_holds_over_all_tries(endpoint: MakeEndpoint, serve: Any) -> None:
    async def hang(_: Request, wire: Wire) -> bool:
        await wire.left.wait()
        return False

    first, second = await serve(hang), await serve(hang)
    router = Router([endpoint(first.url), endpoint(second.url)])
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(Timeout):
        await collect(router.stream(REQUEST, deadline_ms=150))
    assert loop.time() - started < 3
    assert not second.requests


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


# -- the gate


class Job:
    """A request at a gate that runs until it is let go."""

    def __init__(self, gate: Gate, speculative: bool = False) -> None:
        self.go = asyncio.Event()
        self.running = asyncio.Event()
        self.task = asyncio.create_task(self._run(gate, speculative))

    async def _run(self, gate: Gate, speculative: bool) -> str:
        async with gate.place(speculative=speculative) as place:
            self.running.set()
            await place.next(self._events())
        return "done"

    async def _events(self) -> AsyncIterator[bool]:
        yield await self.go.wait()


async def test_the_newest_of_those_who_wait_is_served() -> None:
    gate = Gate(1, "it")
    first = Job(gate)
    await first.running.wait()
    waiting = [Job(gate)]
    for _ in range(20):
        await until(lambda: gate.waiting == 1)
        waiting.append(Job(gate))
        with pytest.raises(Superseded):
            await waiting[-2].task
    assert gate.running == 1
    first.go.set()
    await waiting[-1].running.wait()
    waiting[-1].go.set()
    assert await waiting[-1].task == "done"
    assert (gate.running, gate.waiting) == (0, 0)


async def test_a_speculative_request_gives_way_to_the_users_own() -> None:
    gate = Gate(1, "it")
    speculative = Job(gate, True)
    await speculative.running.wait()
    own = Job(gate)
    with pytest.raises(Superseded):
        await speculative.task
    await own.running.wait()
    own.go.set()
    assert await own.task == "done"


async def test_a_speculative_request_that_is_not_waiting_gives_way_at_its_next_wait() -> None:
    gate = Gate(1, "it")

    async def two() -> AsyncIterator[int]:
        yield 1
        yield 2

    async with aclosing(two()) as chunks:
        with pytest.raises(Superseded):  # noqa: PT012
            async with gate.place(speculative=True) as place:
                assert await place.next(chunks) == 1
                own = Job(gate)
                await until(lambda: gate.waiting == 1)
                await place.next(chunks)
    own.go.set()
    assert await own.task == "done"


async def test_a_cancellation_is_not_taken_for_giving_way() -> None:
    gate = Gate(1, "it")
    job = Job(gate, True)
    await job.running.wait()
    job.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job.task
    both = Job(gate, True)
    await both.running.wait()
    own = Job(gate)
    await until(lambda: gate.waiting == 1 or own.running.is_set())
    both.task.cancel()  # given way and cancelled at once: the cancellation counts
    with pytest.raises(asyncio.CancelledError):
        await both.task
    own.go.set()
    assert await own.task == "done"


async def test_a_speculative_request_displaces_no_own_one() -> None:
    gate = Gate(1, "it")
    running, waiting = Job(gate), Job(gate)
    await until(lambda: gate.waiting == 1)
    with pytest.raises(Superseded):
        await Job(gate, True).task
    assert gate.waiting == 1
    running.go.set()
    await waiting.running.wait()
    waiting.go.set()
    assert await waiting.task == "done"


async def test_a_cancelled_waiter_leaves_the_queue() -> None:
    gate = Gate(1, "it")
    first, second = Job(gate), Job(gate)
    await until(lambda: gate.waiting == 1)
    second.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second.task
    assert gate.waiting == 0
    third = Job(gate)
    await until(lambda: gate.waiting == 1)
    first.go.set()
    third.go.set()
    assert await third.task == "done"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=30), st.integers(1, 3))
def test_never_more_than_the_limit_and_no_one_is_forgotten(moves: list[tuple[bool, int]], limit: int) -> None:
    """Any order of arrivals, cancellations and ends."""

    async def play() -> None:
        gate = Gate(limit, "it")
        jobs: list[Job] = []
        for speculative, move in moves:
            if move <= 1 or not jobs:
                jobs.append(Job(gate, speculative))
            elif move == 2:
                jobs[len(jobs) // 2].task.cancel()
            else:
                jobs[-1].go.set()
            for _ in range(4):
                await asyncio.sleep(0)
            assert gate.running <= limit
            assert gate.waiting <= 1
            assert gate.running == limit or not gate.waiting
        for job in jobs:
            job.go.set()
        results = await asyncio.gather(*(job.task for job in jobs), return_exceptions=True)
        assert all(
            result == "done" or isinstance(result, Superseded | asyncio.CancelledError) for result in results
        )
        assert (gate.running, gate.waiting) == (0, 0)

    asyncio.run(play())


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


@given(st.lists(st.sampled_from(["ok", "fail", "wait", "ask", "auth", "abandon"]), max_size=60))
def test_a_breaker_always_lets_someone_try_in_the_end(moves: list[str]) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for move in moves:
        if move == "ok":
            breaker.succeeded()
        elif move == "fail":
            breaker.failed(Unreachable("x"))
        elif move == "auth":
            breaker.failed(Unauthorized("x"))
        elif move == "wait":
            clock.now += 3
        elif move == "abandon" or breaker.admits():
            breaker.abandoned()
        assert breaker.seconds_left <= LONGEST_REST
    clock.now += LONGEST_REST
    assert breaker.admits()


async def test_a_deadline_ends_the_wait_for_a_place(endpoint: MakeEndpoint, serve: Any) -> None:
    async def hang(_: Request, wire: Wire) -> bool:
        await wire.left.wait()
        return False

    server = await serve(hang)
    router = Router([endpoint(server.url, timeouts=Timeouts(1_000, 60_000, 60_000))])
    first = asyncio.create_task(collect(router.stream(REQUEST)))
    await until(lambda: bool(server.requests))
    with pytest.raises(Timeout, match="still busy"):
        await collect(router.stream(REQUEST, deadline_ms=50))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
