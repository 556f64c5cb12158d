"""The gateway in this process, before a scripted engine: what reaches the engine, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgi import Client
from gateways import fine
from scripted import Request, Wire, until
from team.gateway import LARGEST_BODY


async def test_each_path_goes_through_with_the_engines_key_and_nothing_of_the_callers(gateway: Any) -> None:
    app, engine = await gateway(fine)
    said = {
        "Authorization": "Bearer mine",
        "Cookie": "c",
        "X-Session-Id": "s",
        "X-Own": "1",
        "Content-Type": "a/b",
    }
    for method, path in (
        ("POST", "/infill"),
        ("GET", "/v1/models?all=1"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/"),
    ):
        client = await Client(app, path, method, b'{"a": 1}', said).whole()
        assert client.status == 200
        assert client.json == {"content": "x"}
        assert client.answer_headers["x-request-id"] == "7"
        assert "set-cookie" not in client.answer_headers
        sent = engine.requests[-1]
        assert (sent.method, sent.path, sent.body) == (method, path, b'{"a": 1}')
        assert sent.headers["authorization"] == "Bearer engine-key"
        assert sent.headers["content-type"] == "a/b"
        assert not {"cookie", "x-session-id", "x-own"} & sent.headers.keys()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/slots"),
        ("GET", "/slots/"),
        ("GET", "//slots?model=x"),
        ("GET", "/./slots"),
        ("GET", "/Slots"),
        ("POST", "/slots/0?action=erase"),
        ("POST", "/slots/0?action=save"),
        ("POST", "/props"),
        ("POST", "/lora-adapters"),
        ("POST", "/models/unload"),
    ],
)
async def test_what_others_ask_is_told_to_nobody_and_nobody_changes_the_engine(
    gateway: Any, method: str, path: str
) -> None:
    """llama.cpp shows the prompt of each slot at `/slots` where `LLAMA_SERVER_SLOTS_DEBUG` is set."""
    app, engine = await gateway(fine)
    client = await Client(app, path, method, b"{}").whole()
    assert client.status == 403 and "not passed on" in client.json["error"]["message"]
    assert not engine.requests
    assert (await Client(app, "/props", "GET", b"").whole()).status == 200


def by_message(client: Client, _: asyncio.Task[Client]) -> None:
    client.left.set()


def by_the_tasks_end(_: Client, under_way: asyncio.Task[Client]) -> None:
    under_way.cancel()


@pytest.mark.parametrize("leave", [by_message, by_the_tasks_end])
async def test_an_answer_is_passed_on_as_it_comes_and_hanging_up_reaches_the_engine(
    gateway: Any, leave: Callable[[Client, asyncio.Task[Client]], None]
) -> None:
    left = asyncio.Event()

    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part("data: 1\n\n")
        await wire.left.wait()
        left.set()
        return False

    app, _ = await gateway(script)
    client = Client(app, "/infill")
    under_way = client.start()
    await until(lambda: bool(client.parts))
    assert not left.is_set()
    leave(client, under_way)
    await asyncio.wait([under_way])
    await left.wait()
    assert app.counts["cancelled_total"] == 1
    assert (await app.numbers())["running"] == 0


async def test_the_first_part_comes_at_once_and_what_follows_quickly_comes_together(gateway: Any) -> None:
    goes_on = asyncio.Event()
    tokens = [f"data: {number}\n\n" for number in range(400)]

    async def quick(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part(tokens[0])
        await goes_on.wait()
        for token in tokens[1:]:
            await wire.part(token)
        return await wire.end()

    app, _ = await gateway(quick)
    client = Client(app, "/infill")
    under_way = client.start()
    await until(lambda: bool(client.parts))
    assert client.parts == [tokens[0].encode()]
    goes_on.set()
    await under_way
    assert client.ended
    assert b"".join(client.parts).decode() == "".join(tokens)
    assert len(client.parts) < len(tokens) / 4


async def test_an_answer_that_is_whole_waits_for_nothing(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is passed on when it comes, and not when the time for gathering is over."""
    monkeypatch.setattr("team.gateway.GATHER_S", 3600.0)

    async def short(_: Request, wire: Wire) -> bool:
        await wire.head()
        for token in ("data: 1\n\n", "data: 2\n\n", "data: 3\n\n"):
            await wire.part(token)
        return await wire.end()

    app, _ = await gateway(short)
    client = await asyncio.wait_for(Client(app, "/infill").whole(), 30)
    assert client.ended
    assert b"".join(client.parts) == b"data: 1\n\ndata: 2\n\ndata: 3\n\n"


async def test_hanging_up_while_parts_are_gathered_reaches_the_engine(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("team.gateway.GATHER_S", 3600.0)
    hung_up = asyncio.Event()

    async def slow(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part("data: 1\n\n")
        await wire.left.wait()
        hung_up.set()
        return False

    app, _ = await gateway(slow)
    client = Client(app, "/infill")
    under_way = client.start()
    await until(lambda: bool(client.parts))
    client.left.set()
    await asyncio.wait_for(hung_up.wait(), 30)
    await under_way
    assert (await app.numbers())["running"] == 0


async def test_hanging_up_before_the_first_byte_frees_the_turn_too(gateway: Any) -> None:
    asked = asyncio.Event()

    async def silent(_: Request, wire: Wire) -> bool:
        asked.set()
        await wire.left.wait()
        return False

    app, _ = await gateway(silent, slots=1)
    client = Client(app, "/infill")
    under_way = client.start()
    await asked.wait()
    client.left.set()
    await under_way
    assert app._admission.running == 0


async def test_too_large_a_body_is_refused(gateway: Any) -> None:
    app, engine = await gateway(fine)
    assert (await Client(app, "/infill", body=b"x" * (LARGEST_BODY + 1)).whole()).status == 413
    assert not engine.requests
