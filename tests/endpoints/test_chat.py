"""Chat by the `openai` package: streamed, cancelled, refused, cut, and what it sends."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Mapping
from contextlib import aclosing
from time import sleep
from typing import Any

import pytest
from scripted import Request, Wire, event

from dovetail.endpoints import (
    BadAnswer,
    BadRequest,
    Broken,
    ContextOverflow,
    EndpointError,
    HttpPool,
    NotFound,
    RateLimited,
    Secret,
    ServerError,
    Timeout,
    Timeouts,
    Unauthorized,
    Unreachable,
)
from dovetail.endpoints.chat import ChatChunk, ChatConfig, stream_chat
from dovetail.endpoints.local import LocalServer

MESSAGES: list[Mapping[str, Any]] = [{"role": "user", "content": "hi"}]
Chat = Callable[..., ChatConfig]


@pytest.fixture
def chat() -> Chat:
    def make(url: str, **settings: Any) -> ChatConfig:
        timeouts = settings.pop("timeouts", Timeouts(1_000, 5_000, 10_000))
        return ChatConfig(**({"name": "talk", "url": url, "model": "m", "timeouts": timeouts} | settings))

    return make


async def collected(config: ChatConfig, **options: Any) -> list[ChatChunk]:
    return [chunk async for chunk in stream_chat(config, MESSAGES, **options)]


def text_of(chunks: list[ChatChunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def delta(text: str, finish: str | None = None) -> str:
    return event(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": finish}])


USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "prompt_tokens_details": {"cached_tokens": 16},
}


async def hello(_: Request, wire: Wire) -> bool:
    body = (
        delta("hel") + delta("lo") + delta("", "stop") + event(choices=[], usage=USAGE) + "data: [DONE]\n\n"
    )
    return await wire.answer(200, body, "text/event-stream")


async def test_what_is_imported_first_takes_none_of_the_servers_time(
    chat: Chat, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = importlib.import_module

    def slowly(name: str) -> Any:
        if importlib.import_module is slowly:
            monkeypatch.setattr(importlib, "import_module", load)
            sleep(2)
        return load(name)

    monkeypatch.setattr(importlib, "import_module", slowly)
    server = await serve(hello)
    timeouts = Timeouts(1_500, 1_500, 1_500)
    assert text_of(await collected(chat(server.url, timeouts=timeouts))) == "hello"
    assert importlib.import_module is load


@pytest.mark.parametrize("path", ["", "/v1", "/v1/", "/v1/chat/completions"])
async def test_the_answer_streams_and_is_counted(path: str, chat: Chat, serve: Any) -> None:
    server = await serve(hello)
    chunks = await collected(chat(server.url + path), prediction="hello", max_tokens=50, stop=["END"])
    assert text_of(chunks) == "hello"
    assert [chunk.finish for chunk in chunks if chunk.finish] == ["stop"]
    assert chunks[-1] == ChatChunk("", None, chunks[0].usage)  # the counts come alone, after the end
    usage = chunks[-1].usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens) == (20, 9, 16)
    request = server.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.json == {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "max_tokens": 50,
        "stop": ["END"],
        "prediction": {"type": "content", "content": "hello"},
    }


async def test_nothing_is_sent_unasked(chat: Chat, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, organisation, project or address of another provider's environment, nothing about this
    machine."""
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_ORG_ID",
        "OPENAI_PROJECT_ID",
        "OPENAI_ADMIN_KEY",
        "OPENAI_WEBHOOK_SECRET",
    ):
        monkeypatch.setenv(name, "not-for-you")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Spy: not-for-you")
    server = await serve(hello)
    await collected(chat(server.url, headers={"X-Team": "blue"}, extra={"top_k": 3}))
    headers = server.requests[0].headers
    assert set(headers) == {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "user-agent",
        "x-team",
    }
    assert headers["user-agent"] == "dovetail"
    assert "not-for-you" not in json.dumps(headers)
    assert server.requests[0].json["top_k"] == 3


async def test_the_key_is_sent(chat: Chat, serve: Any) -> None:
    server = await serve(hello)
    await collected(chat(server.url, key=Secret("sk-chat-key")))
    assert server.requests[0].headers["authorization"] == "Bearer sk-chat-key"


@pytest.mark.parametrize("names", [True, False])
async def test_a_refused_prediction_is_dropped_and_remembered(names: bool, chat: Chat, serve: Any) -> None:
    async def script(request: Request, wire: Wire) -> bool:
        if "prediction" in request.json:
            message = "Unrecognized request argument: prediction" if names else "invalid request"
            return await wire.answer(400, {"error": {"message": message}})
        return await hello(request, wire)

    server = await serve(script)
    first = await collected(chat(server.url), prediction="hello")
    assert text_of(first) == "hello"
    assert ["prediction" in request.json for request in server.requests] == [True, False]
    await collected(chat(server.url), prediction="hello")
    assert len(server.requests) == 3
    await collected(chat(server.url, model="other"), prediction="hello")
    assert len(server.requests) == 5  # another model is asked for itself


async def test_a_400_for_another_reason_is_not_blamed_on_the_prediction(chat: Chat, serve: Any) -> None:
    refuse = True

    async def script(request: Request, wire: Wire) -> bool:
        if refuse:
            return await wire.answer(400, {"error": {"message": "no such role"}})
        return await hello(request, wire)

    server = await serve(script)
    with pytest.raises(BadRequest, match=r"talk: .* refused the request with status 400: no such role"):
        await collected(chat(server.url), prediction="x")
    assert len(server.requests) == 3
    refuse = False
    await collected(chat(server.url), prediction="x")
    assert "prediction" in server.requests[-1].json


@pytest.mark.parametrize("how", ["close", "cancel"])
async def test_leaving_closes_the_socket(how: str, chat: Chat, serve: Any) -> None:
    left, got = asyncio.Event(), asyncio.Event()

    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part(delta("x"))
        await wire.left.wait()
        left.set()
        return False

    server = await serve(script)
    stream = stream_chat(chat(server.url), MESSAGES)
    if how == "close":
        async with aclosing(stream):
            await anext(stream)
    else:

        async def read() -> None:
            async for _ in stream:
                got.set()

        task = asyncio.create_task(read())
        await got.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await left.wait()


@pytest.mark.parametrize(
    ("status", "kind", "asked"),
    [
        (401, Unauthorized, 1),
        (403, Unauthorized, 1),
        (404, NotFound, 1),
        (429, RateLimited, 1),
        (500, ServerError, 2),
        (503, ServerError, 2),
    ],
)
async def test_statuses(status: int, kind: type[EndpointError], asked: int, chat: Chat, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(status, {"error": {"message": "no"}})

    server = await serve(script)
    with pytest.raises(kind) as caught:
        await collected(chat(server.url))
    assert str(caught.value).startswith("talk: ")
    assert "\n" not in str(caught.value)
    assert len(server.requests) == asked


async def test_overflow_is_said_with_the_limit(chat: Chat, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.replay("err_ctx_overflow_v1_stream")

    server = await serve(script)
    with pytest.raises(ContextOverflow, match="of 2048 tokens"):
        await collected(chat(server.url), prediction="x")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("text/html", "<html>", BadAnswer),
        ("text/event-stream", "data: {oops\n\n", BadAnswer),
        ("text/event-stream", "data: 3\n\n", BadAnswer),
        ("text/event-stream", event(choices=[{"delta": {"content": 4}}]), BadAnswer),
        ("text/event-stream", event(error={"message": "engine died"}), ServerError),
        ("text/event-stream", delta("cut off"), Broken),
        ("text/event-stream", "", Broken),
        ("application/json", "nonsense", BadAnswer),
    ],
)
async def test_what_is_no_whole_answer(
    kind: str, body: str, error: type[Exception], chat: Chat, serve: Any
) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, body, kind)

    server = await serve(script)
    with pytest.raises(error, match=r"talk: http://127"):
        await collected(chat(server.url))
    assert len(server.requests) <= 2


async def test_a_hundred_megabytes_in_one_line(chat: Chat, serve: Any) -> None:
    sent = 0

    async def script(_: Request, wire: Wire) -> bool:
        nonlocal sent
        await wire.head()
        while sent < 100_000_000 and not wire.left.is_set():
            await wire.part(b"data: " if not sent else b"x" * 1_000_000)
            sent += 1_000_000
        return False

    server = await serve(script)
    with pytest.raises(BadAnswer, match="a line of more than"):
        await collected(chat(server.url))
    assert sent < 100_000_000


async def test_an_answer_that_is_not_streamed_is_taken_too(chat: Chat, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.replay("v1_chat_completions")

    server = await serve(script)
    assert text_of(await collected(chat(server.url))) == "::::::"


@pytest.mark.parametrize("when", ["before", "after the head", "within"])
async def test_deadlines(when: str, chat: Chat, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        if when != "before":
            await wire.head()
        if when == "within":
            await wire.part(delta("x"))
        await wire.left.wait()
        return False

    server = await serve(script)
    with pytest.raises(Timeout, match=r"talk: .* in time\."):
        await collected(chat(server.url, timeouts=Timeouts(500, 200, 400)))


async def test_refused(chat: Chat) -> None:
    with pytest.raises(
        Unreachable, match=r"talk: nothing answers at http://127\.0\.0\.1:1/v1/chat/completions"
    ):
        await collected(chat("http://127.0.0.1:1"))


async def test_byte_by_byte(chat: Chat, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.replay("v1_chat_completions_stream")

    server = await serve(script)
    chunks = await collected(chat(server.url))
    assert text_of(chunks) == "::::"
    assert "length" in {chunk.finish for chunk in chunks}


async def test_the_connection_is_shared(chat: Chat, serve: Any, pool: HttpPool) -> None:
    server = await serve(hello)
    for _ in range(3):
        await collected(chat(server.url), http=pool)
    assert server.connections == 1


async def test_the_real_server_streams_and_is_cancelled(llama: LocalServer, pool: HttpPool) -> None:
    config = ChatConfig(name="talk", url=llama.config.url, model="noise", key=llama.config.key)
    chunks = [
        chunk async for chunk in stream_chat(config, MESSAGES, max_tokens=8, prediction="abc", http=pool)
    ]
    assert len(text_of(chunks)) == 8
    assert chunks[-1].usage.completion_tokens == 8
    async with aclosing(stream_chat(config, MESSAGES, max_tokens=4000, http=pool)) as stream:
        await anext(stream)
    wrong = ChatConfig(name="talk", url=llama.config.url, model="noise", key=Secret("wrong-key"))
    with pytest.raises(Unauthorized):
        await collected(wrong, http=pool)
