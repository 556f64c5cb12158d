"""Answers that are none: statuses, errors as real servers word them, text that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from failures import failure
from scripted import REQUEST, Request, Wire, capture, collect, said, text_of

from dovetail.endpoints import (
    BadAnswer,
    BadRequest,
    Broken,
    ContextOverflow,
    Endpoint,
    EndpointError,
    Loading,
    NoFim,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
    Unreachable,
)

MakeEndpoint = Callable[..., Endpoint]


async def test_what_is_no_http(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        await wire.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        return False

    server = await serve(script)
    await failure(endpoint(server.url), Broken)


STATUSES: list[tuple[int, Any, type[EndpointError], str]] = [
    (
        400,
        {"error": {"message": "bad sampler"}},
        BadRequest,
        "refused the request with status 400: bad sampler",
    ),
    (
        401,
        {"error": {"message": "Invalid API Key"}},
        Unauthorized,
        "wants a key (401): Invalid API Key; set keyEnv",
    ),
    (403, "forbidden", Unauthorized, "wants a key (403): forbidden; set keyEnv"),
    (402, {}, RateLimited, "no credit"),
    (404, {"detail": "Not Found"}, NotFound, "no such route or no model 'tiny-fim'"),
    (405, "", NotFound, "no such route"),
    (413, "", ContextOverflow, "longer than the model's context"),
    (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, BadRequest, "status 422"),
    (429, {"error": {"message": "slow down"}}, RateLimited, "too many requests"),
    (500, "Internal Server Error", ServerError, "failed with status 500: Internal Server Error"),
    (501, {"error": {"message": "Infill is not supported"}}, NoFim, "cannot fill in the middle"),
    (500, "<html><h1>Oops</h1>", ServerError, "failed with status 500: it sent a web page"),
    (502, "<html><h1>Bad Gateway</h1>", ServerError, "gets no answer from the server (502, a web page); is"),
    (524, "<!DOCTYPE html><title>A timeout occurred</title>", ServerError, "a gateway before"),
    (403, "<!DOCTYPE html><title>Just a moment...</title>", Unauthorized, "a gateway before"),
    (
        403,
        {"error": {"message": "no access", "code": "model_not_found"}},
        NotFound,
        "has no model 'tiny-fim'",
    ),
    (410, {"error": {"message": "The model `x` is deprecated"}}, NotFound, "has no model 'tiny-fim' (410)"),
    (
        429,
        {"error": {"message": "x", "code": "insufficient_quota"}},
        RateLimited,
        "no credit left (429): x; add",
    ),
    (429, {"error": {"message": "Please try again in 20s."}}, RateLimited, "asked again in 20 s"),
    (
        402,
        {"error": {"message": "Insufficient Balance"}},
        RateLimited,
        "Insufficient Balance; add some there",
    ),
    (407, "", Unreachable, "the proxy before"),
    (408, "", ServerError, "failed with status 408"),
    (511, "<html>", Unreachable, "this network wants a log-in"),
    (400, "Client sent an HTTP request to an HTTPS server.", BadRequest, "speaks https only"),
    (302, "", NotFound, "sends on to another address (evil.example)"),
    (
        422,
        {"message": {"detail": [{"loc": ["body", "a", 0], "msg": "Extra inputs are not permitted"}]}},
        BadRequest,
        "status 422: a.0: Extra inputs are not permitted; check",
    ),
    (503, "", ServerError, "failed with status 503"),
    (529, "", ServerError, "failed with status 529"),
    (301, "", NotFound, "sends on to another address"),
    (204, "", BadRequest, "status 204"),
]


@pytest.mark.parametrize(("status", "body", "kind", "message"), STATUSES)
async def test_statuses(
    status: int, body: Any, kind: type[EndpointError], message: str, endpoint: MakeEndpoint, serve: Any
) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        raw = body if isinstance(body, str) else json.dumps(body)
        length = "" if status == 204 else f"Content-Length: {len(raw)}\r\n"
        await wire.send(
            f"HTTP/1.1 {status} X\r\n{length}Location: http://evil.example/\r\n\r\n{raw}".encode()
        )
        return True

    server = await serve(script)
    assert message in str(await failure(endpoint(server.url), kind))


RECORDED_ERRORS: list[tuple[str, type[EndpointError], str]] = [
    ("err_unauthorized", Unauthorized, "Invalid API Key"),
    ("err_not_found", NotFound, "no such route"),
    ("err_not_fim_capable_stream", NoFim, "Infill is not supported by this model"),
    ("loading_infill", Loading, "still loading"),
    ("err_ctx_overflow_v1_stream", ContextOverflow, "of 2048 tokens"),
    ("vllm_err_ctx_overflow", ContextOverflow, "of 1024 tokens"),
    ("lcp_err_ctx_overflow", ContextOverflow, "of 1024 tokens"),
    ("vllm_err_max_tokens_over", ContextOverflow, "of 1024 tokens"),
    ("vllm_err_unknown_model", NotFound, "does not exist"),
    ("vllm_completions_suffix", NoFim, "suffix is only supported"),
    ("lcp_infill_404", NotFound, "no such route"),
]


@pytest.mark.parametrize(("name", "kind", "message"), RECORDED_ERRORS)
async def test_recorded_errors_of_real_servers(
    name: str, kind: type[EndpointError], message: str, endpoint: MakeEndpoint, serve: Any
) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.replay(name)

    server = await serve(script)
    assert capture(name)["response"]["status"] >= 400
    assert message in str(await failure(endpoint(server.url), kind))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", "<!doctype html><title>Sign in</title>"),
        ("application/json", "<html>"),
        ("application/json", "{"),
        ("application/json", '{"object": "list", "data": []}'),
        ("text/event-stream", "data: {oops\n\n"),
        ("text/event-stream", "data: 3\n\n"),
        ("application/json", "null"),
    ],
)
async def test_what_is_no_answer(kind: str, body: str, endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, body, kind)

    server = await serve(script)
    await failure(endpoint(server.url), BadAnswer)


async def test_half_a_character_at_a_chunks_end(endpoint: MakeEndpoint, serve: Any) -> None:
    """Cut in the bytes it is whole again; cut by the server's tokenizer it is the replacement character."""

    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        for byte in 'data: {"choices":[{"index":0,"text":"é漢😀"}]}\n\n'.encode():
            await wire.part(bytes([byte]))
        await wire.part(b'data: {"choices":[{"index":0,"text":"\xe6\xbc","finish_reason":"stop"}]}\n\n')
        return await wire.end()

    server = await serve(script)
    assert text_of(await collect(endpoint(server.url).stream(REQUEST))) == "é漢😀\ufffd"


async def test_control_tokens_in_the_answer_end_it(endpoint: MakeEndpoint, serve: Any) -> None:
    """They never reach the caller, wherever they stand and however they arrive."""

    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        for character in "return a<|file_sep|>other.py":
            await wire.part(said(character))
        await wire.part(said("", "stop"))
        return await wire.end()

    server = await serve(script)
    chunks = await collect(endpoint(server.url).stream(REQUEST))
    assert text_of(chunks) == "return a"
