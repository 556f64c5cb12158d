"""A model that is not in memory yet: loaded by a request that no key can cancel."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from scripted import REQUEST, Request, Wire, collect, said, text_of, until

from dovetail.endpoints import Endpoint, _warm
from dovetail.endpoints._errors import Loading
from dovetail.endpoints._types import Probe

MODEL = "qwen2.5-coder:1.5b"


class Ollama:
    """A server that loads its model at the first request, and gives up if that is hung up."""

    def __init__(self) -> None:
        self.loaded = asyncio.Event()
        self.loads: list[dict[str, Any]] = []
        self.given_up = 0
        self.requests: list[str] = []
        self.prompts = 0
        self.status = 200

    async def __call__(self, request: Request, wire: Wire) -> bool:
        self.requests.append(request.path)
        if request.path == "/api/ps":
            names = [{"name": MODEL}] if self.loaded.is_set() else []
            return await wire.answer(body={"models": names})
        body = request.json
        if "prompt" not in body:
            self.loads.append(body)
            if self.status != 200:
                return await wire.answer(self.status, body={"error": "no memory left"})
        else:
            self.prompts += 1
        waits = [asyncio.ensure_future(event.wait()) for event in (self.loaded, wire.left)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if not self.loaded.is_set():
            self.given_up += 1
            return False
        if "prompt" not in body:
            return await wire.answer(body={"done": True, "done_reason": "load"})
        return await wire.answer(
            body='{"response":"a + b","done":true,"done_reason":"stop"}\n', kind="application/x-ndjson"
        )


@pytest.fixture
async def cold(endpoint: Callable[..., Endpoint], serve: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """(server's script, endpoint)"""
    monkeypatch.setattr(_warm, "COLD_S", 0.02)
    monkeypatch.setattr(_warm, "MOMENT_S", 0.01)
    script = Ollama()
    server = await serve(script)
    made = endpoint(server.url, format="ollama", family="auto", model=MODEL, context_tokens=2048)
    return script, made


async def typed_away(script: Ollama, endpoint: Endpoint, seconds: float) -> None:
    """A request that is cancelled so long after the server got it, without an answer, as the next key does it."""
    before = script.prompts
    asked = asyncio.ensure_future(collect(endpoint.stream(REQUEST)))
    await until(lambda: asked.done() or script.prompts > before)
    await asyncio.wait([asked], timeout=seconds)
    asked.cancel()
    await asyncio.wait([asked])
    if not asked.cancelled():
        await asked


async def test_it_is_loaded_before_it_is_asked(cold: Any) -> None:
    """Requests meanwhile are told so at once, and do not disturb."""
    script, endpoint = cold
    await endpoint.warm()
    await until(lambda: bool(script.loads))
    assert script.loads == [{"model": MODEL, "stream": False, "options": {"num_ctx": 2048}}]
    with pytest.raises(Loading, match=f"scripted: the model {MODEL} is being loaded"):
        await collect(endpoint.stream(REQUEST))
    script.loaded.set()
    await until(lambda: not endpoint._warmer._loading)
    assert text_of(await collect(endpoint.stream(REQUEST))) == "a + b"
    assert script.given_up == 0


async def test_what_takes_but_a_moment_is_waited_for(cold: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that had the model all along is not said to be loading."""
    script, endpoint = cold
    monkeypatch.setattr(_warm, "MOMENT_S", 10.0)
    await endpoint.warm()
    await until(lambda: bool(script.loads))
    asked = asyncio.ensure_future(collect(endpoint.stream(REQUEST)))
    await asyncio.sleep(0.02)
    script.loaded.set()
    assert text_of(await asked) == "a + b"


async def test_what_is_loaded_is_left_alone(cold: Any) -> None:
    script, endpoint = cold
    script.loaded.set()
    await endpoint.warm()
    await until(lambda: script.requests == ["/api/ps"])
    assert text_of(await collect(endpoint.stream(REQUEST))) == "a + b"
    assert script.loads == []


async def test_one_that_was_put_away_is_loaded_while_someone_types(cold: Any) -> None:
    """Each key hangs up, which makes Ollama give up; the request that loads is not hung up."""
    script, endpoint = cold
    await typed_away(script, endpoint, 0.05)
    await until(lambda: bool(script.loads) and script.given_up == 1)
    for _ in range(3):
        with suppress(Loading):
            await typed_away(script, endpoint, 0.03)
    assert (script.prompts, script.given_up, len(script.loads)) == (1, 1, 1)
    script.loaded.set()
    await until(lambda: not endpoint._warmer._loading)
    assert text_of(await collect(endpoint.stream(REQUEST))) == "a + b"


async def test_a_slow_server_is_not_asked_to_load_at_each_silent_request(
    cold: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loaded model that reads a long prompt slowly is silent as well: there is a pause between two attempts."""
    script, endpoint = cold
    script.status = 500
    await endpoint.warm()
    warmer = endpoint._warmer
    for _ in range(4):
        await until(lambda: warmer._task is not None and warmer._task.done())
        warmer.silent(endpoint.known, 5.0)
    assert len(script.loads) == 1
    monkeypatch.setattr(_warm, "PAUSE_S", 0.0)
    warmer.silent(endpoint.known, 5.0)
    await until(lambda: len(script.loads) == 2)


async def test_a_key_soon_after_says_nothing_of_the_model(cold: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    script, endpoint = cold
    monkeypatch.setattr(_warm, "COLD_S", 10.0)
    await typed_away(script, endpoint, 0.02)
    await asyncio.sleep(0.05)
    assert script.loads == []


async def test_what_cannot_be_loaded_is_said_by_the_next_request(cold: Any) -> None:
    script, endpoint = cold
    script.status = 500
    await endpoint.warm()
    await until(lambda: bool(script.loads))
    await until(lambda: not endpoint._warmer._loading)
    script.loaded.set()
    assert text_of(await collect(endpoint.stream(REQUEST))) == "a + b"


async def test_waiting_for_a_key_is_no_loading(
    endpoint: Callable[..., Endpoint], serve: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(_warm, "MOMENT_S", 0.01)
    begun = tmp_path / "begun"

    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, said("a + b", "stop"), "text/event-stream")

    server = await serve(script)
    program = f"import time; open({str(begun)!r}, 'w'); time.sleep(1); print('sk-slow-to-come')"
    command = (sys.executable, "-c", program)
    made = endpoint(server.url, format="completions", family="qwen", model="m", key_command=command)
    await made.warm()
    await until(begun.exists)  # the load is under way, as far as its key
    assert text_of(await collect(made.stream(REQUEST))) == "a + b"
    await until(lambda: len(server.requests) == 2)


async def test_closing_ends_it(cold: Any) -> None:
    script, endpoint = cold
    await endpoint.warm()
    await until(lambda: bool(script.loads))
    await endpoint.aclose()
    await until(lambda: script.given_up == 1)


@pytest.mark.parametrize(
    ("url", "probe", "path"),
    [
        ("http://127.0.0.1:1", Probe("ollama", "m", local=True), "/api/generate"),
        ("http://127.0.0.1:1", Probe("completions", "m", server="LM Studio", local=True), "/v1/completions"),
        ("http://127.0.0.1:1", Probe("completions", "m", server="llama.cpp", local=True), None),
        ("http://127.0.0.1:1", Probe("llama.cpp", "m", local=True), None),
        ("http://127.0.0.1:1", Probe(None, "m", local=True), None),
        ("https://far.example", Probe("completions", "m"), None),
    ],
    ids=lambda value: value.server or str(value.format) if isinstance(value, Probe) else None,
)
def test_only_servers_of_this_machine_that_load_on_demand(
    endpoint: Callable[..., Endpoint], url: str, probe: Probe, path: str | None
) -> None:
    body = _warm._question(endpoint(url).channel, probe)
    assert (body and body[0]) == path
