"""Bytes to chunks, without a network: recorded answers cut at any byte, and what servers get wrong."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from scripted import REQUEST, content_type, recorded_body

from dovetail.endpoints import FORMATS, BadAnswer, Broken, Chunk, ServerError
from dovetail.endpoints.formats import Ask, Decoder
from dovetail.endpoints.formats._framing import MAX_LINE, EventMessages, LineMessages

ASK = Ask(request=REQUEST, model="tiny-fim", temperature=0.0, stop=())


def decode(
    wire: str, body: bytes, kind: str = "text/event-stream", cuts: Any = (), ask: Ask = ASK
) -> list[Chunk]:
    decoder = Decoder(FORMATS[wire], ask, kind)
    edges = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    chunks = []
    for start, end in pairwise(edges):
        chunks += decoder.feed(body[start:end])
    return [*chunks, *decoder.close()]


def text(chunks: list[Chunk], candidate: int = 0) -> str:
    return "".join(chunk.text for chunk in chunks if chunk.candidate == candidate)


def last(chunks: list[Chunk]) -> Chunk:
    return next(chunk for chunk in reversed(chunks) if chunk.finish)


CUTS = st.lists(st.integers(0, 100_000), max_size=60)
RECORDED = [
    ("llama.cpp", "infill_stream", "(r" * 8, "length"),
    ("llama.cpp", "infill_stream_progress", "(r" * 3, "length"),
    ("llama.cpp", "infill_full", "dir" * 12, "length"),
    ("llama.cpp", "infill_nprobs", "(r(r", "length"),
    ("completions", "v1_completions_stream", "arning" * 6, "length"),
    ("completions", "v1_completions_stream_usage", "arning" * 4, "length"),
    ("completions", "vllm_completions_stream", "import os\nimport", "length"),
    ("completions", "vllm_completions_stream_usage", "import os\n", "length"),
    ("completions-suffix", "lcp_completions_suffix_stream", "(code" * 3, "length"),
    ("completions-suffix", "lcp_completions_suffix", "(code" * 4, "length"),
    ("completions", "v1_completions_logprobs", "arning" * 3, "length"),
    ("completions", "lcp_completions_logprobs", "arning" * 2, "length"),
]


@pytest.mark.parametrize(("wire", "name", "expected", "finish"), RECORDED)
@given(cuts=CUTS)
def test_recorded_answers_of_real_servers_are_read_however_they_are_cut(
    wire: str, name: str, expected: str, finish: str, cuts: list[int]
) -> None:
    chunks = decode(wire, recorded_body(name), content_type(name), cuts)
    assert text(chunks) == expected
    assert last(chunks).finish == finish
    assert sum(1 for chunk in chunks if chunk.finish) == 1


def test_every_byte_alone() -> None:
    """The worst cut of all: each byte by itself, in all three framings."""
    for wire, name, expected, _ in RECORDED:
        body = recorded_body(name)
        assert text(decode(wire, body, content_type(name), range(len(body)))) == expected


def test_tokens_are_counted_where_the_server_tells() -> None:
    infill = last(decode("llama.cpp", recorded_body("infill_stream")))
    assert (infill.prompt_tokens, infill.cached_tokens, infill.completion_tokens) == (80, 0, 8)
    llama = last(decode("completions", recorded_body("v1_completions_stream")))
    assert (llama.prompt_tokens, llama.cached_tokens, llama.completion_tokens) == (71, 70, 6)
    vllm = decode("completions", recorded_body("vllm_completions_stream_usage"))
    assert vllm[-1].prompt_tokens == 7
    assert vllm[-1].completion_tokens == 3


@pytest.mark.parametrize(
    ("wire", "name", "total"),
    [
        ("llama.cpp", "infill_nprobs", -13.1564),
        ("completions", "vllm_completions_logprobs", -1.90701),
        ("completions", "lcp_completions_logprobs", -13.3026),
    ],
)
def test_log_probabilities_are_summed_in_either_spelling(wire: str, name: str, total: float) -> None:
    chunks = decode(wire, recorded_body(name), "application/json")
    assert sum(chunk.logprob or 0 for chunk in chunks) == pytest.approx(total, abs=1e-3)


def test_several_candidates_are_told_apart() -> None:
    several = evolve(ASK, request=evolve(REQUEST, count=2))
    chunks = decode("llama.cpp", recorded_body("infill_n2"), "application/json", ask=several)
    assert text(chunks, 0) == "_so Parameter pre operation"
    assert text(chunks, 1) == "_headers_py actually parent"
    chunks = decode("completions", recorded_body("v1_completions_n2"), "application/json", ask=several)
    assert text(chunks, 0) == "raftOPsign add"
    assert text(chunks, 1) == "------------_setending True"


# Formats of which no recording could be made, written after their servers' own documents.
OLLAMA = b"".join(
    json.dumps(line, ensure_ascii=False).encode() + b"\n"
    for line in (
        {"model": "m", "response": "a + ", "done": False},
        {"model": "m", "response": "größe 😀", "done": False},
        {
            "model": "m",
            "response": "",
            "done": True,
            "done_reason": "stop",
            "prompt_eval_count": 26,
            "eval_count": 4,
        },
    )
)
MISTRAL = (
    b'data: {"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":"a"},'
    b'"finish_reason":null}]}\n\n'
    b'data: {"id":"1","choices":[{"index":0,"delta":{"content":" + b"},"finish_reason":null}]}\n\n'
    b'data: {"id":"1","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}\n\ndata: [DONE]\n\n'
)
INCEPTION = (
    b'data: {"choices":[{"index":0,"text":"a + b","finish_reason":null}]}\n\n'
    b'data: {"choices":[{"index":0,"text":"","finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
TGI = (
    b'data:{"index":1,"token":{"id":1,"text":"a +","logprob":-0.5,"special":false},"generated_text":null,'
    b'"details":null}\n\n'
    b'data:{"index":2,"token":{"id":2,"text":" b","logprob":-0.25,"special":false},"generated_text":null,'
    b'"details":null}\n\n'
    b'data:{"index":3,"token":{"id":0,"text":"<|endoftext|>","logprob":-0.1,"special":true},'
    b'"generated_text":"a + b","details":{"finish_reason":"eos_token","generated_tokens":3}}\n\n'
)
TABBY = b'{"id":"cmpl-1","choices":[{"index":0,"text":"a + b"}]}'
CHAT = (
    "".join(
        "data: "
        + json.dumps({"choices": [{"index": 0, "delta": {"content": part}, "finish_reason": None}]})
        + "\n\n"
        for part in ("Sure! <INS", "ERT>a", " + b\n", "</IN", "SERT> That", " adds.")
    ).encode()
    + b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
WRITTEN = [
    ("ollama", OLLAMA, "application/x-ndjson", "a + größe 😀"),
    ("ollama-raw", OLLAMA, "application/x-ndjson", "a + größe 😀"),
    ("mistral", MISTRAL, "text/event-stream", "a + b"),
    ("inception", INCEPTION, "text/event-stream", "a + b"),
    ("tgi", TGI, "text/event-stream", "a + b"),
    ("tabby", TABBY, "application/json", "a + b"),
    ("chat", CHAT, "text/event-stream", "a + b"),
]


@pytest.mark.parametrize(("wire", "body", "kind", "expected"), WRITTEN)
@given(cuts=CUTS)
def test_the_other_formats_are_read_however_they_are_cut(
    wire: str, body: bytes, kind: str, expected: str, cuts: list[int]
) -> None:
    chunks = decode(wire, body, kind, cuts)
    assert text(chunks) == expected
    assert last(chunks).finish == "stop"


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r", b"\n"])
@pytest.mark.parametrize("data", [b"data: ", b"data:"])
@given(cuts=CUTS)
def test_events_may_end_in_any_way_and_hold_comments(end: bytes, data: bytes, cuts: list[int]) -> None:
    """LF, CR LF, CR, no blank line at all; with and without the space; keep-alives and unknown fields
    between."""
    message = '{"choices":[{"index":0,"text":"é漢😀","finish_reason":null}]}'.encode()
    final = b'{"choices":[{"index":0,"text":"!","finish_reason":"stop"}]}'
    body = b"\xef\xbb\xbf: ping" + end + b"id: 7" + end + data + message + end + b":" + end
    body += b"retry: 10" + end + data + final + end + data + b"[DONE]" + end
    assert text(decode("completions", body, cuts=cuts)) == "é漢😀!"


def test_an_event_of_several_lines_is_one_message() -> None:
    body = b'data: {"choices": [\ndata: {"index": 0, "text": "x",\ndata:  "finish_reason": "stop"}]}\n\n'
    assert text(decode("completions", body)) == "x"


def test_usage_alone_and_a_missing_text_key_are_no_error() -> None:
    """vLLM's last event has no choices; behind LiteLLM the last choice has no text."""
    body = (
        b'data: {"choices":[{"index":0,"text":"x","finish_reason":null}]}\n\n'
        b'data: {"choices":[{"index":0,"finish_reason":"stop"}]}\n\n'
        b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\ndata: [DONE]\n\n'
    )
    assert text(decode("completions", body)) == "x"


def test_infill_ends_without_a_done_marker_and_its_cut_stream_is_noticed() -> None:
    body = recorded_body("infill_stream")
    for kept in range(0, body.index(b'"stop":true'), 13):
        with pytest.raises(Broken):
            decode("llama.cpp", body[:kept])
    with pytest.raises(Broken):
        decode("ollama", OLLAMA[:60])
    with pytest.raises(Broken):
        decode("llama.cpp", recorded_body("abort_stream"))


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b": ping\n\n", b'data: {"choices":[{"index":0,"text":"x"}]}\n\n']
)
def test_a_stream_without_a_finish_is_broken(body: bytes) -> None:
    with pytest.raises(Broken):
        decode("completions", body)


BAD = [
    ("completions", b"data: {not json}\n\n", "text/event-stream"),
    ("completions", b"data: [1, 2\n\n", "text/event-stream"),
    ("completions", b"<html>hello</html>", "text/event-stream"),
    ("completions", b"<!doctype html>", "text/html; charset=utf-8"),
    ("completions", b"<html>", "application/json"),
    ("completions", b"[]", "application/json"),
    ("completions", b"data: 17\n\n", "text/event-stream"),
    ("completions", b'data: {"choices": {"0": 1}}\n\n', "text/event-stream"),
    ("completions", b'data: {"choices":[{"text": 5, "finish_reason": "stop"}]}\n\n', "text/event-stream"),
    ("completions", b'data: {"choices":[{"index": "a", "text": ["x"]}]}\n\n', "text/event-stream"),
    ("completions", b"data: " + b"[" * 100_000 + b"\n\n", "text/event-stream"),
    ("completions", b"<html>", "text/event-stream"),
    ("llama.cpp", b'data: {"content": null, "stop": true}\n\n', "text/event-stream"),
    ("llama.cpp", b'data: {"stop": true}\n\n', "text/event-stream"),
    ("ollama", b'{"response": "x"\n{"done": true}\n', "application/x-ndjson"),
    ("ollama", b'{"response": "x"}\n', "application/x-ndjson"),
    ("ollama", b"<html>\n", "application/x-ndjson"),
    ("tgi", b'data:{"token": {"text": 1}}\n\n', "text/event-stream"),
    ("tabby", b'{"choices": [{"message": "x"}]}', "application/json"),
]


@pytest.mark.parametrize(("wire", "body", "kind"), BAD)
def test_what_is_no_answer_is_said_to_be_none(wire: str, body: bytes, kind: str) -> None:
    with pytest.raises(BadAnswer):
        decode(wire, body, kind)


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        ("completions", b'data: {"error":{"message":"engine died","code":500}}\n\n'),
        ("llama.cpp", b'error: {"code":500,"message":"engine died","type":"server_error"}\n\n'),
        ("tgi", b'data:{"error":"engine died","error_type":"generation"}\n\n'),
        ("ollama", b'{"error":"engine died"}\n'),
    ],
)
def test_an_error_within_the_stream_is_the_servers(wire: str, body: bytes) -> None:
    with pytest.raises(ServerError, match="engine died"):
        decode(wire, body)


@pytest.mark.parametrize("messages", [EventMessages, LineMessages])
def test_an_endless_line_is_not_held_in_memory(messages: type[EventMessages] | type[LineMessages]) -> None:
    reader = messages()
    fed = 0
    try:
        while fed < 100_000_000:
            list(reader.feed(b"x" * 65_536))
            fed += 65_536
    except BadAnswer as error:
        assert "a line of more than" in str(error)  # noqa: PT017
    assert fed <= MAX_LINE + 65_536


@given(st.binary(max_size=300), st.sampled_from(sorted(FORMATS)), CUTS)
def test_any_bytes_give_chunks_or_one_of_three_errors(body: bytes, wire: str, cuts: list[int]) -> None:
    try:
        decode(wire, body, cuts=cuts)
    except (BadAnswer, Broken, ServerError):
        pass


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "text", "index", "content", "stop", "error", "usage", "delta", "token", "done"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(sorted(FORMATS)))
def test_any_json_gives_chunks_or_one_of_three_errors(message: Any, wire: str) -> None:
    body = json.dumps(message).encode()
    for framed in (b"data: " + body + b"\n\n", body + b"\n"):
        try:
            decode(wire, framed)
        except (BadAnswer, Broken, ServerError):
            pass
