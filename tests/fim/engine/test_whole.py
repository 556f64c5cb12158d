"""What is shown is whole, only grows, and nothing ends without its reason."""

import asyncio
from itertools import pairwise

import pytest


async def settle(turns=20):
    """Let what is ready run."""
    for _ in range(turns):
        await asyncio.sleep(0)


@pytest.mark.parametrize("trigger", ["automatic", "manual"])
def test_no_part_of_a_line_is_an_answer(tools, trigger):
    """A line that is unfinished at the deadline is waited for, however well it could be cut."""

    async def work():
        generator = tools.Scripted(["foo(", 500, "a)", 100, " + b\n"])
        engine = tools.engine_of(generator)
        found = await engine.suggest(tools.ask_at("x = $0\n", trigger=tools.Trigger(trigger)))
        assert found[0].text == "foo(a) + b"
        engine.stop()

    tools.run(work())


def test_parts_are_whole_lines(tools):
    """What is sent as it arrives has passed the filters, is made of whole lines and only grows, under one id."""

    async def work():
        generator = tools.Scripted(["\n    a = 1", 10, "\n    b", 400, " = 2\n    c", 400, " = 3\nd\n"])
        engine = tools.engine_of(generator)
        seen = []
        found = await engine.suggest(
            tools.ask_at("def f():$0\n"), lambda some: seen.append((some[0].id, some[0].text))
        )
        assert [text for _, text in seen] == ["\n    a = 1", "\n    a = 1\n    b = 2"]
        assert found[0].text == "\n    a = 1\n    b = 2\n    c = 3", "no deadline where parts are shown"
        assert {name for name, _ in seen} == {found[0].id}

    tools.run(work())


def test_a_line_grows(tools):
    """A line that is still coming grows, without what may turn out to be a control token."""

    async def work():
        generator = tools.Scripted([10, " fo", 400, "o(a", 10, ")<|fim_", 10, "pad|>", 10, "\n"])
        engine = tools.engine_of(generator)
        seen = []
        found = await engine.suggest(tools.ask_at("x = $0\n"), lambda some: seen.append(some[0].text))
        assert seen == ["fo", "foo(a", "foo(a)"]
        assert found[0].text == "foo(a)"

    tools.run(work())


LATE = [
    # document, pieces, what is shown meanwhile, the answer
    ("x = $0\n", ["foo", "(a", ")) 2\n"], ["foo", "foo(a"], "foo(a)) 2"),
    ("x = $0\n", ["foo", "\x1b[2J\n"], ["foo"], "foo"),
    ("$0\nlast = 1\n", ["last", " = ", "1\n"], [], None),
    ("$0\nlast = 1\n", ["last", " = ", "12", "\n"], ["last = 12"], "last = 12"),
    ("f($0)\n", ["a, ", "b", ")\n"], [], "a, b"),
]


@pytest.mark.parametrize(("text", "pieces", "shown", "answer"), LATE)
def test_a_line_that_was_shown_in_part_stays(tools, text, pieces, shown, answer):
    """What a filter would say of the whole line comes too late for what is on the screen; what may become a line that
    stands below, or a closer that stands behind the cursor, is not shown before that is known."""

    async def work():
        generator = tools.Scripted([step for piece in pieces for step in (10, piece)])
        engine = tools.engine_of(generator)
        seen = []
        found = await engine.suggest(tools.ask_at(text), lambda some: seen.append(some[0].text))
        assert (found[0].text if found else None) == answer
        assert seen[: len(shown)] == shown
        assert all(answer and answer.startswith(part) for part in seen)

    tools.run(work())


def test_a_dismissed_text_is_not_shown_on_its_way(tools):
    """Nor what may become it; by hand it comes, whole."""

    async def work():
        generator = tools.Scripted([10, "foo", 10, "(1)", 10, "\n"])
        engine = tools.engine_of(generator)
        request = tools.ask_at("x = $0\n")
        engine.reject(request.snapshot.uri, "foo(1)")
        seen = []
        assert await engine.suggest(request, lambda some: seen.append(some[0].text)) == []
        assert seen == []
        manual = tools.ask_at("x = $0\n", trigger=tools.Trigger.MANUAL)
        assert (await engine.suggest(manual))[0].text == "foo(1)"

    tools.run(work())


@pytest.mark.parametrize(
    "tail",
    [
        "    b = = 2\n",
        "    b = 2\x1b[2J\n",
        "    a = 1\n" * 9,
        "".join(f"    x{n} = {n}\n" for n in range(60)),
    ],
)
def test_nothing_on_the_screen_is_taken_back(tools, tail):
    """Whatever comes later (wrong syntax, hidden characters, endless text), lines that were shown stay."""

    async def work():
        generator = tools.Scripted(
            ["\n    a = 1\n", 50, *[step for line in tail.splitlines(True) for step in (line, 20)]]
        )
        engine = tools.engine_of(generator)
        seen = []
        found = await engine.suggest(tools.ask_at("def f():$0\n"), lambda some: seen.append(some[0].text))
        assert seen
        assert all(later.startswith(sooner) for sooner, later in pairwise([*seen, found[0].text]))
        engine.stop()

    tools.run(work())


def test_known_line_begins_a_block(tools):
    """Where a block begins, a line that is known of it is the beginning of the question, not its answer."""

    async def work():
        def script(request):
            if request.multiline:
                assert request.window.prefix.endswith("def f(a):\n    b = a")
                return [100, "\n    c = b\n    return c\nx = 1\n"]
            return ["(a):\n", "    b = a\n", "x\n"]

        generator = tools.Scripted(script)
        engine = tools.engine_of(generator, surplus_lines=1)
        request = tools.ask_at("def f$0\n")
        assert (await engine.suggest(request))[0].text == "(a):"
        await settle(60)
        seen = []
        found = await engine.suggest(tools.typed(request, "(a):"), lambda some: seen.append(some[0].text))
        assert found[0].text == "\n    b = a\n    c = b\n    return c"
        assert found[0].text.startswith(seen[0])
        assert [r.multiline for r in generator.requests] == [False, True]
        again = await engine.suggest(tools.typed(request, "(a):\n    b ="))
        assert again[0].text == " a\n    c = b\n    return c"

    tools.run(work())


def test_stream_goes_on_where_a_block_begins(tools):
    """A stream that still brings lines when a block begins is read on as the many-line answer."""

    async def work():
        generator = tools.Scripted(
            ["(a):\n", 100, "    b = a\n", 100, "    c = b\n", 100, "    return c\n", "x = 1\n"]
        )
        engine = tools.engine_of(generator, surplus_lines=1)
        request = tools.ask_at("def f$0\n")
        assert (await engine.suggest(request))[0].text == "(a):"
        seen = []
        found = await engine.suggest(tools.typed(request, "(a):"), lambda some: seen.append(some[0].text))
        assert found[0].text == "\n    b = a\n    c = b\n    return c"
        assert len(generator.requests) == 1

    tools.run(work())


def test_names_that_are_gone(tools):
    """A cached text that names what the document no longer has is not shown; one whose names stand is."""

    async def work():
        generator = tools.Scripted(
            lambda r: ["total + 1\n"] if "total" in r.window.prefix else ["amount + 1\n"]
        )
        engine = tools.engine_of(generator)
        far = "# filler\n" * 80
        before = await engine.suggest(tools.ask_at(f"total = 2\n{far}x = $0\n"))
        assert before[0].text == "total + 1"
        await settle()
        again = await engine.suggest(tools.ask_at(f"total = 2\n{far}x = $0\n"))
        assert (again[0].text, again[0].source) == ("total + 1", "cache")
        renamed = await engine.suggest(tools.ask_at(f"amount = 2\n{far}x = $0\n"))
        assert renamed[0].text == "amount + 1"

    tools.run(work())


def test_typed_against(tools):
    """What the user typed something else than stays away at the next key, unless its chance rose."""

    async def work(chance, later):
        piece = tools.Piece
        generator = tools.Scripted(
            lambda r: [
                piece("foo(1)", confidence=later if r.window.prefix.endswith("b") else chance, done=True)
            ]
        )
        engine = tools.engine_of(generator)
        request = tools.ask_at("x = $0\n")
        assert (await engine.suggest(request))[0].text == "foo(1)"
        return await engine.suggest(tools.typed(request, "b"))

    assert tools.run(work(0.6, 0.6)) == []
    assert tools.run(work(0.6, 0.5)) == []
    assert tools.run(work(0.6, 0.8))[0].text == "foo(1)"
    assert tools.run(work(None, None)) == []


def test_more_than_was_given_is_told_and_given(tools):
    """A client that takes no parts asks again each time that it is told, and ends with the whole."""

    async def work():
        pieces = ["\n    a = 1\n", 900, "    b = 2\n", 900, "    c = 3\n", 900, "d\n"]
        engine = tools.engine_of(tools.Scripted(pieces))
        told = asyncio.Queue()
        engine.on_more = told.put_nowait
        seen = []
        request = tools.ask_at("def f():$0\n")
        while True:
            seen.append((await engine.suggest(request))[0].text)
            try:
                async with asyncio.timeout(5):
                    assert await told.get() == request.snapshot.uri
            except TimeoutError:
                return seen

    one, two, three = "\n    a = 1", "\n    b = 2", "\n    c = 3"
    assert tools.run(work()) == [one, one + two, one + two + three]


def test_nothing_is_told_once_something_else_was_asked(tools):
    async def work():
        engine = tools.engine_of(tools.Scripted(["\n    a = 1\n", 900, "    b = 2\n", 900, "d\n"]))
        told = []
        engine.on_more = told.append
        request = tools.ask_at("def f():$0\n")
        await engine.suggest(request)
        await engine.suggest(tools.typed(request, "zz"))
        await asyncio.sleep(5)
        engine.stop()
        return told

    assert tools.run(work()) == []


def test_lines_that_cannot_be_shown_yet_are_waited_for(tools):
    """At its deadline an answer's lines may break the syntax without those that are still coming."""

    async def work():
        pieces = ["\n    a = 1\n    @b\n", 900, "    def c():\n        return a\n    return c\n", 900, "d\n"]
        engine = tools.engine_of(tools.Scripted(pieces))
        found = await engine.suggest(tools.ask_at("def f():$0\n"))
        return found[0].text

    assert tools.run(work()).startswith("\n    a = 1\n    @b\n    def c():\n        return a")


def test_typed_against_is_remembered_for_the_line(tools):
    """What was typed against two keys ago stays away too, what is typed along does not, and another line is another
    question."""

    async def work():
        said = {"x = a": ("ttribute", 0.7), "x = at": ("tribute", 0.7), "x = ato": ("m", 0.8)}
        said |= {"x = aton": ("tribute", 0.75), "x = atone": ("tribute", 0.9), "y = aton": ("tribute", 0.75)}

        def answer(request):
            text, chance = said[request.window.prefix.rpartition("\n")[2]]
            return [tools.Piece(text, confidence=chance, done=True)]

        engine = tools.engine_of(tools.Scripted(answer, wants_context=False))
        engine.cache.size = 0
        seen = []
        for line in ("x = a", "x = at", "x = ato", "x = aton", "x = atone", "y = aton"):
            found = await engine.suggest(tools.ask_at(f"{line}$0\n"))
            seen.append([one.text for one in found])
        assert seen == [["ttribute"], ["tribute"], ["m"], [], ["tribute"], ["tribute"]]
        assert "something else was typed" in engine.why.last()[2].sentence

    tools.run(work())


def test_a_silent_endpoint(tools):
    """The built-in model answers meanwhile, the endpoint is not given up, and by hand it is waited for."""

    async def work():
        slow = tools.Scripted([3000, "foo(1)\n"], "endpoint")
        builtin = tools.Scripted(["bar\n"], "built-in model", wants_context=False)
        engine = tools.engine_of(slow, builtin)
        silent = []
        engine.on_silence = silent.append
        loop = asyncio.get_running_loop()
        began = loop.time()
        request = tools.ask_at("x = $0\n")
        assert [(s.text, s.source) for s in await engine.suggest(request)] == [("bar", "built-in model")]
        assert loop.time() - began == pytest.approx(1.0)
        assert len(silent) == 1
        await asyncio.sleep(2.5)
        assert slow.finished == 1
        later = await engine.suggest(request)
        assert [(s.text, s.origin) for s in later] == [("foo(1)", "endpoint")]
        manual = tools.ask_at("y = $0\n", trigger=tools.Trigger.MANUAL)
        assert [(s.text, s.source) for s in await engine.suggest(manual)] == [("foo(1)", "endpoint")]

    tools.run(work())


def test_every_nothing_has_its_sentence(tools):
    """Where nothing is shown the decision says why, in a sentence."""

    async def why(script, text="x = $0\n"):
        engine = tools.engine_of(tools.Scripted(script, "endpoint"))
        assert await engine.suggest(tools.ask_at(text)) == []
        return engine.why.last()[0].sentence

    assert (
        tools.run(why([tools.Error("did not answer within 10 s")])) == "endpoint did not answer within 10 s."
    )
    assert tools.run(why([""])) == "endpoint answered with an empty text."
    assert "syntax error" in tools.run(why([")) 2\n"]))
    assert "still thinking" in tools.run(why(["<think>a b c"]))
    assert "block" in tools.run(why(["\nx = 1\ny = 2\n"], "def f():$0\n"))


def test_a_text_that_was_dropped_here_is_not_shown_on_its_way(tools):
    async def work():
        engine = tools.engine_of(tools.Scripted(["foo(a)", 50, " a + b", 50, "\ny = 3\n"]))
        first = tools.ask_at("def f(a, b):\n    x = $0\n    return x\n")
        shown: list[str] = []
        for _ in range(2):
            parts: list[str] = []
            await engine.suggest(first, lambda found, to=parts: to.extend(s.text for s in found))
            shown = parts
        engine.stop()
        return shown

    assert tools.run(work()) == []


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["\n    a = 1\n    b = co"], "\n    a = 1"),
        (["\n    a = 1\n", "    b = 2\n    c"], "\n    a = 1\n    b = 2"),
        (["\n    a = 1\n    b = 2\n"], "\n    a = 1\n    b = 2"),
        (["\n    return a + b"], "\n    return a + b"),
    ],
)
def test_a_line_that_the_bound_of_tokens_cut_is_left_out(tools, pieces, shown):
    """Behind whole lines; a single line may well be all of it."""

    async def work():
        *first, last = pieces
        engine = tools.engine_of(tools.Scripted([*first, tools.Piece(last, done=True, bounded=True)]))
        found = await engine.suggest(tools.ask_at("def f():$0\n"))
        assert found[0].text == shown
        engine.stop()

    tools.run(work())
