"""What is asked ahead of the user, and what is kept of answers: further lines, the next suggestion, refusals."""

import asyncio


def names(engine):
    return [step.name for step in engine.why.last()[0].steps]


async def settle(turns=20):
    """Let what is ready run."""
    for _ in range(turns):
        await asyncio.sleep(0)


def others():
    return [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]


def test_surplus_lines_are_the_next_answers(tools):
    """Lines beyond the one asked for come from the cache: at the end of the line, and below it."""

    async def work():
        generator = tools.Scripted(["1\n", "    b = 2\n", "    c = 3\n", "d = 4\n", *["e = 5\n"] * 9])
        engine = tools.engine_of(generator)
        request = tools.ask_at("def f():\n    x = 0\n    a = $0\n")
        assert (await engine.suggest(request))[0].text == "1"
        await settle(60)
        assert generator.running == 0
        assert generator.closed == 1, "read on for five lines, not for ever"
        after = tools.typed(request, "1")
        assert (await engine.suggest(after))[0].text == "\n    b = 2"
        assert (await engine.suggest(tools.typed(after, "\n    ")))[0].text == "b = 2"
        assert (await engine.suggest(tools.typed(after, "\n    b = 2\n    c")))[0].text == " = 3"
        assert len(generator.requests) == 1

    tools.run(work())


def test_user_request_goes_before_surplus(tools):
    """A request that goes another way closes a stream that only brings surplus lines."""

    async def work():
        generator = tools.Scripted(
            lambda r: ["1\n", 60_000, "b = 2\n"] if "zz" not in r.window.prefix else ["2\n"]
        )
        engine = tools.engine_of(generator, surplus_lines=5, total_ms=100_000)
        request = tools.ask_at("a = $0\n")
        assert (await engine.suggest(request))[0].text == "1"
        assert generator.running == 1
        assert (await engine.suggest(tools.typed(request, "zz")))[0].text == "2"
        await settle()
        assert generator.most == 1 or generator.closed == 1
        engine.stop()
        await settle()
        assert generator.running == 0

    tools.run(work())


def test_speculation(tools):
    """When a suggestion is shown, the one after it is asked for, and is there when it is taken."""

    async def work():
        generator = tools.Scripted(
            lambda r: [100, "(b)"] if r.window.prefix.endswith("foo") else [100, "foo"]
        )
        engine = tools.engine_of(generator, speculate=True)
        request = tools.ask_at("a = $0\n")
        loop = asyncio.get_running_loop()
        assert (await engine.suggest(request))[0].text == "foo"
        await asyncio.sleep(0.3)
        assert len(generator.requests) == 2
        began = loop.time()
        found = await engine.suggest(tools.typed(request, "foo"))
        assert (found[0].text, found[0].source) == ("(b)", "cache")
        assert loop.time() == began
        engine.stop()

    tools.run(work())


def test_speculation_yields(tools):
    """A request of the user's own closes a speculative one where the generator has one slot, and not where it has
    two; one that asks what was speculated about joins it."""

    async def work(slots):
        generator = tools.Scripted(
            lambda r: (
                [50, "foo"]
                if r.window.prefix.endswith("= ")
                else [2000, "(b)"]
                if r.window.prefix.endswith("foo")
                else [50, "z"]
            ),
            slots=slots,
        )
        engine = tools.engine_of(generator, speculate=True)
        request = tools.ask_at("a = $0\n")
        await engine.suggest(request)
        await asyncio.sleep(0.1)
        assert (generator.running, len(generator.requests)) == (1, 2)
        assert (await engine.suggest(tools.typed(request, "f + ")))[0].text == "z"
        closed = generator.closed
        engine.stop()
        await settle()
        assert generator.running == 0
        return closed

    assert tools.run(work(1)) == 1

    async def join():
        generator = tools.Scripted(lambda r: [500, "(b)"] if r.window.prefix.endswith("foo") else [50, "foo"])
        engine = tools.engine_of(generator, speculate=True)
        request = tools.ask_at("a = $0\n")
        await engine.suggest(request)
        await asyncio.sleep(0.1)
        assert (await engine.suggest(tools.typed(request, "foo")))[0].text == "(b)"
        assert len(generator.requests) == 2
        engine.stop()

    tools.run(join())


def test_several_candidates_on_manual_only(tools):
    """Three are given on a manual request, once each, with what the cache knew first; automatic gets one."""

    async def work():
        piece = tools.Piece
        generator = tools.Scripted(
            lambda r: [piece("one\n"), *([piece("two\n", 1), piece("one\n", 2)] if r.count > 1 else [])]
        )
        engine = tools.engine_of(generator)
        request = tools.ask_at("x = $0\n", count=3)
        assert [s.text for s in await engine.suggest(request)] == ["one"]
        manual = tools.ask_at("x = $0\n", count=3, trigger=tools.Trigger.MANUAL)
        found = await engine.suggest(manual)
        assert [s.text for s in found] == ["one", "two"]
        assert len({s.id for s in found}) == 2
        assert [r.count for r in generator.requests] == [1, 3]

    tools.run(work())


def test_rejected_text_pauses(tools):
    """A dismissed text stays away for five seconds, also what is left of it while it is typed, then comes back."""

    async def work():
        generator = tools.Scripted(["foo(1)\n"])
        engine = tools.engine_of(generator)
        request = tools.ask_at("x = $0\n")
        found = await engine.suggest(request)
        engine.reject(request.snapshot.uri, found[0].text)
        assert await engine.suggest(request) == []
        assert any("dismissed" in s.detail for s in engine.why.last()[0].steps)
        assert await engine.suggest(tools.typed(request, "foo")) == []
        await asyncio.sleep(5.1)
        assert (await engine.suggest(request))[0].text == "foo(1)"

    tools.run(work())


def test_nothing_is_remembered(tools):
    """A generator that has nothing to say, or says what is filtered out, is not asked twice at one place."""

    async def work():
        for script in ([""], ["   \n"], [")) 2\n"]):
            generator = tools.Scripted(script)
            engine = tools.engine_of(generator)
            request = tools.ask_at("x = $0\n")
            assert await engine.suggest(request) == []
            assert await engine.suggest(request) == []
            assert len(generator.requests) == 1, script
            assert "known: nothing here" in [s.detail for s in engine.why.last()[0].steps]

    tools.run(work())
