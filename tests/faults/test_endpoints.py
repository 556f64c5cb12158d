"""Endpoints that lie, stutter or say more than they should: one sentence each time, never a traceback or a hang."""

# ruff: noqa: F811 (fixtures are imported by their names)

from __future__ import annotations

import gzip
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "endpoints"))

from fixtures import MakeEndpoint, endpoint, pool, serve  # noqa: F401
from scripted import REQUEST, Request, Wire, collect, said, text_of

from dovetail.endpoints import (
    BadAnswer,
    ConfigError,
    Endpoint,
    EndpointConfig,
    EndpointError,
    HttpPool,
    Router,
    State,
    Timeouts,
)
from dovetail.endpoints._document import Document
from dovetail.endpoints._probe import find
from dovetail.endpoints._retry_after import retry_after
from dovetail.endpoints.formats import EventMessages

WRONG: list[Any] = [
    None, True, 0, -1, 1e400, "", "8192", "x" * 5000, [], [1], [{}], {}, {"a": 1}, [None, {"id": 7}], 10**30,
]  # fmt: skip
PROPS = {
    "default_generation_settings": {"n_ctx": 4096},
    "total_slots": 1,
    "model_path": "/m/qwen2.5-coder.gguf",
    "model_alias": "a",
    "build_info": "b1",
    "role": "model",
}
OLLAMA = {
    "/api/version": {"version": "0.40"},
    "/api/tags": {"models": [{"name": "qwen2.5-coder"}]},
    "/api/ps": {"models": [{"name": "qwen2.5-coder", "context_length": 4096}]},
    "/api/show": {
        "template": "{{ .Suffix }}",
        "capabilities": ["insert"],
        "model_info": {"q.context_length": 32768},
    },
}
OPENAI = {
    "/v1/models": {
        "data": [{"id": "qwen2.5-coder", "owned_by": "vllm", "max_model_len": 4096, "meta": {"n_ctx": 1}}]
    },
    "/v1/completions": {"choices": [{"text": "x"}], "usage": {"prompt_tokens": 90}},
}
TABBY = {"/v1/health": {"device": "cpu", "version": {}, "model": "m"}}
TGI = {"/info": {"model_id": "qwen2.5-coder", "max_total_tokens": 4096, "max_input_tokens": 1}}


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a JSON document."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(document, dict):
        inner = list(document.items())
    elif isinstance(document, list):
        inner = list(enumerate(document))
    return [path, *(one for key, value in inner for one in places(value, (*path, key)))]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = json.loads(json.dumps(document))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


SHAPES = [
    (kind, route, path)
    for kind, answers in (
        ("llama.cpp", {"/props": PROPS, "/infill": {"content": ""}, **{"/v1/models": OPENAI["/v1/models"]}}),
        ("Ollama", OLLAMA),
        ("OpenAI", OPENAI),
        ("Tabby", TABBY),
        ("TGI", TGI),
    )
    for route, document in answers.items()
    for path in places(document)
]
ANSWERS = {
    "llama.cpp": {"/props": PROPS, "/infill": {"content": ""}, "/v1/models": OPENAI["/v1/models"]},
    "Ollama": OLLAMA,
    "OpenAI": OPENAI,
    "Tabby": TABBY,
    "TGI": TGI,
}


@pytest.mark.parametrize("kind", sorted(ANSWERS))
async def test_any_wrong_value_in_any_answer_to_a_probe(kind: str, serve: Any, pool: HttpPool) -> None:
    """Each value of each answer is replaced by each of the wrong ones: a probe or a sentence comes of it."""
    answers = dict(ANSWERS[kind])

    async def script(request: Request, wire: Wire) -> bool:
        path = request.path
        if path not in answers:
            return await wire.answer(404, {"error": {"message": "no such route"}})
        body = json.dumps(answers[path]).replace("Infinity", "1e400")
        return await wire.answer(200, body)

    server = await serve(script)
    config = EndpointConfig(name="it", url=server.url, timeouts=Timeouts(1_000, 5_000, 10_000))
    wrong = 0
    for _, route, path in [shape for shape in SHAPES if shape[0] == kind]:
        for value in WRONG:
            answers[route] = replaced(ANSWERS[kind][route], path, value)
            one = Endpoint(config, pool)
            with suppress(EndpointError):
                probe = await one.probe()
                assert probe.format is not None or probe.problems
                assert probe.context_tokens is None or 0 < probe.context_tokens < 1 << 41
            wrong += 1
        answers[route] = ANSWERS[kind][route]
    assert wrong > 30
    assert (await Endpoint(config, pool).probe()).format is not None  # as it is, it is known


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=4) | st.integers(), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)), max_leaves=8))  # fmt: skip
def test_a_document_reads_as_empty_where_it_is_another(value: Any) -> None:
    document = Document(value)
    assert isinstance(document.text(), str) and isinstance(document.raw(), str)
    count = document.count()
    assert count is None or 0 < count < 1 << 41
    assert isinstance(document.items(), list) and isinstance(document.fields(), list)
    document.at("a", "b").has("c")


@pytest.mark.parametrize(("open_", "close"), [(b'{"a":', b"}"), (b"[", b"]")])
async def test_json_nested_too_deeply(open_: bytes, close: bytes, endpoint: MakeEndpoint, serve: Any) -> None:
    body = b'data: {"x":' + open_ * 100_000 + b"1" + close * 100_000 + b"}\n\n"

    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, body, "text/event-stream")

    server = await serve(script)
    with pytest.raises(BadAnswer, match="nested too deeply"):
        await collect(endpoint(server.url).stream(REQUEST))
    probe = await endpoint(server.url, format="auto").probe()
    assert "no known server" in probe.problems[0]


def test_an_event_of_many_lines_costs_time_in_proportion_to_them() -> None:
    def seconds(lines: int) -> float:
        data = b"data: 1234\n" * lines
        begun = time.process_time()
        assert not list(EventMessages().feed(data))
        return time.process_time() - begun

    small = min(seconds(10_000) for _ in range(3))
    assert min(seconds(80_000) for _ in range(3)) < 40 * max(small, 0.001)  # quadratic: 64 times and more


def test_what_stands_before_a_wrong_message_is_not_lost() -> None:
    events = EventMessages().feed(b'data: {"a": 1}\n\ndata: {"b": 2}\n\ndata: oops\n\n')
    assert [next(events), next(events)] == [{"a": 1}, {"b": 2}]
    with pytest.raises(BadAnswer):
        next(events)


@pytest.mark.parametrize("reason", ["", "null", None])
async def test_a_finish_reason_that_is_none(reason: str | None, endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(
            200, said("a", reason) + said(" + b", reason) + said("", "stop"), "text/event-stream"
        )

    server = await serve(script)
    assert text_of(await collect(endpoint(server.url).stream(REQUEST))) == "a + b"


@pytest.mark.parametrize(
    "odd", [{"id": "x", "choices": None}, {"usage": {"prompt_tokens": 5}}, {"choices": []}]
)
@pytest.mark.parametrize("first", [True, False])
async def test_a_chunk_without_choices(odd: Any, first: bool, endpoint: MakeEndpoint, serve: Any) -> None:
    message = f"data: {json.dumps(odd)}\n\n"

    async def script(_: Request, wire: Wire) -> bool:
        text = said("a + b") + said("", "stop")
        return await wire.answer(200, message + text if first else text + message, "text/event-stream")

    server = await serve(script)
    assert text_of(await collect(endpoint(server.url).stream(REQUEST))) == "a + b"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "NaN", "infinity", "٣"])
@pytest.mark.parametrize("name", ["retry-after", "retry-after-ms"])
def test_a_retry_after_that_is_no_time(name: str, value: str) -> None:
    seconds = retry_after({name: value})
    assert seconds is None or 0 <= seconds <= 300


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP, identity"])
async def test_a_compressed_answer_is_refused_before_it_is_unpacked(
    encoding: str, endpoint: MakeEndpoint, serve: Any
) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    async def script(request: Request, wire: Wire) -> bool:
        assert request.headers["accept-encoding"] == "identity"
        return await wire.answer(200, bomb, "text/event-stream", Content_Encoding=encoding)

    server = await serve(script)
    with pytest.raises(BadAnswer, match=r"scripted: .*compressed answer"):
        await collect(endpoint(server.url, headers={"accept-encoding": "gzip"}).stream(REQUEST))


async def test_cookies_are_not_kept(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(
            200, said("x", "stop"), "text/event-stream", Set_Cookie="id=you; Path=/; Max-Age=9999"
        )

    server = await serve(script)
    one = endpoint(server.url)
    for _ in range(3):
        await collect(one.stream(REQUEST))
    assert not any("cookie" in request.headers for request in server.requests)


@pytest.mark.parametrize("char", ["\u200b", "\u00a0", "é", "\x07", "\n", "🔑", "\ufeff"])
async def test_a_key_that_cannot_be_sent(
    char: str, endpoint: MakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", f"sk-abc{char}defghijkl")
    with pytest.raises(ConfigError) as caught:
        await collect(endpoint("http://127.0.0.1:1", key_env="MY_KEY").stream(REQUEST))
    text = str(caught.value)
    assert "the key in the environment variable MY_KEY" in text and f"U+{ord(char):04X}, the 7th" in text
    assert "sk-abc" not in text


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hunter2@host",
        "http://user:hunter2@host:99999",
        "http://:hunter2@host/v1?x=1",
        "user:hunter2@host",
        "ftp://user:hunter2@host",
        "http://user:hun/ter2@host",
    ],
)
def test_a_password_in_a_url_is_in_no_message_and_no_name(url: str) -> None:
    from dovetail.endpoints import host_of

    name = host_of(url)
    with pytest.raises(ConfigError) as caught:
        EndpointConfig(name=name, url=url)
    assert "hunter2" not in f"{name} {caught.value} {caught.value!r}"


async def test_a_gateway_that_refuses_the_key_on_routes_that_it_does_not_have(
    serve: Any, pool: HttpPool
) -> None:
    async def script(request: Request, wire: Wire) -> bool:
        if request.path == "/v1/models":
            return await wire.answer(200, {"data": [{"id": "qwen2.5-coder-7b"}]})
        if request.path == "/v1/completions":
            return await wire.answer(200, {"choices": [{"text": "x"}], "usage": {"prompt_tokens": 4}})
        return await wire.answer(403, {"message": "Missing Authentication Token"})

    server = await serve(script)
    config = EndpointConfig(name="it", url=server.url)
    assert (await Endpoint(config, pool).probe()).format == "completions"


async def test_a_key_that_is_refused_everywhere_is_said(serve: Any, pool: HttpPool) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(401, {"error": "no"})

    server = await serve(script)
    one = Endpoint(EndpointConfig(name="it", url=server.url), pool)
    with pytest.raises(EndpointError, match=r"it: .* wants a key \(401\)"):
        await find(one.channel, one.config)


async def test_a_request_from_before_lets_no_second_trial_through(endpoint: MakeEndpoint, serve: Any) -> None:
    """The breaker opens while an older answer is under way; when that is left, only the trial is at the server."""
    now = 0.0
    fail, trials = False, 0

    async def script(_: Request, wire: Wire) -> bool:
        nonlocal trials
        if fail:
            return await wire.answer(500, {"error": "x"})
        if trials:
            trials += 1
        await wire.head()
        await wire.part(said("x"))
        await wire.left.wait()
        return False

    server = await serve(script)
    router = Router([endpoint(server.url, max_in_flight=8)], clock=lambda: now)
    older = router.stream(REQUEST)
    await anext(older)
    fail = True
    for _ in range(3):
        with pytest.raises(EndpointError):
            await collect(router.stream(REQUEST))
    fail, trials, now = False, 1, 3.0
    trial = router.stream(REQUEST)
    await anext(trial)
    assert router.status()[0].state is State.HALF_OPEN
    await older.aclose()  # it had text, so the endpoint is up again; what had none would tell nothing
    assert router.status()[0].state is State.CLOSED
    await trial.aclose()
    assert trials == 2
