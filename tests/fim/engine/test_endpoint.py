"""Endpoints as a generator: prompts, budgets, cuts, errors; over a scripted router and over a real socket."""

import asyncio
import itertools
import json
import math
from types import SimpleNamespace

import pytest
from attrs import evolve

from dovetail.endpoints import (
    FAMILIES,
    AllDown,
    Chunk,
    Endpoint,
    EndpointConfig,
    Probe,
    Router,
    Superseded,
    build_prompt,
)
from dovetail.fim import EndpointGenerator, GenerationRequest, Snippet, fim_request, window_at


class ScriptedRouter:
    """What the adapter needs of a router, from a script."""

    def __init__(self, script, probe=None, limit=1):
        self.script = script
        self.requests = []
        self.closed = 0
        config = SimpleNamespace(limit=limit, order="auto")
        self.endpoints = [SimpleNamespace(name="mine", config=config, known=probe)]

    async def stream(self, question, *, speculative=False):
        self.requests.append((question(self.endpoints[0].known), speculative))
        whole = False
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                yield step
            whole = True
        finally:
            self.closed += not whole


def request_at(tools, text, path="file.py", **values):
    ask = tools.ask_at(text, path)
    return GenerationRequest(
        ask.snapshot, ask.position, window_at(ask.snapshot, ask.position), path, **values
    )


async def suggest(tools, router, text, path="file.py", **values):
    engine = tools.engine_of(EndpointGenerator(router, **values))
    found = await engine.suggest(tools.ask_at(text, path))
    return [(s.text, s.source) for s in found], engine.why.last()[0]


def test_name_of_who_answered(tools):
    """A suggestion carries the name of the endpoint that answered, not of the first in the list."""
    router = ScriptedRouter([Chunk("1", endpoint="second"), Chunk("\n", finish="stop", endpoint="second")])
    assert tools.run(suggest(tools, router, "x = $0\n"))[0] == [("1", "second")]


def test_cut_where_the_probability_falls(tools):
    """A candidate ends before the piece with which its joint probability falls below the setting."""

    def chunks():
        return [
            Chunk("foo", logprob=math.log(0.9)),
            Chunk("(a", logprob=math.log(0.95)),
            Chunk("zz)", logprob=math.log(0.3)),
        ]

    assert tools.run(suggest(tools, ScriptedRouter(chunks()), "x = $0\n", least_confidence=0.7))[0] == [
        ("foo(a", "mine")
    ]
    router = ScriptedRouter([*chunks(), Chunk("", finish="stop")])
    assert tools.run(suggest(tools, router, "x = $0\n"))[0] == [("foo(azz)", "mine")]
    assert [r.logprobs for r, _ in router.requests] == [False]
    low = ScriptedRouter([Chunk("foo", logprob=math.log(0.1))])
    assert tools.run(suggest(tools, low, "x = $0\n", least_confidence=0.7))[0] == []
    without = ScriptedRouter([Chunk("foo"), Chunk("(a)", finish="stop")])
    assert tools.run(suggest(tools, without, "x = $0\n", least_confidence=0.7))[0] == [("foo(a)", "mine")]


@pytest.mark.parametrize(
    ("generated", "expect"),
    [
        (["    ", "return 1"], "return 1"),
        (["  ", "  ret", "urn 1"], "return 1"),
        (["return 1"], "return 1"),
        (["        return 1"], "    return 1"),
        (["\treturn 1"], "return 1"),
    ],
)
def test_blank_line(tools, generated, expect):
    """On a blank line no indentation is sent, and what the answer brings of it is taken off, as it streams."""
    router = ScriptedRouter([*map(Chunk, generated), Chunk("", finish="stop")])
    found, _ = tools.run(suggest(tools, router, "def f():\n    x = 1\n    $0\n"))
    assert [text for text, _ in found] == [expect]
    assert router.requests[0][0].prefix.endswith("x = 1\n")


def test_typing_along_an_indented_answer(tools):
    """Keys typed on a blank line agree with an answer that brought the line's indentation."""

    async def work():
        router = ScriptedRouter([Chunk("    return a + b\n"), Chunk("", finish="stop")])
        engine = tools.engine_of(EndpointGenerator(router))
        ask = tools.ask_at("def f():\n    x = 1\n    $0\n")
        assert (await engine.suggest(ask))[0].text == "return a + b"
        assert (await engine.suggest(tools.typed(ask, "retu")))[0].text == "rn a + b"
        assert len(router.requests) == 1

    tools.run(work())


def test_error_becomes_the_next_generators_turn(tools):
    """All endpoints down: the built-in model answers, and the trace has the endpoint's sentence."""

    async def work():
        router = ScriptedRouter([AllDown("mine: cannot be reached; it is tried again in 12 s.")])
        engine = tools.engine_of(
            EndpointGenerator(router), tools.Scripted(["1\n"], "embedded", wants_context=False)
        )
        found = await engine.suggest(tools.ask_at("x = $0\n"))
        assert [(s.text, s.source) for s in found] == [("1", "embedded")]
        details = [s.detail for s in engine.why.last()[0].steps]
        assert "mine: cannot be reached; it is tried again in 12 s." in details

    tools.run(work())


def test_superseded_asks_nobody_else(tools):
    """A request whose place a newer one took is over; nothing is learnt about the place."""

    async def work():
        embedded = tools.Scripted(["1\n"], "embedded")
        engine = tools.engine_of(EndpointGenerator(ScriptedRouter([Superseded("")])), embedded)
        assert await engine.suggest(tools.ask_at("x = $0\n")) == []
        assert not embedded.requests
        assert len(engine.cache) == 0

    tools.run(work())


def test_speculation_is_said(tools):
    """What is asked ahead is sent as such, so that the endpoint's queue can give it up."""

    async def work():
        router = ScriptedRouter([Chunk("foo", finish="stop")], limit=2)
        engine = tools.engine_of(EndpointGenerator(router), speculate=True)
        await engine.suggest(tools.ask_at("x = $0\n"))
        await asyncio.sleep(0.1)
        assert [speculative for _, speculative in router.requests] == [False, True]

    tools.run(work())


def test_budget_of_a_probe(tools):
    """The prompt's parts keep within what the probe found, and stay the same while typing."""
    text = "".join(f"value_{n} = {n}\n" for n in range(500)) + "x = $0\n" + "y = 1\n" * 300
    probe = Probe("infill", context_tokens=1700)
    snippets = (Snippet("a.py", "alpha " * 100, "s"), Snippet("b.py", "beta " * 1000, "s"))
    ask = tools.ask_at(text)
    starts = set()
    for typed in range(12):
        now = tools.typed(ask, "abcdefghijkl"[:typed])
        request = GenerationRequest(
            now.snapshot, now.position, window_at(now.snapshot, now.position), "file.py", snippets=snippets
        )
        fim = fim_request(request, probe)
        assert len(fim.prefix) <= 794 * 3.2
        assert len(fim.suffix) <= 265 * 3.2
        assert [path for path, _ in fim.files] == ["a.py"]
        starts.add((fim.prefix[:50], fim.suffix))
    assert len(starts) == 1


def test_budget_of_llama_cpp(tools):
    """No more than `/infill` would leave of it, and not at all where another format asks."""
    text = "".join(f"value_{n} = {n}\n" for n in range(500)) + "x = $0\n" + "y = 1\n" * 300
    ask = tools.ask_at(text)
    request = GenerationRequest(
        ask.snapshot,
        ask.position,
        window_at(ask.snapshot, ask.position),
        "file.py",
        max_tokens=100,
        snippets=(Snippet("a.py", "alpha " * 50, "s"), Snippet("b.py", "beta " * 100, "s")),
    )
    known = Probe("llama.cpp", context_tokens=1024, batch_tokens=256)
    fim = fim_request(request, known, suffix_first=True)
    assert 0 < len(fim.prefix) <= 192 * 3.2
    assert 0 < len(fim.suffix) <= 62 * 3.2
    assert (
        len(fim_request(request, evolve(known, format="completions"), suffix_first=True).prefix) > 192 * 3.2
    )
    assert [path for path, _ in fim.files] == ["a.py", "b.py"]
    measured = fim_request(request, evolve(known, chars_per_token=2.0), suffix_first=True)
    assert 0 < len(measured.prefix) <= 192 * 2
    # What is left for other files is the context less the batch and twice the answer.
    small = fim_request(request, evolve(known, context_tokens=420), suffix_first=True)
    assert [path for path, _ in small.files] == []


@pytest.mark.parametrize("family", list(FAMILIES.values()), ids=lambda f: f.name)
def test_prompt_is_stable_for_every_family(tools, family):
    """Twenty keys: the prompt changes only behind its stable head; suffix first all but the last bytes stay."""
    ask = tools.ask_at("".join(f"value_{n} = {n}\n" for n in range(100)) + "x = $0\n" + "y = 1\n" * 100)
    for suffix_first in (False, True):
        prompts = []
        for count in range(20):
            now = tools.typed(ask, "abcdefghijklmnopqrstu"[:count])
            request = GenerationRequest(
                now.snapshot,
                now.position,
                window_at(now.snapshot, now.position),
                "file.py",
                snippets=(Snippet("a.py", "alpha beta", "s"),),
            )
            prompts.append(build_prompt(family, fim_request(request, repo="r"), suffix_first=suffix_first))
        for before, after in itertools.pairwise(prompts):
            differ = (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
            same = next(differ, len(before))
            leads = "{suffix}" in family.layout and family.layout.index("{suffix}") < family.layout.index(
                "{prefix}"
            )
            first = leads or (suffix_first and family.suffix_first)
            assert len(after) - same <= 40 if first else same / len(after) > 0.6


def test_secrets_stay_here(tools):
    """A key in the document itself is overwritten in what is sent; positions and the rest stay."""
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    request = request_at(tools, f"aws = '{key}'\nx = $0\nother = '{key}'\n")
    fim = fim_request(request)
    assert key not in fim.prefix + fim.suffix
    assert fim.prefix.endswith("\nx = ")
    assert len(fim.prefix) == len(request.window.prefix)


def test_over_a_socket(tools):
    """A real router over loopback: streamed text becomes a suggestion; a request that disagrees hangs up, which
    the server sees."""

    async def work():
        seen, sent, hung_up = [], asyncio.Event(), asyncio.Event()

        async def serve(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            size = next(
                int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")
            )
            seen.append(json.loads(await reader.readexactly(size)))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
            slow = not seen[-1]["prompt"].split("<|fim_middle|>")[0].split("<|fim_suffix|>")[0].endswith("zz")
            for text in ("foo", "(a, ") if slow else ("1\n",):
                body = json.dumps({"choices": [{"index": 0, "text": text, "finish_reason": None}]})
                writer.write(f"data: {body}\n\n".encode())
                await writer.drain()
            if slow:
                sent.set()
                assert await reader.read() == b""
                hung_up.set()
            else:
                writer.write(
                    b'data: {"choices":[{"index":0,"text":"","finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
                )
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        config = EndpointConfig(
            name="loop", url=f"http://127.0.0.1:{port}", format="completions", family="qwen", model="m"
        )
        router = Router([Endpoint(config)])
        engine = tools.engine_of(EndpointGenerator(router))
        ask = tools.ask_at("x = $0\n")
        first = asyncio.ensure_future(engine.suggest(ask))
        await asyncio.wait_for(sent.wait(), 60)
        found = await asyncio.wait_for(engine.suggest(tools.typed(ask, "zz")), 60)
        assert [(s.text, s.source) for s in found] == [("1", "loop")]
        await asyncio.wait_for(hung_up.wait(), 60)
        assert await first == []
        assert len(seen) == 2
        engine.stop()
        await router.aclose()
        server.close()

    asyncio.run(work())


def test_what_the_server_calls_a_request_is_in_the_trace(tools):
    """The administrator of the server finds it by that, also where all went well."""

    async def work():
        router = ScriptedRouter([Chunk("1", finish="stop", endpoint="mine", request_id="req-7")])
        _, decision = await suggest(tools, router, "x = $0\n")
        assert decision.outcome == "suggested"
        assert any("request req-7" in step.detail for step in decision.steps)

    tools.run(work())


async def test_the_repository_is_the_one_that_holds_the_document(tools):
    """With several workspace folders each document goes with its own folder's name."""
    router = ScriptedRouter([Chunk("x", finish="stop")])
    seen = []

    def repo_of(uri):
        seen.append(uri)
        return "second"

    generator = EndpointGenerator(router, repo_of=repo_of)
    request = request_at(tools, "a = $0\n")
    async for _ in generator.generate(request):
        pass
    assert router.requests[0][0].repo == "second"
    assert seen == [request.snapshot.uri]


def test_wide_characters_are_counted_as_tokens(tools):
    """A window of 1,024 tokens takes far fewer Chinese characters than Latin ones."""
    known = Probe(format="completions", context_tokens=1024)
    text = "\n".join(f"# {'输入的数据' * 6} {n}" for n in range(200)) + "\nx = $0\n"
    fim = fim_request(request_at(tools, text), known)
    wide = sum(char > "\u2e80" for char in fim.prefix + fim.suffix)
    assert 100 < wide + (len(fim.prefix + fim.suffix) - wide) / 4 <= 1024 - 128
