"""A replica behind one address that hangs: it takes requests and says nothing, not even an error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from scripted import REQUEST, Clock, Request, Wire, collect, good, said, text_of

from dovetail.endpoints import AllDown, Endpoint, Router, State, Timeouts
from dovetail.endpoints._affinity import SILENT_REQUESTS, SILENT_SECONDS, TIMES_USUAL, Affinity
from dovetail.endpoints._errors import Timeout

MakeEndpoint = Callable[..., Endpoint]
HEADER = "x-session-id"
SHORT = Timeouts(1_000, 200, 10_000)


class TwoReplicas:
    """One address: an id that was seen first while the first replica was well leads to it for ever, others to the
    second, and whoever carries none is given to one that answers."""

    def __init__(self) -> None:
        self.hangs = False
        self.first: set[str] = set()
        self.asked: list[str | None] = []
        self.hung = asyncio.Event()
        self.also_second = False

    async def __call__(self, request: Request, wire: Wire) -> bool | None:
        name = request.headers.get(HEADER)
        self.asked.append(name)
        if name is not None and not self.hangs:
            self.first.add(name)
        if self.hangs and (name in self.first or self.also_second):
            self.hung.set()
            await wire.left.wait()
            return None
        return await good(request, wire)


async def given_up(router: Router, replicas: TwoReplicas) -> None:
    """Ask, and leave once the request hangs."""
    replicas.hung.clear()
    asking = asyncio.create_task(collect(router.stream(REQUEST)))
    hung = asyncio.create_task(replicas.hung.wait())
    await asyncio.wait({asking, hung}, return_when=asyncio.FIRST_COMPLETED)
    hung.cancel()
    if not asking.done():
        asking.cancel()
    await asyncio.wait([asking])


async def first_answer(router: Router, replicas: TwoReplicas) -> None:
    """The first request makes the client, which takes a while on a busy machine; both replicas hang from then on."""
    while True:
        with suppress(Timeout):
            await collect(router.stream(REQUEST))
            break
    replicas.asked.clear()
    replicas.hangs = replicas.also_second = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock()


def with_session(endpoint: MakeEndpoint, url: str, clock: Clock, **settings: Any) -> Endpoint:
    one = endpoint(url, session="X-Session-Id", **settings)
    one.channel.affinity = Affinity("X-Session-Id", local=False, clock=clock)
    return one


async def test_requests_that_are_given_up_lead_to_another_replica(
    endpoint: MakeEndpoint, serve: Any, clock: Clock
) -> None:
    replicas = TwoReplicas()

    async def script(request: Request, wire: Wire) -> bool | None:
        clock.now += SILENT_SECONDS / SILENT_REQUESTS if replicas.hangs else 0.01
        return await replicas(request, wire)

    server = await serve(script)
    router = Router([with_session(endpoint, server.url, clock)])
    assert text_of(await collect(router.stream(REQUEST))) == "good"
    old = replicas.asked[0]
    assert old
    replicas.hangs = True
    for _ in range(SILENT_REQUESTS):
        await given_up(router, replicas)
    assert replicas.asked[1:] == [old] * SILENT_REQUESTS
    del replicas.asked[:]
    for _ in range(3):
        assert text_of(await collect(router.stream(REQUEST))) == "good"
    # Without the id at first, then with another, which is kept.
    without, fresh, again = replicas.asked
    assert without is None and fresh not in (None, old) and again == fresh
    assert router.status()[0].state is State.CLOSED


async def test_deadlines_of_one_replica_do_not_call_the_endpoint_offline(
    endpoint: MakeEndpoint, serve: Any, clock: Clock
) -> None:
    """Several requests hang at once, none of them has ever been answered before."""
    replicas = TwoReplicas()
    server = await serve(replicas)
    router = Router([with_session(endpoint, server.url, clock, timeouts=SHORT, max_in_flight=4)])
    replicas.hangs = True
    replicas.first.add(router.endpoints[0].channel.affinity.id)
    failed = await asyncio.gather(
        *(collect(router.stream(REQUEST)) for _ in range(4)), return_exceptions=True
    )
    assert [type(one) for one in failed] == [Timeout] * 4
    assert router.status()[0].state is State.CLOSED
    assert "in time" in router.status()[0].message
    assert text_of(await collect(router.stream(REQUEST))) == "good"
    assert replicas.asked[-1] is None and not router.status()[0].message


async def test_a_server_that_hangs_as_a_whole_is_offline(
    endpoint: MakeEndpoint, serve: Any, clock: Clock
) -> None:
    replicas = TwoReplicas()
    server = await serve(replicas)
    router = Router([with_session(endpoint, server.url, clock, timeouts=SHORT)])
    await first_answer(router, replicas)
    tries = 0
    while router.status()[0].state is State.CLOSED:
        with pytest.raises(Timeout):
            await collect(router.stream(REQUEST))
        tries += 1
    assert tries == 3 and [name is None for name in replicas.asked] == [False, True, True]
    with pytest.raises(AllDown):
        await collect(router.stream(REQUEST))


@pytest.mark.parametrize("session", ["off", "auto"])
async def test_without_a_session_a_deadline_is_the_endpoints(
    session: str, endpoint: MakeEndpoint, serve: Any, clock: Clock
) -> None:
    replicas = TwoReplicas()
    server = await serve(replicas)
    router = Router([endpoint(server.url, session=session, timeouts=SHORT)], clock=clock)
    await first_answer(router, replicas)
    for _ in range(3):
        with pytest.raises(Timeout):
            await collect(router.stream(REQUEST))
    assert router.status()[0].state is State.OPEN
    assert replicas.asked == [None] * 3


async def test_a_head_without_text_is_silence_too(endpoint: MakeEndpoint, serve: Any, clock: Clock) -> None:
    """vLLM and gateways send the head of an answer before anything of it is there."""
    asked: list[str | None] = []

    async def script(request: Request, wire: Wire) -> bool | None:
        asked.append(request.headers.get(HEADER))
        if asked[-1] is None:
            return await wire.answer(200, said("good", "stop"), "text/event-stream")
        await wire.head()
        await wire.left.wait()
        return None

    server = await serve(script)
    router = Router([with_session(endpoint, server.url, clock, timeouts=SHORT)])
    with pytest.raises(Timeout):
        await collect(router.stream(REQUEST))
    assert text_of(await collect(router.stream(REQUEST))) == "good"


def affinity_that_knows(usual_s: float) -> Affinity:
    affinity = Affinity("X-Session-Id", local=False)
    for _ in range(60):
        affinity.spoke(affinity.id, usual_s)
    return affinity


def test_who_types_fast_before_a_slow_replica_keeps_it() -> None:
    """Nothing comes before the next key, but no more slowly than ever."""
    affinity = affinity_that_knows(1.5)
    for _ in range(int(TIMES_USUAL * 1.5 / 0.25) - 1):
        affinity.silent(affinity.id, 0.25)
    assert affinity.headers()
    affinity.silent(affinity.id, 0.5)
    assert not affinity.headers()


def test_a_word_in_between_is_no_silence() -> None:
    affinity = affinity_that_knows(0.1)
    for word in (lambda: affinity.spoke(affinity.id, 0.1), lambda: affinity.answered(429, {})):
        for _ in range(4):
            for _ in range(SILENT_REQUESTS - 1):
                affinity.silent(affinity.id, 10.0)
            word()
    assert affinity.headers()
    # The head of an answer is none: its text may never come.
    for _ in range(SILENT_REQUESTS):
        affinity.answered(200, {})
        affinity.silent(affinity.id, 10.0)
    assert not affinity.headers()


def test_a_new_id_that_leads_to_silence_again_is_left_out_sooner() -> None:
    affinity = affinity_that_knows(0.1)
    affinity.answered(200, {"x-session-token": "cG9k"})
    for _ in range(SILENT_REQUESTS):
        affinity.silent(affinity.id, SILENT_SECONDS)
    assert affinity.headers() == {}
    affinity.spoke("", 0.1)
    fresh = affinity.id
    assert affinity.headers() == {"X-Session-Id": fresh}
    affinity.silent(fresh, SILENT_SECONDS / 2)
    assert affinity.headers() == {}
    affinity.spoke("", 0.1)
    # Once it was answered it is believed like any other.
    affinity.spoke(affinity.id, 0.1)
    affinity.silent(affinity.id, SILENT_SECONDS)
    assert affinity.headers()


def test_what_an_older_request_says_of_an_older_id_is_not_heard() -> None:
    affinity = affinity_that_knows(0.1)
    old = affinity.id
    for _ in range(SILENT_REQUESTS):
        affinity.silent(old, SILENT_SECONDS)
    affinity.spoke("", 0.1)
    for _ in range(SILENT_REQUESTS):
        affinity.silent(old, 10.0, deadline=True)
    assert affinity.headers() == {"X-Session-Id": affinity.id} and affinity.id != old
