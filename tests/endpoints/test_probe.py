"""What a probe finds, by the answers of each kind of server, and what it tells where nothing can be found."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from probed_servers import CASES, Answers, probed, replies
from scripted import REQUEST, Request, Wire, collect, said, text_of, until

from dovetail.endpoints import (
    ConfigError,
    ContextOverflow,
    EndpointError,
    HttpPool,
    NoFim,
    NotFound,
    Unauthorized,
    Unreachable,
    discover_local,
)
from dovetail.endpoints._urls import Address


def answers_of(name: str) -> Answers:
    return next(answers for known, answers, *_ in CASES if known == name)


@pytest.mark.parametrize(
    ("_name", "answers", "settings", "expected", "evidence"), CASES, ids=[c[0] for c in CASES]
)
async def test_each_kind_of_server_is_known_by_its_answers(
    _name: str, answers: Answers, settings: Any, expected: Any, evidence: str, serve: Any, pool: HttpPool
) -> None:
    server = await serve(replies(answers))
    one = probed(server.url, pool, **settings)
    probe = await one.probe()
    assert {name: getattr(probe, name) for name in expected} == expected
    assert any(evidence in line for line in probe.evidence), probe.evidence
    asked = len(server.requests)
    assert asked <= 9
    assert await one.probe() is probe  # remembered
    assert len(server.requests) == asked
    assert await one.probe(again=True) == probe
    assert len(server.requests) == 2 * asked


async def test_ray_serve_llm_refuses_at_most_one_request_of_a_probe(serve: Any, pool: HttpPool) -> None:
    """Its operators read refusals in their dashboards; the list of models is asked for first."""
    answers = answers_of("Ray Serve LLM")
    server = await serve(replies(answers))
    await probed(server.url, pool, family="qwen").probe()
    paths = [request.path for request in server.requests]
    assert paths[0] == "/v1/models"
    refused = [
        path for path in paths if path not in answers or path == "/v1/completions"
    ]  # vLLM takes no suffix
    assert len(refused) <= 1, paths


async def test_chat_only_is_said_to_be_slow(serve: Any, pool: HttpPool) -> None:
    server = await serve(replies(CASES[-1][1]))
    assert "slow" in (await probed(server.url, pool).probe()).problems[0]


@pytest.mark.parametrize(
    ("answers", "settings", "problem"),
    [
        ({"/v1/models": "lcp_models", "/v1/completions": {"ok": True}}, {}, "no known server answers"),
        (
            {"/v1/models": {"data": [{"id": "a"}, {"id": "b"}]}},
            {},
            "set model to one of those that are there: a, b",
        ),
        (
            {"/api/version": {"version": "1"}, "/api/tags": {"models": [{"name": "a"}, {"name": "b"}]}},
            {},
            "set model to one of those that are there: a, b",
        ),
        ({"/api/version": {"version": "1"}, "/api/tags": {"models": []}}, {}, "ollama pull"),
        ({"/api/version": {"version": "1"}, "/api/tags": {"models": []}}, {"model": "m"}, "has no model 'm'"),
        (
            {
                "/api/version": {"version": "1"},
                "/api/tags": {"models": [{"name": "llama3.2"}]},
                "/api/show": {"template": "{{ .Prompt }}", "capabilities": ["completion"]},
            },
            {},
            "cannot fill in the middle",
        ),
        ({"/props": "props", "/infill": "err_not_fim_capable_stream"}, {}, "cannot fill in the middle"),
        (
            {"/v1/models": "vllm_models", "/v1/completions": "vllm_completions_suffix"},
            {},
            "its template is not known",
        ),
        (
            {"/v1/models": {"data": [{"id": "new-1"}, {"id": "new-2"}]}},
            {"model": "retired"},
            "there is no model 'retired' at ",
        ),
    ],
)
async def test_what_is_missing_is_said(
    answers: Answers, settings: Any, problem: str, serve: Any, pool: HttpPool
) -> None:
    server = await serve(replies(answers))
    one = probed(server.url, pool, **settings)
    probe = await one.probe()
    assert probe.format is None
    assert problem in probe.problems[0]
    with pytest.raises(NoFim, match=problem[:20]):
        await collect(one.stream(REQUEST))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://codestral.mistral.ai", ("mistral", "codestral-latest")),
        ("https://api.mistral.ai/v1", ("mistral", "codestral-latest")),
        ("https://api.inceptionlabs.ai/v1", ("inception", "mercury-edit-2")),
        ("https://api.deepseek.com/beta", ("completions-suffix", "deepseek-flash")),
    ],
)
async def test_known_hosts_are_known_though_they_list_nothing(
    url: str, expected: tuple[str, str], pool: HttpPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # so that nothing is asked beyond this machine
    probe = await probed(url, pool).probe()
    assert (probe.format, probe.model) == expected
    assert "the host" in probe.evidence[0]


async def test_what_the_user_set_is_taken_as_it_is(serve: Any, pool: HttpPool) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, said("x", "stop"), "text/event-stream")

    server = await serve(script)
    one = probed(server.url, pool, format="completions", family="codellama", context_tokens=1024)
    await collect(one.stream(REQUEST))
    assert len(server.requests) == 1  # nothing was probed
    assert server.requests[0].json["prompt"].startswith("<PRE> ")
    assert one.known is not None
    assert one.known.context_tokens == 1024


async def test_suffix_first_where_the_family_was_trained_for_it(serve: Any, pool: HttpPool) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, said("x", "stop"), "text/event-stream")

    server = await serve(script)
    settings = {"format": "completions", "order": "suffix first"}
    await collect(probed(server.url, pool, family="starcoder2", **settings).stream(REQUEST))
    assert server.requests[0].json["prompt"].startswith("<fim_prefix><fim_suffix>")
    with pytest.raises(ConfigError, match="has no order 'suffix first'"):
        await collect(probed(server.url, pool, family="qwen", **settings).stream(REQUEST))


async def test_a_failed_probe_is_not_remembered(serve: Any, pool: HttpPool) -> None:
    loading = True

    async def script(request: Request, wire: Wire) -> bool:
        answers = {"/props": "loading_props"} if loading else CASES[0][1]
        return bool(await replies(answers)(request, wire))

    server = await serve(script)
    one = probed(server.url, pool)
    with pytest.raises(EndpointError, match="still loading"):
        await one.probe()
    loading = False
    assert (await one.probe()).format == "llama.cpp"


async def test_local_servers_are_found_on_loopback_only(serve: Any, pool: HttpPool) -> None:
    """Told by `doctor`, used by no one: nothing is kept from it."""
    llama = await serve(replies(CASES[0][1]))
    web = await serve(replies({"/": "hello"}))
    found = {one.url: one for one in await discover_local((llama.port, web.port, 1))}
    assert set(found) == {llama.url, web.url}
    assert (
        found[llama.url].message == f"llama.cpp with tiny-fim answers at {llama.url}; to use it, set its url."
    )
    assert llama.requests[0].headers["host"].startswith("127.0.0.1")
    assert "authorization" not in llama.requests[0].headers


async def test_a_server_of_another_kind(serve: Any, pool: HttpPool) -> None:
    server = await serve(replies({}))
    with pytest.raises(NotFound, match=r"it: .* has no such route"):
        await probed(server.url, pool).probe()


async def test_nothing_answers(pool: HttpPool) -> None:
    with pytest.raises(Unreachable, match=r"nothing answers at http://127\.0\.0\.1:1/"):
        await probed("http://127.0.0.1:1", pool).probe()


async def test_a_retired_model_is_one_sentence_with_the_names_that_are_there(
    serve: Any, pool: HttpPool
) -> None:
    """Also where all is set, so that nothing was probed, and where the server speaks of a bad request."""
    listed = {"data": [{"id": "new-1"}, {"id": "new-2"}]}
    for status, reason in ((404, "model not found"), (400, "Model Not Exist")):
        answers = {"/v1/models": listed, "/v1/completions": (status, {"error": {"message": reason}})}
        server = await serve(replies(answers))
        one = probed(server.url, pool, model="retired", family="qwen")
        with pytest.raises(EndpointError) as raised:
            await collect(one.stream(REQUEST))
        assert "there is no model 'retired' at" in str(raised.value)
        assert str(raised.value).endswith("set model to one of those that are there: new-1, new-2.")


async def test_what_changed_at_the_server_is_noticed(serve: Any, pool: HttpPool) -> None:
    """A model without FIM is replaced by one with, then the server by another kind: no restart of ours is needed."""
    answers: Answers = {"/props": "props", "/infill": "err_not_fim_capable_stream"}

    async def script(request: Request, wire: Wire) -> bool:
        return bool(await replies(answers)(request, wire))

    server = await serve(script)
    one = probed(server.url, pool)
    with pytest.raises(NoFim):
        await collect(one.stream(REQUEST))
    answers["/infill"] = {"content": "x", "stop": True}
    assert text_of(await collect(one.stream(REQUEST))) == "x"
    answers.clear()
    answers.update(dict(answers_of("TGI")), **{"/generate_stream": {"token": None, "generated_text": "tgi"}})
    with pytest.raises(NotFound):
        await collect(one.stream(REQUEST))
    assert text_of(await collect(one.stream(REQUEST))) == "tgi"


async def test_an_overflow_teaches_the_limit(serve: Any, pool: HttpPool) -> None:
    server = await serve(replies({"/v1/completions": "vllm_err_ctx_overflow"}))
    one = probed(server.url, pool, format="completions", family="qwen")
    with pytest.raises(ContextOverflow):
        await collect(one.stream(REQUEST))
    assert one.known is not None
    assert one.known.context_tokens == 1024


async def test_a_key_that_is_no_longer_taken_is_asked_for_again(
    serve: Any, pool: HttpPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short-lived keys come from a command or a changed environment."""

    async def script(request: Request, wire: Wire) -> bool:
        if request.headers["authorization"] != "Bearer new-key":
            return await wire.answer(401, {})
        return await wire.answer(200, said("x", "stop"), "text/event-stream")

    monkeypatch.setenv("ROTATING_KEY", "old-key")
    server = await serve(script)
    one = probed(server.url, pool, format="completions", family="qwen", key_env="ROTATING_KEY")
    with pytest.raises(Unauthorized):
        await collect(one.stream(REQUEST))
    monkeypatch.setenv("ROTATING_KEY", "new-key")
    assert text_of(await collect(one.stream(REQUEST))) == "x"


async def test_typing_on_does_not_begin_the_probe_anew(serve: Any, pool: HttpPool) -> None:
    """Each key cancels the request before it; the probe that they all need goes on and is there for the last."""
    go, asked = asyncio.Event(), asyncio.Event()

    async def script(request: Request, wire: Wire) -> bool:
        asked.set()
        await go.wait()
        return bool(
            await replies({"/props": "props", "/infill": {"content": "x", "stop": True}})(request, wire)
        )

    server = await serve(script)
    one = probed(server.url, pool)
    for _ in range(10):
        task = asyncio.create_task(collect(one.stream(REQUEST)))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    go.set()
    assert text_of(await collect(one.stream(REQUEST))) == "x"
    assert [request.path for request in server.requests] == ["/v1/models", "/props", "/infill", "/infill"]


async def test_an_endpoint_that_is_closed_ends_its_probe(serve: Any, pool: HttpPool) -> None:
    left = asyncio.Event()

    async def script(_: Request, wire: Wire) -> bool:
        await wire.left.wait()
        left.set()
        return False

    server = await serve(script)
    one = probed(server.url, pool)
    task = asyncio.create_task(one.probe())
    await until(lambda: bool(server.requests))
    await one.aclose()
    with pytest.raises(asyncio.CancelledError):
        await task
    await left.wait()


@pytest.mark.parametrize(
    "written",
    ["", "/", "/v1", "/v1/", "/models", "/models/", "/completions", "/chat/completions", "/v1/completions"],
)
async def test_the_address_may_be_that_of_any_route(written: str, serve: Any, pool: HttpPool) -> None:
    """Of a server whose routes are all below `/v1`, whether that was written or not."""
    server = await serve(replies({"/v1/models": "vllm_models", "/v1/completions": "vllm_completions_suffix"}))
    one = probed(server.url + written, pool, family="qwen")
    probe = await one.probe()
    assert (probe.format, probe.problems) == ("completions", ())
    assert {"/v1/models", "/v1/completions"} <= {request.path for request in server.requests}


@pytest.mark.parametrize(
    ("url", "route"),
    [
        ("https://api.example.com/completions", "https://api.example.com/completions"),
        ("https://gate.example.com/openai/v1/completions", "https://gate.example.com/openai/v1/completions"),
        ("http://10.0.0.7:8000/models", "http://10.0.0.7:8000/v1/completions"),
        ("http://10.0.0.7:8000/team/completions", "http://10.0.0.7:8000/team/completions"),
        ("http://10.0.0.7:8000/v1/responses", "http://10.0.0.7:8000/v1/completions"),
        ("http://10.0.0.7:8000/v1/chat", "http://10.0.0.7:8000/v1/completions"),
        ("http://10.0.0.7:8000/docs", "http://10.0.0.7:8000/v1/completions"),
        ("http://10.0.0.7:8080/ui", "http://10.0.0.7:8080/v1/completions"),
        ("http://10.0.0.7:8080/#/chat/1", "http://10.0.0.7:8080/v1/completions"),
        ("https://gate.example.com/v1beta/openai", "https://gate.example.com/v1beta/openai/completions"),
        (
            "https://me.openai.example.com/openai/deployments/fim?api-version=2024-10-21",
            "https://me.openai.example.com/openai/deployments/fim/completions?api-version=2024-10-21",
        ),
    ],
)
def test_what_was_written_holds_where_it_says_more_than_a_route(url: str, route: str) -> None:
    assert Address.of(url).route("/v1/completions") == route
