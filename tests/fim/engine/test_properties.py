"""Whatever comes from a generator, wherever the cursor is: the text is never harmed."""

import asyncio
import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dovetail.fim import Piece
from dovetail.text import LANGUAGES, Point, Snapshot

FRAGMENTS = st.sampled_from(
    ["def f(", "):", "\n", "\r\n", "\r", "    ", "\t", "return", " x", "{", "}", "[", "]", ")", '"', "'", "`", "\\",
     "end", "<|fim_middle|>", "\u2028", "\x0c", "\x00", "😀", "é", "\ud800", "//", "# ", ";", ",", "<div>", "</div>",
     "if x", "{\n", "\n}\n", "=", "word", "    pass\n"]
)  # fmt: skip
TEXTS = st.lists(FRAGMENTS, max_size=24).map("".join)
SUFFIXES = st.sampled_from([language.suffixes[0] for language in LANGUAGES] + [".unknown"])
SETTINGS = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@given(
    document=TEXTS,
    pieces=st.lists(st.tuples(TEXTS, st.integers(-1, 3), st.booleans()), max_size=6),
    line=st.integers(-1, 12),
    column=st.integers(-1, 30),
    suffix=SUFFIXES,
    manual=st.booleans(),
    replace=st.booleans(),
    multiline=st.sampled_from([None, True, False]),
)
@SETTINGS
def test_any_answer_anywhere(tools, document, pieces, line, column, suffix, manual, replace, multiline):
    """suggest() never raises; a range lies between the cursor and the end of its line; no `\\r`; and outside of
    the range the document stays as it was."""

    async def work():
        generator = tools.Scripted([Piece(text, candidate, None, done) for text, candidate, done in pieces])
        engine = tools.engine_of(generator, multiline=multiline, speculate=True)
        request = tools.ask_at("$0", "f" + suffix)
        snapshot = Snapshot.open("file:///f" + suffix, document)
        request = type(request)(
            snapshot,
            Point(line, column),
            "f" + suffix,
            tools.Trigger.MANUAL if manual else tools.Trigger.AUTOMATIC,
            replace_range=replace,
            count=3 if manual else 1,
        )
        partial = []
        found = await engine.suggest(request, lambda some: partial.extend(some))
        again = await engine.suggest(request)
        for suggestion in [*partial, *found, *again]:
            assert suggestion.start == request.position
            assert suggestion.end.line == request.position.line
            assert (
                request.position.column <= suggestion.end.column <= len(snapshot.line(request.position.line))
            )
            assert "\r" not in suggestion.text
            assert suggestion.text.strip()
            after = snapshot.lines.replace(suggestion.start, suggestion.end, suggestion.text).text
            low = snapshot.lines.offset(suggestion.start)
            high = snapshot.lines.offset(suggestion.end)
            assert after == document[:low] + suggestion.text + document[high:]
        assert len(found) <= (3 if manual else 1)
        assert len({s.text for s in found}) == len(found)
        engine.stop()
        await asyncio.sleep(1)
        assert len(asyncio.all_tasks()) == 1

    tools.run(work())


@given(text=TEXTS, cuts=st.lists(st.integers(0, 80), max_size=6), suffix=SUFFIXES)
@SETTINGS
def test_how_it_is_cut_into_pieces_does_not_matter(tools, text, cuts, suffix):
    """The same answer in one piece and in many gives the same suggestion."""

    async def ask(pieces):
        engine = tools.engine_of(tools.Scripted(pieces))
        found = await engine.suggest(tools.ask_at("a = 1\nif x:\n    $0\n", "f" + suffix))
        engine.stop()
        return [s.text for s in found]

    marks = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    pieces = [text[a:b] for a, b in itertools.pairwise(marks)]
    assert tools.run(ask([text])) == tools.run(ask(pieces))


@given(text=st.text(alphabet="ab(,)[] \n\"'", min_size=1, max_size=30), data=st.data())
@SETTINGS
def test_typing_along_gives_the_rest(tools, text, data):
    """Typing any part of a suggestion gives its rest, from the cache, or nothing; never another text."""

    async def work():
        generator = tools.Scripted([text + "\n"])
        engine = tools.engine_of(generator)
        request = tools.ask_at("a = 1\nx = $0\nz = 9\n", "f.unknown")
        found = await engine.suggest(request)
        if found:
            whole = found[0].text
            count = data.draw(st.integers(0, len(whole) - 1))
            rest = await engine.suggest(tools.typed(request, whole[:count]))
            if rest and rest[0].source == "cache":
                shown = "".join((whole[:count] + rest[0].text).split())
                assert "".join(whole.split()).startswith(shown)
        engine.stop()

    tools.run(work())
