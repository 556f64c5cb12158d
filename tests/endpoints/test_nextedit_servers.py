"""Models that predict the next edit: what a server says, what it can do wrong, and how one is found."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from attrs import evolve
from next_request import DATA, REQUEST, WANTED
from scripted import Request, Server, Wire, event, said, until

from dovetail.endpoints import (
    BadAnswer,
    Broken,
    EndpointError,
    HttpPool,
    NoFim,
    Superseded,
    Timeout,
    Timeouts,
)
from dovetail.endpoints.local import LocalServer
from dovetail.endpoints.nextedit import (
    NEXT_FAMILIES,
    NextEditConfig,
    NextEditEndpoint,
    UnfitAnswer,
)


def delta(**more: str) -> str:
    """A message of `/v1/chat/completions`."""
    return event(choices=[{"index": 0, "delta": more, "finish_reason": None}])


CHAT = ("```py", "thon\n" + "\n".join(WANTED[6:13]), "\n```")
RECORDED = {
    "zeta2": [said(part) for part in ("\n".join(WANTED), "\n>>>>>>> UPD", "ATED\n")],
    "zeta2.1": [said(part) for part in ("<|mark", "er_1|>" + "\n".join(WANTED) + "\n", "<|marker_3|>")],
    "sweep": [said("\n".join(WANTED[8:]))],
    "chat": [delta(role="assistant"), *(delta(content=part) for part in CHAT)],
}  # fmt: skip


def _finished(parts: list[str]) -> list[str]:
    return [*parts, said("", "stop"), "data: [DONE]\n\n"]


@pytest.mark.parametrize("name", NEXT_FAMILIES)
async def test_a_recorded_answer_becomes_lines(name: str, serve: Any, next_endpoint: Any) -> None:
    async def script(request: Request, wire: Wire) -> bool:
        if name == "mercury":
            content = "```python\n" + "\n".join(WANTED) + "\n```"
            message = {"role": "assistant", "content": content}
            return await wire.answer(
                body={"id": "e1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
            )
        await wire.head()
        for part in _finished(RECORDED[name]):
            for byte in part.encode():
                await wire.part(bytes([byte]))
        return await wire.end()

    server: Server = await serve(script)
    found = await next_endpoint(server.url, name).ask(REQUEST)
    assert found is not None
    assert found.new == tuple(WANTED[found.first : found.first + len(found.old)])
    (sent,) = server.requests
    body = sent.json
    path = {"mercury": "/v1/edit/completions", "chat": "/v1/chat/completions"}.get(name, "/v1/completions")
    assert sent.path == path
    assert body["temperature"] == 0
    assert body["max_tokens"] == NEXT_FAMILIES[name].max_tokens
    assert body.get("stop", []) == list(NEXT_FAMILIES[name].stop)[:4]
    if name == "mercury":
        assert [message["role"] for message in body["messages"]] == ["user"]
        assert body["stream"] is False


MALFORMED: list[tuple[str, str, Any, type[Exception]]] = [
    ("a web page", "text/html", "<html>", BadAnswer),
    ("no JSON", "text/event-stream", "data: {\n\n", BadAnswer),
    ("JSON of another kind", "application/json", "[1, 2]", BadAnswer),
    ("text that is no text", "text/event-stream", event(choices=[{"text": {"a": 1}}]), BadAnswer),
    ("an end in the middle", "text/event-stream", said("abc"), Broken),
    (
        "an error within",
        "text/event-stream",
        'data: {"error": {"message": "out of memory"}}\n\n',
        EndpointError,
    ),
    ("cut off at its longest", "text/event-stream", said("abc", "length"), UnfitAnswer),
]


@pytest.mark.parametrize(("what", "kind", "body", "error"), MALFORMED, ids=[one[0] for one in MALFORMED])
async def test_a_malformed_answer_is_one_sentence(
    what: str, kind: str, body: str, error: type[Exception], serve: Any, next_endpoint: Any
) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(body=body, kind=kind)

    server = await serve(script)
    with pytest.raises(error) as caught:
        await next_endpoint(server.url, "zeta2").ask(REQUEST)
    assert "\n" not in str(caught.value)


async def test_a_server_that_says_nothing_is_not_waited_for(serve: Any, next_endpoint: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        await wire.left.wait()
        return False

    server = await serve(script)
    with pytest.raises(Timeout):
        await next_endpoint(server.url, "sweep", timeouts=Timeouts(500, 200, 400)).ask(REQUEST)


async def test_an_endpoint_that_fails_is_left_alone(serve: Any, next_endpoint: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(401, {"error": {"message": "no such key"}})

    server: Server = await serve(script)
    endpoint = next_endpoint(server.url, "zeta2")
    for _ in range(3):
        with pytest.raises(EndpointError):
            await endpoint.ask(REQUEST)
    assert len(server.requests) == 1
    assert "key" in endpoint.trouble


async def test_cancelling_hangs_up(serve: Any, next_endpoint: Any) -> None:
    gone = asyncio.Event()

    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part(said("imp"))
        await wire.left.wait()
        gone.set()
        return False

    server: Server = await serve(script)
    task = asyncio.create_task(next_endpoint(server.url, "zeta2").ask(REQUEST))
    await until(lambda: bool(server.requests))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(gone.wait(), 5)


async def test_what_nobody_waits_for_gives_way(serve: Any, next_endpoint: Any) -> None:
    """One request at a time on this machine: the user's own ends the speculative one and is answered."""

    async def script(_: Request, wire: Wire) -> bool:
        if len(server.requests) == 1:
            await wire.left.wait()
            return False
        await wire.head()
        for part in _finished(RECORDED["sweep"]):
            await wire.part(part)
        return await wire.end()

    server: Server = await serve(script)
    endpoint = next_endpoint(server.url, "sweep")
    first = asyncio.create_task(endpoint.ask(REQUEST))
    await until(lambda: bool(server.requests))
    assert (await endpoint.ask(REQUEST, speculative=False)) is not None
    with pytest.raises(Superseded):
        await first


@pytest.mark.parametrize("case", DATA["probed"], ids=lambda case: case["what"])
async def test_a_family_is_found_by_asking(case: dict[str, Any], serve: Any, pool: HttpPool) -> None:
    async def script(request: Request, wire: Wire) -> bool:
        found = case["routes"].get(request.path)
        return await wire.answer(200 if found else 404, found or {"error": "none"})

    server: Server = await serve(script)
    endpoint = NextEditEndpoint(NextEditConfig(name="next", url=server.url), pool)
    if case["found"] is None:
        with pytest.raises(NoFim) as caught:
            await endpoint.probe()
        assert "set next." in str(caught.value)
    else:
        probe = await endpoint.probe()
        assert [probe.family, probe.format, probe.model] == case["found"]
        assert probe.evidence


async def test_inception_is_known_by_its_host(pool: HttpPool) -> None:
    config = NextEditConfig(name="next", url="https://api.inceptionlabs.ai")
    probe = await NextEditEndpoint(config, pool).probe()
    assert (probe.family, probe.format, probe.model) == ("mercury", "edit", "mercury-edit-2")


async def test_ollama_is_asked_raw(serve: Any, next_endpoint: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        await wire.head(kind="application/x-ndjson")
        await wire.part(json.dumps({"response": "\n".join(WANTED), "done": False}) + "\n")
        await wire.part(json.dumps({"response": "", "done": True, "done_reason": "stop"}) + "\n")
        return await wire.end()

    server: Server = await serve(script)
    assert await next_endpoint(server.url, "zeta2", format="ollama").ask(REQUEST) is not None
    (sent,) = server.requests
    assert sent.path == "/api/generate"
    assert sent.json["raw"] is True
    assert sent.json["options"]["stop"] == list(NEXT_FAMILIES["zeta2"].stop)


async def test_the_real_server_streams_and_is_left_when_cancelled(llama: LocalServer, pool: HttpPool) -> None:
    """llama.cpp with a model of noise: its answer is no window, and a question that is cancelled frees its slot."""
    config = NextEditConfig(
        name="next", url=llama.config.url, key=llama.config.key, family="sweep", format="completions", model="noise",
        max_tokens=8, temperature=1.0,
    )  # fmt: skip
    endpoint = NextEditEndpoint(config, pool)
    with pytest.raises(UnfitAnswer, match="cut off"):
        await endpoint.ask(REQUEST)
    long = NextEditEndpoint(evolve(config, max_tokens=3_000), pool)
    task = asyncio.create_task(long.ask(REQUEST))
    channel = long._channel

    async def slots() -> list[Any]:
        reply = await channel.ask("GET", config.address("/slots"), ms=2_000)
        return list(reply.document.value)

    while not any(slot["is_processing"] for slot in await slots()):
        pass
    task.cancel()
    await asyncio.wait([task])
    while any(slot["is_processing"] for slot in found) if (found := await slots()) else True:
        pass
    assert any(slot["next_token"][0]["has_next_token"] for slot in found if "next_token" in slot)
