"""Flights: kept while they agree, closed when they do not, never leaked."""

import asyncio

import pytest


def names(engine):
    return [step.name for step in engine.why.last()[0].steps]


async def settle(turns=20):
    """Let what is ready run."""
    for _ in range(turns):
        await asyncio.sleep(0)


def others():
    return [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]


def test_type_ahead_of_a_request_in_flight(tools):
    """Keys that agree with the answer that is on its way keep it: one request, and the last key gets the rest."""

    async def work():
        generator = tools.Scripted([300, "foo(a, b)\n"])
        engine = tools.engine_of(generator)
        request = tools.ask_at("x = $0\n")
        tasks = []
        for count in range(4):
            tasks.append(asyncio.ensure_future(engine.suggest(tools.typed(request, "foo("[:count]))))
            await asyncio.sleep(0.05)
        answers = await asyncio.gather(*tasks)
        assert [len(found) for found in answers] == [0, 0, 0, 1]
        assert answers[3][0].text == "(a, b)"
        assert [d.outcome for d in engine.why.last()] == ["suggested"] + ["superseded by a newer request"] * 3
        assert len(generator.requests) == 1

    tools.run(work())


def test_what_found_nothing_further_back_is_asked_anew_with_what_was_typed(tools):
    """A key joins what is on its way. Where that comes to nothing, it has not answered for the present text."""

    async def work():
        generator = tools.Scripted(lambda r: [300] if "in" not in r.window.prefix else ["stance)\n"])
        engine = tools.engine_of(generator)
        request = tools.ask_at("f($0\n")
        first = asyncio.ensure_future(engine.suggest(request))
        await asyncio.sleep(0.05)
        found = await engine.suggest(tools.typed(request, "in"))
        assert [one.text for one in found] == ["stance)"]
        assert await first == []
        assert len(generator.requests) == 2

    tools.run(work())


def test_superseded_returns_at_once(tools):
    """A request that a newer one replaced does not wait for the generator."""

    async def work():
        generator = tools.Scripted([10_000, "late"])
        engine = tools.engine_of(generator, total_ms=20_000)
        request = tools.ask_at("x = $0\n")
        first = asyncio.ensure_future(engine.suggest(request))
        await asyncio.sleep(0.1)
        second = asyncio.ensure_future(engine.suggest(tools.typed(request, "a")))
        before = asyncio.get_running_loop().time()
        assert await first == []
        assert asyncio.get_running_loop().time() - before < 0.001
        second.cancel()
        engine.stop()

    tools.run(work())


def test_disagreement_closes_the_stream(tools):
    """What was typed goes another way: the stream is closed (the generator sees it) and asked anew."""

    async def work():
        generator = tools.Scripted(
            lambda r: ["foo", 5000, "bar\n"] if "zz" not in r.window.prefix else ["top\n"]
        )
        engine = tools.engine_of(generator)
        request = tools.ask_at("x = $0\n")
        first = asyncio.ensure_future(engine.suggest(request))
        await asyncio.sleep(0.05)
        found = await engine.suggest(tools.typed(request, "zz"))
        assert found[0].text == "top"
        assert (generator.closed, generator.running) == (1, 0)
        assert await first == []
        assert "the one under way disagrees: closed" in [s.detail for s in engine.why.last()[0].steps]

    tools.run(work())


def test_disagreement_seen_when_the_text_comes(tools):
    """Keys typed before any text came: when it comes and disagrees, the waiting request asks anew by itself."""

    async def work():
        generator = tools.Scripted(
            lambda r: [300, "foo\n"] if not r.window.prefix.endswith("zz") else [300, "top\n"]
        )
        engine = tools.engine_of(generator)
        request = tools.ask_at("x = $0\n")
        first = asyncio.ensure_future(engine.suggest(request))
        await asyncio.sleep(0.1)
        found = await engine.suggest(tools.typed(request, "zz"))
        assert found[0].text == "top"
        assert len(generator.requests) == 2
        assert await first == []

    tools.run(work())


def test_cancelled_request_is_closed_after_a_grace(tools):
    """Nobody asks again: the stream is closed a moment after the editor cancelled."""

    async def work():
        generator = tools.Scripted([60_000, "late"])
        engine = tools.engine_of(generator, total_ms=100_000)
        task = asyncio.ensure_future(engine.suggest(tools.ask_at("x = $0\n")))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert generator.running == 1
        await asyncio.sleep(0.6)
        assert (generator.running, generator.closed) == (0, 1)
        assert engine.why.last()[0].outcome == "cancelled by the editor"
        assert not others()

    tools.run(work())


def test_cancel_and_ask_again_at_each_key(tools):
    """An editor that cancels and asks again at each key still gets the first request's answer."""

    async def work():
        generator = tools.Scripted([300, "foo(a, b)\n"])
        engine = tools.engine_of(generator)
        request = tools.ask_at("x = $0\n")
        task = None
        for count in range(5):
            if task is not None:
                task.cancel()
            task = asyncio.ensure_future(engine.suggest(tools.typed(request, "foo(a"[:count])))
            await asyncio.sleep(0.04)
        assert (await task)[0].text == "a, b)"
        assert len(generator.requests) == 1
        assert generator.closed == 0

    tools.run(work())


@pytest.mark.parametrize("after_ms", [0, 1, 20, 60, 110, 140, 250, 330, 345])
def test_cancel_at_every_stage(tools, after_ms):
    """Cancelled during the debounce, the context, the wait, the stream or after: nothing is left running."""

    class Slow:
        name = "slow"

        async def snippets(self, request, window, documents):
            await asyncio.sleep(0.1)
            return []

    async def work():
        generator = tools.Scripted([100, "foo(", 50, "a", 50, ")\n"])
        engine = tools.engine_of(generator, sources=(Slow(),), delay_ms=lambda request, generator: 50)
        task = asyncio.ensure_future(engine.suggest(tools.ask_at("x = $0\n")))
        await asyncio.sleep(after_ms / 1000)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        await asyncio.sleep(5)
        assert generator.running == 0
        assert not others()
        # And the next request works as if nothing had been.
        assert (await engine.suggest(tools.ask_at("y = $0\n")))[0].text == "foo(a)"

    tools.run(work())


def test_first_deadline_shows_what_is_whole(tools):
    """300 ms after the first text whole lines are shown; the stream goes on and fills the cache."""

    async def work():
        loop = asyncio.get_running_loop()
        generator = tools.Scripted(
            [100, "\n    a = 1\n    b", 200, " = 2\n", 200, "    c = 3\n    d", 1000, " = 4\n"]
        )
        engine = tools.engine_of(generator)
        request = tools.ask_at("def f():$0\n")
        began = loop.time()
        found = await engine.suggest(request)
        assert found[0].text == "\n    a = 1\n    b = 2"
        assert loop.time() - began == pytest.approx(0.4, abs=0.001)
        assert generator.running == 1
        await asyncio.sleep(3)
        assert generator.finished == 1
        again = await engine.suggest(request)
        assert again[0].text == "\n    a = 1\n    b = 2\n    c = 3\n    d = 4"
        assert again[0].source == "cache"
        assert len(generator.requests) == 1

    tools.run(work())


def test_next_generator_where_one_cannot(tools):
    """An endpoint that is down, hangs, or breaks: the next one answers, and the trace says which could not."""

    async def work():
        for script, said in (
            ([tools.Error("cannot be reached")], "cannot be reached"),
            ([ValueError("a defect")], "failed (ValueError: a defect)"),
        ):
            broken = tools.Scripted(script, "endpoint")
            embedded = tools.Scripted(["1\n"], "embedded")
            engine = tools.engine_of(broken, embedded)
            ended = []
            engine.on_finished = ended.append
            found = await engine.suggest(tools.ask_at("x = $0\n"))
            assert [(s.text, s.source, s.origin) for s in found] == [("1", "embedded", "embedded")]
            steps = [s.detail for s in engine.why.last()[0].steps if s.name == "generator"]
            assert steps == [f"endpoint: {said}"]
            await settle()
            assert ended[0].errors == [("endpoint", said)]
            assert broken.running == 0

    tools.run(work())


def test_never_mixed(tools):
    """An endpoint that breaks off after whole lines is not continued by another generator."""

    async def work():
        broken = tools.Scripted(["\n    foo(a)\n    b +", tools.Error("broke off")], "endpoint")
        embedded = tools.Scripted(["1\n"], "embedded")
        engine = tools.engine_of(broken, embedded)
        found = await engine.suggest(tools.ask_at("def f():$0\n"))
        assert [(s.text, s.source) for s in found] == [("\n    foo(a)", "endpoint")]
        assert not embedded.requests
        # Nothing whole came of a line: nothing was shown, and the next one begins anew.
        broken.script = ["foo(a) + ", tools.Error("broke off")]
        found = await engine.suggest(tools.ask_at("x = $0\n"))
        assert [(s.text, s.source) for s in found] == [("1", "embedded")]

    tools.run(work())


def test_endless_stream_is_bounded(tools):
    """A generator that never ends, drips, or sends one enormous line is cut by rule or deadline."""

    async def work():
        for script in (
            [100, "x" * 10_000_000],
            ["y"] * 100_000,
            [v for _ in range(999) for v in ("zq ", 90)],
        ):
            generator = tools.Scripted(script)
            engine = tools.engine_of(generator)
            began = asyncio.get_running_loop().time()
            found = await engine.suggest(tools.ask_at("x = $0\n"))
            assert asyncio.get_running_loop().time() - began <= 5.2
            assert len(found[0].text if found else "") <= 2000
            await asyncio.sleep(6)
            assert generator.running == 0

    tools.run(work())


def test_debounce_discounts_and_knows_typed_text(tools):
    """The wait is taken off by what the client waited; none for manual and for a suggestion just taken."""

    async def work():
        loop = asyncio.get_running_loop()

        async def took(request):
            began = loop.time()
            await engine.suggest(request)
            return round((loop.time() - began) * 1000)

        engine = tools.engine_of(tools.Scripted(lambda r: ["foo"]), delay_ms=lambda request, generator: 100)
        assert await took(tools.ask_at("a = $0\n")) == 100
        assert await took(tools.ask_at("b = $0\n", waited_ms=60.0)) == 40
        assert await took(tools.ask_at("c = $0\n", waited_ms=200.0)) == 0
        assert await took(tools.ask_at("d = $0\n", trigger=tools.Trigger.MANUAL)) == 0
        request = tools.ask_at("e = $0\n")
        assert await took(request) == 100
        assert await took(tools.typed(request, "f")) == 0  # cached
        assert await took(tools.typed(request, "foo")) == 0  # taken

    tools.run(work())


def test_closing_a_document(tools):
    """Closing it ends its requests and streams, and forgets what was cached."""

    async def work():
        generator = tools.Scripted([60_000, "late"])
        engine = tools.engine_of(generator, total_ms=100_000)
        task = asyncio.ensure_future(engine.suggest(tools.ask_at("x = $0\n")))
        await asyncio.sleep(0.1)
        engine.close("file:///file.py")
        assert await task == []
        await settle()
        assert generator.running == 0
        assert not others()

    tools.run(work())
