"""How many run at once and who waits; when an endpoint rests and who may try it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import until

from dovetail.endpoints import State, Superseded, Unauthorized, Unreachable
from dovetail.endpoints._breaker import LONGEST_COOL_DOWN, CircuitBreaker, Ticket
from dovetail.endpoints._limiter import Limiter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Job:
    """A request at a limiter that runs until it is let go."""

    def __init__(self, limiter: Limiter, speculative: bool = False) -> None:
        self.go = asyncio.Event()
        self.running = asyncio.Event()
        self.task = asyncio.create_task(self._run(limiter, speculative))

    async def _run(self, limiter: Limiter, speculative: bool) -> str:
        async with limiter.slot(speculative=speculative) as slot:
            self.running.set()
            await slot.next(self._events())
        return "done"

    async def _events(self) -> AsyncIterator[bool]:
        yield await self.go.wait()


async def test_the_newest_of_those_who_wait_is_served() -> None:
    limiter = Limiter(1, "it")
    first = Job(limiter)
    await first.running.wait()
    waiting = [Job(limiter)]
    for _ in range(20):
        await until(lambda: limiter.waiting == 1)
        waiting.append(Job(limiter))
        with pytest.raises(Superseded):
            await waiting[-2].task
    assert limiter.running == 1
    first.go.set()
    await waiting[-1].running.wait()
    waiting[-1].go.set()
    assert await waiting[-1].task == "done"
    assert (limiter.running, limiter.waiting) == (0, 0)


async def test_a_speculative_request_gives_way_to_the_users_own() -> None:
    limiter = Limiter(1, "it")
    speculative = Job(limiter, True)
    await speculative.running.wait()
    own = Job(limiter)
    with pytest.raises(Superseded):
        await speculative.task
    await own.running.wait()
    own.go.set()
    assert await own.task == "done"


async def test_a_speculative_request_that_is_not_waiting_gives_way_at_its_next_wait() -> None:
    limiter = Limiter(1, "it")

    async def two() -> AsyncIterator[int]:
        yield 1
        yield 2

    async with aclosing(two()) as chunks:
        with pytest.raises(Superseded):  # noqa: PT012
            async with limiter.slot(speculative=True) as slot:
                assert await slot.next(chunks) == 1
                own = Job(limiter)
                await until(lambda: limiter.waiting == 1)
                await slot.next(chunks)
    own.go.set()
    assert await own.task == "done"


async def test_a_cancellation_is_not_taken_for_giving_way() -> None:
    limiter = Limiter(1, "it")
    job = Job(limiter, True)
    await job.running.wait()
    job.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job.task
    both = Job(limiter, True)
    await both.running.wait()
    own = Job(limiter)
    await until(lambda: limiter.waiting == 1 or own.running.is_set())
    both.task.cancel()  # given way and cancelled at once: the cancellation counts
    with pytest.raises(asyncio.CancelledError):
        await both.task
    own.go.set()
    assert await own.task == "done"


async def test_a_speculative_request_displaces_no_own_one() -> None:
    limiter = Limiter(1, "it")
    running, waiting = Job(limiter), Job(limiter)
    await until(lambda: limiter.waiting == 1)
    with pytest.raises(Superseded):
        await Job(limiter, True).task
    assert limiter.waiting == 1
    running.go.set()
    await waiting.running.wait()
    waiting.go.set()
    assert await waiting.task == "done"


async def test_a_cancelled_waiter_leaves_the_queue() -> None:
    limiter = Limiter(1, "it")
    first, second = Job(limiter), Job(limiter)
    await until(lambda: limiter.waiting == 1)
    second.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second.task
    assert limiter.waiting == 0
    third = Job(limiter)
    await until(lambda: limiter.waiting == 1)
    first.go.set()
    third.go.set()
    assert await third.task == "done"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=30), st.integers(1, 3))
def test_never_more_than_the_limit_and_no_one_is_forgotten(moves: list[tuple[bool, int]], limit: int) -> None:
    """Any order of arrivals, cancellations and ends."""

    async def play() -> None:
        limiter = Limiter(limit, "it")
        jobs: list[Job] = []
        for speculative, move in moves:
            if move <= 1 or not jobs:
                jobs.append(Job(limiter, speculative))
            elif move == 2:
                jobs[len(jobs) // 2].task.cancel()
            else:
                jobs[-1].go.set()
            for _ in range(4):
                await asyncio.sleep(0)
            assert limiter.running <= limit
            assert limiter.waiting <= 1
            assert limiter.running == limit or not limiter.waiting
        for job in jobs:
            job.go.set()
        results = await asyncio.gather(*(job.task for job in jobs), return_exceptions=True)
        assert all(
            result == "done" or isinstance(result, Superseded | asyncio.CancelledError) for result in results
        )
        assert (limiter.running, limiter.waiting) == (0, 0)

    asyncio.run(play())


async def test_who_comes_between_the_end_of_one_and_the_waiters_turn_waits() -> None:
    """The place is handed over, not left free until the waiter runs."""
    limiter = Limiter(1, "it")
    most = 0

    async def run() -> None:
        nonlocal most
        async with limiter.slot():
            most = max(most, limiter.running)
            await asyncio.sleep(0)

    async def newcomer_in_the_same_turn() -> None:
        async with limiter.slot():
            await until(lambda: limiter.waiting == 1)
        with suppress(Superseded):
            await run()

    await asyncio.gather(newcomer_in_the_same_turn(), run())
    assert most == 1
    assert (limiter.running, limiter.waiting) == (0, 0)


async def test_a_waiter_that_is_cancelled_when_its_turn_has_come_passes_it_on() -> None:
    limiter = Limiter(1, "it")
    first, second = Job(limiter), Job(limiter)
    await until(lambda: limiter.waiting == 1)
    first.go.set()
    await first.task
    second.task.cancel()  # it holds the slot already, and has not run since
    with pytest.raises(asyncio.CancelledError):
        await second.task
    third = Job(limiter)
    await third.running.wait()
    third.go.set()
    assert await third.task == "done"


@given(
    st.lists(st.tuples(st.sampled_from(["ask", "ok", "fail", "auth", "abandon", "wait"]), st.integers(0, 4)))
)
def test_a_breaker_has_one_trial_and_always_lets_someone_try_in_the_end(moves: list[tuple[str, int]]) -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock)
    pending: list[Ticket] = []
    trial: Ticket | None = None
    for move, which in moves:
        if move == "wait":
            clock.now += which
        elif move == "ask":
            state = breaker.state
            ticket = breaker.admit()
            if state is State.HALF_OPEN and ticket is not None:
                assert trial is None or trial not in pending, "a second trial beside the first"
                trial = ticket
            if ticket is not None:
                pending.append(ticket)
        elif pending:
            ticket = pending.pop(which % len(pending))
            if move == "ok":
                ticket.succeeded()
                trial = None
            elif move == "fail":
                ticket.failed(Unreachable("x"))
            elif move == "auth":
                ticket.failed(Unauthorized("x"))
            else:
                ticket.abandoned()
        assert breaker.seconds_left <= LONGEST_COOL_DOWN
    for ticket in pending:
        ticket.abandoned()
    clock.now += LONGEST_COOL_DOWN
    assert breaker.admit() is not None


def test_an_older_request_that_ends_lets_no_second_trial_in() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock)
    older = [ticket for _ in range(2) if (ticket := breaker.admit())]
    for _ in range(3):
        breaker.admit().failed(Unreachable("x"))  # type: ignore[union-attr]
    clock.now += 3
    trial = breaker.admit()
    assert trial is not None
    older[0].abandoned()
    older[1].failed(Unreachable("x"))
    assert breaker.admit() is None
    trial.failed(Unreachable("x"))
    assert breaker.state is State.OPEN
    trial.succeeded()  # its first word counts
    assert breaker.state is State.OPEN
