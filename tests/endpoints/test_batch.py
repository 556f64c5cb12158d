"""When a llama.cpp server's batch is measured, and when not. What it measures: test_real_server.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from scripted import REQUEST, Request, Wire, collect, text_of, until

from dovetail.endpoints import Endpoint, _batch

LONG = evolve(REQUEST, prefix="value = 1\n" * 200)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_batch, "IDLE_S", 0.01)


class Infill:
    """A server that counts as one with this batch would; `hangs` makes it count for ever."""

    def __init__(self, batch: int = 512) -> None:
        self.batch = batch
        self.counts: list[int] = []
        self.left = 0
        self.hangs = False
        self.answer: Any = None

    async def __call__(self, request: Request, wire: Wire) -> bool:
        body = request.json
        if request.path == "/tokenize":
            return await wire.answer(body=self.answer or {"tokens": list(range(len(body["content"]) // 2))})
        if body["n_predict"]:
            return await wire.answer(body='data: {"content":"x","stop":true}\n\n', kind="text/event-stream")
        self.counts.append(len(body["input_suffix"]))
        if self.hangs:
            await wire.left.wait()
            self.left += 1
            return False
        read = min(body["input_suffix"].count("a"), self.batch // 4 - 2)
        return await wire.answer(body=self.answer or {"tokens_evaluated": 24 + read})


@pytest.fixture
async def ask(endpoint: Callable[..., Endpoint], serve: Any) -> Callable[..., Any]:
    async def start(script: Infill, **settings: Any) -> Endpoint:
        server = await serve(script)
        made: Endpoint = endpoint(server.url, format="llama.cpp", family="auto", **settings)
        return made

    return start


def known(endpoint: Endpoint) -> int | None:
    assert endpoint.known is not None
    return endpoint.known.batch_tokens


async def test_after_a_long_prompt_once(ask: Any) -> None:
    script = Infill(2048)
    endpoint = await ask(script)
    await collect(endpoint.stream(LONG))
    await until(lambda: known(endpoint) == 2048)
    assert endpoint.known.chars_per_token == pytest.approx(2, abs=0.01)
    await collect(endpoint.stream(LONG))
    await asyncio.sleep(0.05)
    assert len(script.counts) == 2


async def test_not_for_prompts_that_no_batch_cuts(ask: Any) -> None:
    script = Infill()
    endpoint = await ask(script)
    await collect(endpoint.stream(REQUEST))
    await asyncio.sleep(0.05)
    assert script.counts == []


async def test_what_is_known_is_not_measured(ask: Any) -> None:
    script = Infill()
    endpoint = await ask(script, batch_tokens=1024)
    await collect(endpoint.stream(LONG))
    await until(lambda: endpoint.known.chars_per_token is not None)
    assert script.counts == []
    assert known(endpoint) == 1024


async def test_a_batch_larger_than_any_prompt_of_ours_is_no_limit(ask: Any) -> None:
    script = Infill(1 << 20)
    endpoint = await ask(script)
    await collect(endpoint.stream(LONG))
    await until(lambda: len(script.counts) == 2)
    await until(lambda: endpoint._meter._task.done())  # until the answer is read, too
    await collect(endpoint.stream(LONG))
    await asyncio.sleep(0.05)
    assert len(script.counts) == 2
    assert known(endpoint) is None


async def test_the_users_request_goes_first(ask: Any) -> None:
    """What is being counted is given up, its socket closed, and counted later."""
    script = Infill()
    script.hangs = True
    endpoint = await ask(script)
    await collect(endpoint.stream(LONG))
    await until(lambda: len(script.counts) == 1)
    assert text_of(await collect(endpoint.stream(LONG))) == "x"
    await until(lambda: script.left == 1)
    script.hangs = False
    await until(lambda: known(endpoint) == 512)


@pytest.mark.parametrize("answer", [{"tokens_evaluated": "many"}, {"other": 1}, [3], "no JSON"])
async def test_an_answer_without_a_count_is_no_limit(ask: Any, answer: Any) -> None:
    script = Infill()
    script.answer = answer
    endpoint = await ask(script)
    await collect(endpoint.stream(LONG))
    await until(lambda: len(script.counts) == 2)
    await asyncio.sleep(0.02)
    assert known(endpoint) is None


async def test_not_while_another_request_is_under_way(ask: Any) -> None:
    """One ends, the other is still being read."""
    script = Infill()
    endpoint = await ask(script)
    other = endpoint.stream(LONG)
    await anext(other)
    await collect(endpoint.stream(LONG))
    await asyncio.sleep(0.05)
    assert script.counts == []
    await other.aclose()
    await until(lambda: known(endpoint) == 512)


async def test_a_request_that_outlives_the_endpoint_measures_nothing(ask: Any) -> None:
    script = Infill()
    endpoint = await ask(script)
    stream = endpoint.stream(LONG)
    await anext(stream)
    await endpoint.aclose()
    await stream.aclose()
    await asyncio.sleep(0.05)
    assert script.counts == []


async def test_closing_the_endpoint_ends_it(ask: Any) -> None:
    script = Infill()
    script.hangs = True
    endpoint = await ask(script)
    await collect(endpoint.stream(LONG))
    await until(lambda: len(script.counts) == 1)
    await endpoint.aclose()
    await until(lambda: script.left == 1)
