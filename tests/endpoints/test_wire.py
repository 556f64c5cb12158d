"""Whole requests and answers over a real socket, each wire format against a server that says what the
recorded ones said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from attrs import evolve
from scripted import REQUEST, Request, Wire, collect, event, said, text_of
from test_decoders import CHAT, INCEPTION, MISTRAL, OLLAMA, RECORDED, TABBY, TGI

from dovetail.endpoints import FORMATS, Endpoint, FimRequest, Timeouts

MakeEndpoint = Callable[..., Endpoint]
FULL = FimRequest(
    "a = ",
    "\nb = 2\n",
    path="m.py",
    files=(("o.py", "ONE = 1\n"),),
    max_tokens=9,
    stop=("\n\n",),
    language="python",
)
PROMPT = (
    "<|file_sep|>o.py\nONE = 1\n<|file_sep|>m.py\n<|fim_prefix|>a = <|fim_suffix|>\nb = 2\n<|fim_middle|>"
)
QWEN_STOP = ["\n\n", "<|endoftext|>", "<|file_sep|>", "<|fim_prefix|>"]


@pytest.mark.parametrize(("wire", "name", "expected", "finish"), RECORDED)
async def test_recorded_answers_byte_by_byte(
    wire: str, name: str, expected: str, finish: str, endpoint: MakeEndpoint, serve: Any
) -> None:
    async def script(_: Request, answer: Wire) -> bool:
        return await answer.replay(name)

    server = await serve(script)
    chunks = await collect(endpoint(server.url, format=wire).stream(REQUEST))
    assert text_of(chunks) == expected
    assert [chunk.finish for chunk in chunks if chunk.finish] == [finish]
    assert {chunk.endpoint for chunk in chunks} == {"scripted"}


SENT: list[tuple[str, str, dict[str, Any], bytes, str]] = [
    (
        "llama.cpp",
        "/infill",
        {
            "input_prefix": "a = ",
            "input_suffix": "\nb = 2\n",
            "input_extra": [{"filename": "o.py", "text": "ONE = 1\n"}],
            "prompt": "",
            "n_predict": 9,
            "temperature": 0.0,
            "stream": True,
            "cache_prompt": True,
        },
        b'data: {"content":"a + b","stop":false}\n\ndata: {"content":"","stop":true,"stop_type":"eos"}\n\n',
        "text/event-stream",
    ),
    (
        "completions",
        "/v1/completions",
        {
            "model": "tiny-fim",
            "prompt": PROMPT,
            "max_tokens": 9,
            "temperature": 0.0,
            "stream": True,
            "stop": QWEN_STOP,
        },
        INCEPTION,
        "text/event-stream",
    ),
    (
        "completions-suffix",
        "/v1/completions",
        {"model": "tiny-fim", "prompt": "a = ", "suffix": "\nb = 2\n", "max_tokens": 9, "stream": True},
        INCEPTION,
        "text/event-stream",
    ),
    (
        "ollama",
        "/api/generate",
        {"model": "tiny-fim", "prompt": "a = ", "suffix": "\nb = 2\n", "stream": True},
        OLLAMA,
        "application/x-ndjson",
    ),
    (
        "ollama-raw",
        "/api/generate",
        {"model": "tiny-fim", "prompt": PROMPT, "raw": True, "stream": True},
        OLLAMA,
        "application/x-ndjson",
    ),
    (
        "mistral",
        "/v1/fim/completions",
        {"model": "tiny-fim", "prompt": "a = ", "suffix": "\nb = 2\n", "max_tokens": 9, "stream": True},
        MISTRAL,
        "text/event-stream",
    ),
    (
        "inception",
        "/v1/fim/completions",
        {"model": "tiny-fim", "prompt": "a = ", "suffix": "\nb = 2\n", "max_tokens": 9, "stream": True},
        INCEPTION,
        "text/event-stream",
    ),
    (
        "tgi",
        "/generate_stream",
        {"inputs": PROMPT, "parameters": {"max_new_tokens": 9, "stop": QWEN_STOP, "return_full_text": False}},
        TGI,
        "text/event-stream",
    ),
    (
        "tabby",
        "/v1/completions",
        {
            "language": "python",
            "segments": {
                "prefix": "a = ",
                "suffix": "\nb = 2\n",
                "filepath": "m.py",
                "declarations": [{"filepath": "o.py", "body": "ONE = 1\n"}],
            },
        },
        TABBY,
        "application/json",
    ),
    (
        "chat",
        "/v1/chat/completions",
        {"model": "tiny-fim", "stream": True, "stop": ["</INSERT>"]},
        CHAT,
        "text/event-stream",
    ),
]


def test_every_wire_format_is_tested() -> None:
    assert {wire for wire, *_ in SENT} == set(FORMATS)


@pytest.mark.parametrize(("wire", "path", "sent", "body", "kind"), SENT)
async def test_what_is_sent_and_how_the_answer_is_read(
    wire: str, path: str, sent: dict[str, Any], body: bytes, kind: str, endpoint: MakeEndpoint, serve: Any
) -> None:
    async def script(_: Request, answer: Wire) -> bool:
        await answer.head(200, kind)
        for number in range(len(body)):
            await answer.part(body[number : number + 1])
        return await answer.end()

    server = await serve(script)
    chunks = await collect(endpoint(server.url, format=wire).stream(FULL))
    assert text_of(chunks) in ("a + b", "a + größe 😀")
    assert chunks[-1].finish == "stop"
    assert server.requests[0].method == "POST"
    assert server.requests[0].path == path
    got = server.requests[0].json
    assert {name: got.get(name) for name in sent} == sent
    assert server.requests[0].headers["content-type"] == "application/json"


async def test_the_chat_prompt_marks_a_hole_that_no_text_holds(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, answer: Wire) -> bool:
        return await answer.answer(200, CHAT, "text/event-stream")

    server = await serve(script)
    await collect(endpoint(server.url, format="chat").stream(FimRequest("x <HOLE> ", " y", path="a.py")))
    system, user = server.requests[0].json["messages"]
    assert "x <HOLE> <HOLE1> y" in user["content"]
    assert "<HOLE1>" in system["content"]


async def test_extra_fields_go_through_and_none_takes_one_out(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, answer: Wire) -> bool:
        return await answer.answer(200, OLLAMA, "application/x-ndjson")

    server = await serve(script)
    extra = {"keep_alive": "30m", "options": {"top_k": 5, "temperature": 0.3}, "stream": True, "suffix": None}
    one = endpoint(server.url, format="ollama", extra=extra, context_tokens=8192, headers={"X-Team": "blue"})
    await collect(one.stream(evolve(FULL, single_line=True)))
    got = server.requests[0].json
    assert got["keep_alive"] == "30m"
    assert got["options"] == {
        "top_k": 5,
        "temperature": 0.3,
        "num_predict": 9,
        "num_ctx": 8192,
        "stop": ["\n", "\n\n", *got["options"]["stop"][2:]],
    }
    assert "suffix" not in got
    assert server.requests[0].headers["x-team"] == "blue"


async def test_the_text_comes_while_the_server_still_writes(endpoint: MakeEndpoint, serve: Any) -> None:
    seen = asyncio.Event()

    async def script(_: Request, answer: Wire) -> bool:
        await answer.head()
        await answer.part(said("one "))
        await seen.wait()  # the client has it before more is written
        await answer.part(said("two", "stop"))
        return await answer.end()

    server = await serve(script)
    texts = []
    async for chunk in endpoint(server.url).stream(REQUEST):
        texts.append(chunk.text)
        seen.set()
    assert texts == ["one ", "two"]


async def test_a_connection_is_used_again(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, answer: Wire) -> bool:
        return await answer.answer(200, said("x", "stop") + "data: [DONE]\n\n", "text/event-stream")

    server = await serve(script)
    one = endpoint(server.url)
    for _ in range(5):
        await collect(one.stream(REQUEST))
    assert len(server.requests) == 5
    assert server.connections == 1


@pytest.mark.parametrize("how", ["close", "cancel", "before the first byte"])
async def test_the_server_sees_the_client_leave(how: str, endpoint: MakeEndpoint, serve: Any) -> None:
    left = asyncio.Event()
    asked = asyncio.Event()

    async def script(_: Request, answer: Wire) -> bool:
        asked.set()
        if how != "before the first byte":
            await answer.head()
            await answer.part(said("x"))
        await answer.left.wait()
        left.set()
        return False

    server = await serve(script)
    stream = endpoint(server.url).stream(REQUEST)
    if how == "close":
        async with aclosing(stream):
            await anext(stream)
    else:
        got = asyncio.Event()

        async def read() -> None:
            async for _ in stream:
                got.set()

        task = asyncio.create_task(read())
        await (asked if how == "before the first byte" else got).wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await left.wait()


async def test_the_socket_is_closed_as_soon_as_a_stop_string_ends_the_answer(
    endpoint: MakeEndpoint, serve: Any
) -> None:
    left = asyncio.Event()

    async def script(_: Request, answer: Wire) -> bool:
        await answer.head()
        await answer.part(said("one <|fim_"))
        await answer.part(said("pad|> more and more"))
        await answer.left.wait()
        left.set()
        return False

    server = await serve(script)
    chunks = await collect(endpoint(server.url).stream(REQUEST))
    assert text_of(chunks) == "one "
    assert chunks[-1].finish == "stop"
    await left.wait()


async def test_a_server_that_never_closes_after_its_end_is_not_waited_for(
    endpoint: MakeEndpoint, serve: Any
) -> None:
    """`/infill` ends without a marker; if the server kept the line open, the text must still end."""

    async def script(_: Request, answer: Wire) -> bool:
        await answer.head()
        await answer.part(event(content="x", stop=False) + event(content="", stop=True, stop_type="eos"))
        await answer.left.wait()
        return False

    server = await serve(script)
    one = endpoint(server.url, format="llama.cpp", timeouts=Timeouts(1_000, 60_000, 60_000))
    assert text_of(await collect(one.stream(REQUEST))) == "x"


@pytest.mark.parametrize(
    ("url", "path", "asked"),
    [
        ("", "/v1/completions", "/v1/completions"),
        ("/", "/v1/completions", "/v1/completions"),
        ("/v1", "/v1/completions", "/v1/completions"),
        ("/v1/", "/v1/completions", "/v1/completions"),
        ("/beta", "/v1/completions", "/beta/completions"),
        ("/openai/v1", "/v1/completions", "/openai/v1/completions"),
        ("/v1/completions", "/v1/completions", "/v1/completions"),
        ("/v1", "/infill", "/infill"),
        ("/team/a", "/infill", "/team/a/infill"),
        ("/v1/fim/completions", "/v1/fim/completions", "/v1/fim/completions"),
    ],
)
def test_the_user_may_write_any_part_of_the_address(
    url: str, path: str, asked: str, endpoint: MakeEndpoint
) -> None:
    assert endpoint("http://127.0.0.1:1" + url).config.address(path) == "http://127.0.0.1:1" + asked


async def test_half_a_surrogate_in_the_users_text_is_no_error(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, answer: Wire) -> bool:
        return await answer.answer(200, said("x", "stop"), "text/event-stream")

    server = await serve(script)
    await collect(endpoint(server.url).stream(FimRequest("a \ud83d b", "c\udc00")))
    assert "a ? b" in server.requests[0].json["prompt"]


@pytest.mark.parametrize(
    ("asked", "setting", "sent", "count"),
    [(None, None, 0.6, 2), (None, 0.2, 0.2, 2), (None, 0.0, 0.0, 1), (0.0, 0.2, 0.0, 1), (0.3, 0.0, 0.3, 2)],
)
async def test_several_candidates_are_not_asked_for_at_temperature_0(
    asked: float | None, setting: float | None, sent: float, count: int, endpoint: MakeEndpoint, serve: Any
) -> None:
    """They would all be the same, and vLLM refuses. What is set is sent, and what the request itself says counts
    more."""

    async def script(_: Request, answer: Wire) -> bool:
        parts = [event(choices=[{"index": n, "text": f"c{n}", "finish_reason": "stop"}]) for n in (1, 0)]
        return await answer.answer(200, "".join(parts) + "data: [DONE]\n\n", "text/event-stream")

    server = await serve(script)
    one = endpoint(server.url, temperature=setting)
    chunks = await collect(one.stream(evolve(FULL, count=2, temperature=asked)))
    assert [text_of(chunks, rank) for rank in range(count)] == ["c0", "c1"][:count]
    assert server.requests[0].json.get("n", 1) == count
    assert server.requests[0].json["temperature"] == sent
    await collect(one.stream(evolve(FULL, temperature=asked)))
    assert server.requests[1].json["temperature"] == ((setting or 0.0) if asked is None else asked)
