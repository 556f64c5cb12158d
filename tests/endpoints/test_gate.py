"""How many run at once and who waits; when an endpoint rests and who may try it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import until

from dovetail.endpoints import Superseded, Unauthorized, Unreachable
from dovetail.endpoints._breaker import LONGEST_REST, Breaker
from dovetail.endpoints._gate import Gate


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


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
