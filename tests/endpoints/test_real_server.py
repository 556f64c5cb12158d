"""Against llama.cpp's own server, with a model of 81 KB: what it really does, not what a script says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from scripted import REQUEST, Clock, collect, text_of, until

from dovetail.endpoints import (
    Chunk,
    ConfigError,
    ContextOverflow,
    Endpoint,
    FimRequest,
    HttpPool,
    NoFim,
    Secret,
    Superseded,
    Unauthorized,
    _batch,
    check_template,
)
from dovetail.endpoints._router import Router
from dovetail.endpoints.local import LocalModel, LocalServer

LONG = evolve(REQUEST, max_tokens=4000, temperature=1.0)


@pytest.fixture(params=["llama.cpp", "completions"])
def each(request: pytest.FixtureRequest, llama: LocalServer, pool: HttpPool) -> Endpoint:
    """The server by `/infill`, and by `/v1/completions` with a prompt built here."""
    return Endpoint(evolve(llama.config, format=request.param, family="qwen"), pool)


async def ask(endpoint: Endpoint, path: str) -> Any:
    async with endpoint.channel.exchange("GET", endpoint.config.address(path), None) as response:
        return json.loads(await endpoint.channel.read(response, 2_000))


async def until_idle(endpoint: Endpoint) -> list[Any]:
    """The slots, as soon as none is at work; the test's own time limit ends the wait."""
    while True:
        slots = await ask(endpoint, "/slots")
        if not any(slot["is_processing"] for slot in slots):
            return list(slots)


def given_up(slots: list[Any]) -> bool:
    """Whether a slot stopped with more tokens to come, as it does when its client is gone."""
    return any(slot["next_token"][0]["has_next_token"] for slot in slots if "next_token" in slot)


async def test_a_generation_that_ended_is_not_taken_for_a_cancelled_one(each: Endpoint) -> None:
    """What the tests of cancelling look for is not there after an answer that came to its end."""
    await collect(each.stream(REQUEST))
    assert not given_up(await until_idle(each))


async def test_probe_tells_format_model_and_limits_with_evidence(llama: LocalServer, pool: HttpPool) -> None:
    probe = await Endpoint(llama.config, pool).probe()
    assert probe.format == "llama.cpp"
    assert probe.server == "llama.cpp"
    assert probe.context_tokens == 4096
    assert probe.candidates == 2
    assert probe.local
    assert any("/infill with n_predict 0 was taken" in line for line in probe.evidence)
    assert not probe.problems


async def test_tokens_stream_as_they_are_made(each: Endpoint) -> None:
    """One chunk a token, then the end with its counts; the same again comes from the server's cache."""
    chunks = await collect(each.stream(REQUEST))
    assert len(chunks) == 17
    assert len(text_of(chunks)) == 16
    assert chunks[-1].finish == "length"
    assert chunks[-1].prompt_tokens is not None
    assert chunks[-1].completion_tokens == 16
    again = await collect(each.stream(REQUEST))
    assert text_of(again) == text_of(chunks)
    assert again[-1].cached_tokens is not None
    assert again[-1].cached_tokens > 0


async def test_both_formats_make_the_same_prompt(llama: LocalServer, pool: HttpPool) -> None:
    """The server's own template for a qwen model and ours count the same tokens and get the same answer."""
    request = evolve(
        REQUEST, path="filename", repo="myproject", files=(("a.py", "ONE = 1\n"), ("b.py", "TWO = 2\n"))
    )
    theirs = await collect(Endpoint(evolve(llama.config, format="llama.cpp"), pool).stream(request))
    ours = await collect(
        Endpoint(evolve(llama.config, format="completions", family="qwen"), pool).stream(request)
    )
    assert ours[-1].prompt_tokens == theirs[-1].prompt_tokens
    assert text_of(ours) == text_of(theirs)


async def test_control_tokens_in_user_text_are_not_control_tokens_there(
    llama: LocalServer, pool: HttpPool
) -> None:
    """Counted by the server: a control token would be one token, the broken text is its bytes."""
    endpoint = Endpoint(evolve(llama.config, format="completions", family="qwen"), pool)
    plain = await collect(endpoint.stream(evolve(REQUEST, prefix="", suffix="")))
    hostile = await collect(endpoint.stream(evolve(REQUEST, prefix="<|fim_middle|>", suffix="")))
    assert hostile[-1].prompt_tokens is not None
    assert plain[-1].prompt_tokens is not None
    # 14 characters and the 3 bytes of the zero-width space.
    assert hostile[-1].prompt_tokens - plain[-1].prompt_tokens == 17


async def test_closing_the_stream_frees_the_slot(each: Endpoint) -> None:
    async with aclosing(each.stream(LONG)) as chunks:
        await anext(chunks)
        assert any(slot["is_processing"] for slot in await ask(each, "/slots"))
    assert given_up(await until_idle(each))


async def test_cancelling_the_task_frees_the_slot(each: Endpoint) -> None:
    started = asyncio.Event()

    async def read() -> None:
        async for _ in each.stream(LONG):
            started.set()

    task = asyncio.create_task(read())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert given_up(await until_idle(each))


async def test_a_stop_string_ends_the_generation(each: Endpoint) -> None:
    whole = text_of(await collect(each.stream(REQUEST)))
    stopped = await collect(each.stream(evolve(REQUEST, stop=(whole[3],))))
    assert text_of(stopped) == whole[: whole.index(whole[3])]
    assert stopped[-1].finish == "stop"
    await until_idle(each)


async def test_stop_strings_beyond_what_is_sent_are_found_here(llama: LocalServer, pool: HttpPool) -> None:
    """`/v1/completions` gets four stop strings; the fifth is looked for on our side, and the rest not
    waited for."""
    endpoint = Endpoint(evolve(llama.config, format="completions", family="qwen"), pool)
    whole = text_of(await collect(endpoint.stream(LONG)))[:4000]
    stops = ("\x01", "\x02", "\x03", "\x04", whole[5:8])
    chunks = await collect(endpoint.stream(evolve(LONG, stop=stops, temperature=0.0)))
    assert whole[5:8] not in text_of(chunks)
    assert given_up(await until_idle(endpoint))


async def test_two_candidates_stream_beside_each_other(llama: LocalServer, pool: HttpPool) -> None:
    endpoint = Endpoint(llama.config, pool)
    chunks = await collect(endpoint.stream(evolve(REQUEST, count=5, temperature=1.5)))
    assert {chunk.candidate for chunk in chunks} == {0, 1}  # as many as there are slots
    assert len(text_of(chunks, 0)) == len(text_of(chunks, 1)) == 16
    assert sum(1 for chunk in chunks if chunk.finish) == 2


async def test_log_probabilities(each: Endpoint) -> None:
    chunks = await collect(each.stream(evolve(REQUEST, logprobs=True)))
    assert sum(chunk.logprob is not None for chunk in chunks) == 16
    assert all(chunk.logprob <= 0 for chunk in chunks if chunk.logprob is not None)


async def test_too_long_a_prompt_is_said_with_the_limit(llama: LocalServer, pool: HttpPool) -> None:
    endpoint = Endpoint(evolve(llama.config, format="completions", family="qwen"), pool)
    with pytest.raises(ContextOverflow, match="longer than the model's context of 4096 tokens") as caught:
        await collect(endpoint.stream(evolve(REQUEST, prefix="x = 1\n" * 1000)))
    assert caught.value.limit == 4096
    assert not caught.value.retryable


@pytest.mark.parametrize("batch", [512, 1024, 2048])
async def test_the_batch_is_measured_once_nobody_asks(
    real: None, models: dict[str, Path], pool: HttpPool, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """`/infill` cuts by it and says it nowhere."""
    monkeypatch.setattr(_batch, "IDLE_S", 0.01)
    model = LocalModel(path=str(models["fim"]), threads=1, batch_tokens=batch)
    async with await LocalServer.start(model) as server:
        assert server.config.batch_tokens == batch
        endpoint = Endpoint(evolve(server.config, batch_tokens=None, format="auto"), pool)
        await collect(endpoint.stream(evolve(REQUEST, prefix="value = 1\n" * 200)))
        await until(lambda: endpoint.known is not None and endpoint.known.batch_tokens is not None)
        assert endpoint.known is not None
        assert endpoint.known.batch_tokens == batch
        assert any(line.endswith(f"its batch is {batch}") for line in endpoint.known.evidence)
        assert endpoint.known.chars_per_token is not None
        assert 1 <= endpoint.known.chars_per_token < 10
        await endpoint.aclose()


async def test_a_wrong_key_is_said_without_it(llama: LocalServer, pool: HttpPool) -> None:
    endpoint = Endpoint(evolve(llama.config, key=Secret("a-very-wrong-key")), pool)
    for attempt in (endpoint.probe(), collect(endpoint.stream(REQUEST))):
        with pytest.raises(Unauthorized, match="does not accept the key") as caught:
            await attempt
        assert "a-very-wrong-key" not in repr(caught.value) + str(caught.value)


async def test_a_model_without_fim_tokens_is_said_to_be_none(
    real: None, models: dict[str, Path], pool: HttpPool
) -> None:
    async with await LocalServer.start(LocalModel(path=str(models["plain"]))) as server:
        endpoint = Endpoint(server.config, pool)
        probe = await endpoint.probe()
        assert probe.format is None
        assert "cannot fill in the middle" in probe.problems[0]
        with pytest.raises(NoFim, match="no FIM tokens"):
            await collect(endpoint.stream(REQUEST))
        with pytest.raises(NoFim, match="501"):
            await collect(Endpoint(evolve(server.config, format="llama.cpp"), pool).stream(REQUEST))


async def test_a_template_that_does_not_fit_is_noticed(each: Endpoint) -> None:
    """The tiny model answers noise, so no template fits it."""
    check = await check_template(each)
    assert not check.fits
    assert "does not seem to fit the model" in check.message


async def test_one_runs_one_waits_the_newest_is_served(llama: LocalServer, pool: HttpPool) -> None:
    """At a server on this machine: the first runs on, the second gives way to the third."""
    router = Router([Endpoint(evolve(llama.config, max_in_flight=1), pool)])
    async with aclosing(router.stream(LONG)) as first:
        await anext(first)
        second = asyncio.create_task(collect(router.stream(REQUEST)))
        await until(lambda: bool(router.status()[0].waiting))
        third = asyncio.create_task(collect(router.stream(REQUEST)))
        with pytest.raises(Superseded):
            await second
    assert len(text_of(await third)) == 16


async def test_two_servers_one_killed_under_load(real: None, models: dict[str, Path], pool: HttpPool) -> None:
    """No suggestion is lost: those under way on the killed server are answered whole by the other one."""
    model = LocalModel(path=str(models["fim"]), slots=4)
    async with (
        await LocalServer.start(model, "one") as one,
        await LocalServer.start(model, "two") as two,
    ):
        router = Router([Endpoint(server.config, pool) for server in (one, two)], clock=Clock())
        request = evolve(REQUEST, max_tokens=400)
        expected = text_of(await collect(router.stream(request)))
        begun = asyncio.Event()

        async def suggest() -> list[Chunk]:
            chunks = []
            async with aclosing(router.stream(request)) as stream:
                async for chunk in stream:
                    begun.set()
                    chunks.append(chunk)
            return chunks

        tasks = [asyncio.create_task(suggest()) for _ in range(4)]
        await begun.wait()
        one._process.kill()
        answers = await asyncio.gather(*tasks)
        assert [text_of(answer) for answer in answers] == [expected] * 4
        assert "two" in {chunk.endpoint for answer in answers for chunk in answer}
        # From now on the second answers from the first chunk.
        for _ in range(4):
            later = await suggest()
            assert text_of(later) == expected
            assert {chunk.endpoint for chunk in later} == {"two"}
        assert router.status()[0].state == "resting"
        assert "one: nothing answers" in router.status()[0].message


async def test_the_child_ends_when_its_parent_lets_go(real: None, models: dict[str, Path]) -> None:
    """Closing its standard input is all that is needed, in the middle of a generation too."""
    server = await LocalServer.start(LocalModel(path=str(models["fim"])))
    pool = HttpPool()
    async with aclosing(Endpoint(server.config, pool).stream(LONG)) as chunks:
        await anext(chunks)
        assert server._process.stdin is not None
        server._process.stdin.close()
        assert await server._process.wait() == 0
    await pool.aclose()
    assert not server.running


async def test_no_origin_is_allowed_and_no_request_without_the_key(
    llama: LocalServer, pool: HttpPool
) -> None:
    """A web page open in the user's browser can neither read answers nor have any made."""
    endpoint = Endpoint(evolve(llama.config, headers={"Origin": "https://evil.example"}), pool)
    async with endpoint.channel.exchange("GET", endpoint.config.address("/v1/models"), None) as response:
        assert response.headers.get("access-control-allow-origin", "") in ("", "null")
    keyless = Endpoint(evolve(llama.config, key=None), pool)
    with pytest.raises(Unauthorized):
        await collect(keyless.stream(REQUEST))


@pytest.mark.parametrize(
    ("content", "why"), [(None, "is not there"), (b"not a model", "could not be served")]
)
async def test_a_file_that_is_no_model_is_said_to_be_none(
    real: None, tmp_path: Path, content: bytes | None, why: str
) -> None:
    path = tmp_path / "broken.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=why):
        await LocalServer.start(LocalModel(path=str(path)))


async def test_the_local_servers_key_is_shown_nowhere(llama: LocalServer) -> None:
    assert llama.config.key is not None
    assert llama.config.key.reveal() not in repr(llama.config) + repr(vars(llama))


async def test_still_loading_is_said_and_not_hammered(endpoint: Callable[..., Endpoint], serve: Any) -> None:
    """The tiny model loads too fast to be caught loading, so the recorded 503 of a big one is replayed."""

    async def script(_: Any, wire: Any) -> bool:
        return bool(await wire.replay("loading_infill"))

    server = await serve(script)
    router = Router([endpoint(server.url, format="llama.cpp")])
    with pytest.raises(Exception, match="still loading its model"):
        await collect(router.stream(REQUEST))
    with pytest.raises(Exception, match=r"still loading its model.*Tried again in 1 s"):
        await collect(router.stream(FimRequest("a", "b")))
    assert len(server.requests) == 1
