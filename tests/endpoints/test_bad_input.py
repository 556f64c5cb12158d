"""What servers, networks and clocks do wrong: each ends in one plain sentence, soon, without a storm of
retries."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import evolve
from failures import SHORT, failure
from scripted import REQUEST, Request, Wire, collect, said, text_of

from dovetail.endpoints import (
    BadAnswer,
    Broken,
    Endpoint,
    HttpPool,
    Router,
    ServerError,
    Timeout,
    Timeouts,
    Unreachable,
    check_template,
)
from dovetail.endpoints import _http as http_module

MakeEndpoint = Callable[..., Endpoint]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_refused(endpoint: MakeEndpoint) -> None:
    error = await failure(endpoint(f"http://127.0.0.1:{free_port()}"), Unreachable)
    assert "nothing answers at http://127.0.0.1:" in str(error)


async def test_unknown_host(endpoint: MakeEndpoint) -> None:
    error = await failure(endpoint("http://no-such-host.invalid"), Unreachable)
    assert "is not known" in str(error) or "no connection" in str(error)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue refuses instead of letting wait")
async def test_connecting_hangs(endpoint: MakeEndpoint) -> None:
    """A listener whose queue is full lets connecting hang."""
    with socket.socket() as full, socket.socket() as one, socket.socket() as two:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (one, two):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        error = await failure(endpoint(url, timeouts=Timeouts(150, 5_000, 5_000)), Unreachable)
    assert "no connection" in str(error)


async def test_hangs_before_the_answer(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        await wire.left.wait()
        return False

    server = await serve(script)
    error = await failure(endpoint(server.url, timeouts=SHORT), Timeout)
    assert "said nothing in time" in str(error)


async def test_hangs_before_the_first_token(endpoint: MakeEndpoint, serve: Any) -> None:
    """Keep-alives are no tokens."""

    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        while not wire.left.is_set():
            await wire.part(": ping\n\n")
            await asyncio.sleep(0.01)
        return False

    server = await serve(script)
    error = await failure(endpoint(server.url, timeouts=Timeouts(1_000, 1_000, 2_000)), Timeout)
    assert "gave no first token in time" in str(error)


@pytest.mark.parametrize("part", ["one character a time", "an endless stream"])
async def test_never_ends(part: str, endpoint: MakeEndpoint, serve: Any) -> None:
    """Slowly dripping or at full speed: the total deadline ends it."""

    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        while not wire.left.is_set():
            if part == "an endless stream":
                await wire.part(said("x" * 100))
            else:
                await wire.part(said("x"))
                await asyncio.sleep(0.02)
        return False

    server = await serve(script)
    error = await failure(endpoint(server.url, timeouts=SHORT), Timeout)
    assert "did not finish its answer in time" in str(error)


async def test_endless_at_full_speed_is_bounded_in_bytes_too(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        while not wire.left.is_set():
            await wire.part(said("x" * 400_000))
        return False

    server = await serve(script)
    error = await failure(endpoint(server.url, timeouts=Timeouts(1_000, 60_000, 60_000)), BadAnswer)
    assert "sent more than 32 MiB" in str(error)


@pytest.mark.parametrize(
    ("wire_format", "kind"), [("completions", "text/event-stream"), ("ollama", "x/ndjson")]
)
async def test_a_hundred_megabytes_in_one_line(
    wire_format: str, kind: str, endpoint: MakeEndpoint, serve: Any
) -> None:
    sent = 0

    async def script(_: Request, wire: Wire) -> bool:
        nonlocal sent
        await wire.head(200, kind)
        await wire.part("data: ")
        while sent < 100_000_000 and not wire.left.is_set():
            await wire.part(b"x" * 1_000_000)
            sent += 1_000_000
        return False

    server = await serve(script)
    error = await failure(endpoint(server.url, format=wire_format), BadAnswer)
    assert "a line of more than 4096 KiB" in str(error)
    assert sent < 100_000_000


async def test_a_hundred_megabytes_of_error_text(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        await wire.head(500, "text/plain")
        for _ in range(100):
            await wire.part(b"x" * 1_000_000)
        return await wire.end()

    server = await serve(script)
    await failure(endpoint(server.url), ServerError)


@pytest.mark.parametrize("when", ["before the answer", "within the answer"])
@pytest.mark.parametrize("how", ["reset", "close"])
async def test_the_connection_breaks(when: str, how: str, endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        if when == "within the answer":
            await wire.head()
            await wire.part(said("x"))
        if how == "reset":
            wire.reset()
        return False

    server = await serve(script)
    assert "broke" in str(await failure(endpoint(server.url), Broken))


RIGHT = {"return a + ": "b", "return number ": "% 2", "for number in ": "numbers"}


def model_behind(template: str) -> Callable[[Request, Wire], Awaitable[bool]]:
    """A model that fills the holes if it is asked with `template`, and else goes on as a plain language
    model does."""

    async def script(request: Request, wire: Wire) -> bool:
        prompt = request.json["prompt"]
        known = next(hole for hole in RIGHT if hole in prompt)
        if template in prompt:
            text = {"return number ": "%"}.get(known, RIGHT[known])
        else:
            text = "_middle|> 1\n\n\ndef sub(a, b):" if "fim" in prompt else " print(add(1, 2))"
        return await wire.answer(200, said(text, "stop"), "text/event-stream")

    return script


async def test_a_template_that_does_not_fit_is_noticed(endpoint: MakeEndpoint, serve: Any) -> None:
    server = await serve(model_behind("<fim_prefix>"))
    right = await check_template(endpoint(server.url, family="starcoder2"))
    assert right.fits
    assert right.filled == 3
    wrong = await check_template(endpoint(server.url, family="qwen"))
    assert not wrong.fits
    assert "pieces of control tokens" in wrong.message
    assert "set family" in wrong.message
    plain_text = await check_template(endpoint(server.url, family="codellama"))
    assert not plain_text.fits
    assert "repeats what stands behind the hole" in plain_text.message


async def test_the_wall_clock_may_jump(
    endpoint: MakeEndpoint, serve: Any, pool: HttpPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forward or back by years, in the middle of an answer and between two: nothing hangs, nothing is cut
    short."""
    jumped = time.time()
    real = time.time

    async def script(_: Request, wire: Wire) -> bool:
        nonlocal jumped
        await wire.head()
        await wire.part(said("one "))
        jumped += 1e9 if len(server.requests) % 2 else -1e9
        await wire.part(said("two", "stop"))
        return await wire.end()

    server = await serve(script)
    monkeypatch.setattr(time, "time", lambda: jumped + real() * 0)
    router = Router([endpoint(server.url)])
    for _ in range(4):
        assert text_of(await collect(router.stream(REQUEST))) == "one two"


async def test_after_sleep_old_connections_are_not_used(
    endpoint: MakeEndpoint, serve: Any, pool: HttpPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sleep shows as the wall clock running ahead of the monotonic one; what was connected before is
    likely dead."""

    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, said("x", "stop") + "data: [DONE]\n\n", "text/event-stream")

    server = await serve(script)
    one = endpoint(server.url)
    await collect(one.stream(REQUEST))
    await collect(one.stream(REQUEST))
    assert server.connections == 1
    offset = http_module._offset()
    monkeypatch.setattr(http_module, "_offset", lambda: offset + 3600)
    await collect(one.stream(REQUEST))
    await collect(one.stream(REQUEST))
    assert server.connections == 2


async def test_a_connection_that_died_unnoticed_is_replaced(endpoint: MakeEndpoint, serve: Any) -> None:
    """As after a change of network: the request on the old connection fails, the second try gets a new
    one."""

    async def script(request: Request, wire: Wire) -> bool:
        if len(server.requests) == 2:
            wire.reset()
            return False
        return await wire.answer(200, said("x", "stop") + "data: [DONE]\n\n", "text/event-stream")

    server = await serve(script)
    one = endpoint(server.url)
    for _ in range(3):
        assert text_of(await collect(one.stream(REQUEST))) == "x"
    assert len(server.requests) == 4
    assert server.connections == 2


async def test_connections_that_died_together_are_all_replaced(endpoint: MakeEndpoint, serve: Any) -> None:
    """Where one kept connection is dead, the next one mostly is as well."""
    first: set[Any] = set()
    all_there = asyncio.Event()

    async def script(_: Request, wire: Wire) -> bool:
        if all_there.is_set() and wire.writer in first:
            wire.reset()
            return False
        first.add(wire.writer)
        if len(first) == 3:
            all_there.set()
        await all_there.wait()
        return await wire.answer(200, said("x", "stop") + "data: [DONE]\n\n", "text/event-stream")

    server = await serve(script)
    one = endpoint(server.url, max_in_flight=3)
    await asyncio.gather(*(collect(one.stream(REQUEST)) for _ in range(3)))
    assert server.connections == 3
    assert text_of(await collect(one.stream(REQUEST))) == "x"
    assert server.connections == 4


async def test_no_error_is_retried_within_one_request_to_an_endpoint(
    endpoint: MakeEndpoint, serve: Any
) -> None:
    """Retrying is the router's: the endpoint itself sends each request once."""

    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(500, "")

    server = await serve(script)
    await failure(endpoint(server.url), ServerError)
    await failure(endpoint(server.url, timeouts=evolve(SHORT, first_token_ms=5_000)), ServerError)
    assert len(server.requests) == 2
