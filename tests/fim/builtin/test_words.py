"""Next tokens: what followed a context, words by their beginning, and suggestions that are as long as they are sure."""

from __future__ import annotations

import contextlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.fim import GenerationRequest, Trigger, Window
from dovetail.fim.builtin import BuiltinGenerator, BuiltinModel, Proposal
from dovetail.fim.builtin.index.evidence import ABOVE, BELOW, Source
from dovetail.fim.builtin.index.lexer import NEWLINE, Vocabulary, is_word
from dovetail.fim.builtin.index.library import Library
from dovetail.fim.builtin.index.prefixes import Prefixes
from dovetail.fim.builtin.index.segment import Matches, Segment
from dovetail.fim.builtin.words.counted import count
from dovetail.fim.builtin.words.followers import FAR, FILE, NEAR, NEAR_TOKENS, WORKSPACE, Followers, after
from dovetail.fim.builtin.words.ranker import shipped
from dovetail.fim.builtin.words.table import NAMES, Around, table_of
from dovetail.fim.types import NothingSure
from dovetail.text import Point, Snapshot

CODE = st.lists(st.text("ab(.) ", max_size=8), max_size=30)
MARKS = "class Frame:\n    __frame_marks__ = ()\n" + "".join(
    f"\n\ndef marks_of_{n}(frame):\n    return frame.__frame_marks__[{n}]\n" for n in range(30)
)


def ask(model: BuiltinModel, text: str, path: str = "new.py", count: int = 1) -> list[Proposal]:
    head, _, tail = text.partition("$0")
    snapshot = Snapshot.open(f"file:///{path}", head + tail)
    return model.complete(snapshot, snapshot.lines.point(len(head)), path, count=count)


@given(CODE, st.integers(0, 40), st.integers(1, 4))
def test_followers_are_what_a_plain_search_finds(lines: list[str], where: int, length: int) -> None:
    vocabulary = Vocabulary()
    tokens = vocabulary.file(lines)
    segment = Segment.build(vocabulary, [("a", tokens)])
    canon = vocabulary.canon[np.array(tokens)].tolist()
    context = canon[where % len(canon) :][:length]
    found = after([Source(segment)], Matches(vocabulary), context)
    for level in range(1, len(context) + 1):
        wanted = Counter(
            tokens[at + level]
            for at in range(len(tokens) - level)
            if canon[at : at + level] == context[-level:]
        )
        deep = found.levels >= level
        assert Counter(found.tokens[deep].tolist()) == wanted
    assert not found.weights.size or found.weights.min() == found.weights.max() == 1.0


@given(st.lists(CODE, min_size=1, max_size=3), st.integers(0, 40), st.integers(1, 4), st.integers(0, 900))
def test_pieces_of_a_document_tell_how_far_off_each_place_is(
    pieces: list[list[str]], where: int, length: int, offset: int
) -> None:
    vocabulary = Vocabulary()
    files = [vocabulary.file(lines) for lines in pieces]
    canon = [vocabulary.canon[np.array(tokens)].tolist() for tokens in files]
    context = canon[0][where % len(canon[0]) :][:length]
    sources, wanted = [], Counter[tuple[int, int, int, float]]()
    for number, (tokens, symbols) in enumerate(zip(files, canon, strict=True)):
        side = ABOVE if number % 2 else BELOW
        sources.append(Source(Segment.build(vocabulary, [("", tokens)]), side, offset))
        for at in range(1, len(tokens)):
            level = 0
            while level < min(at, len(context)) and symbols[at - level - 1] == context[-level - 1]:
                level += 1
            if level:
                distance = offset + (len(tokens) - at if side == ABOVE else at)
                near = side == ABOVE and distance <= NEAR_TOKENS
                wanted[tokens[at], level, NEAR if near else FILE, distance] += 1
    found = after(sources, Matches(vocabulary), context)
    columns = (found.tokens, found.levels, found.scopes, found.distances)
    assert Counter(zip(*(column.tolist() for column in columns), strict=True)) == wanted


def test_common_contexts_are_sampled_and_keep_their_weight() -> None:
    vocabulary = Vocabulary()
    tokens = vocabulary.file(["f(a)"] * 3000 + ["g(b)"] * 3000)
    segment = Segment.build(vocabulary, [("a", tokens)])
    found = after([Source(segment)], Matches(vocabulary), [vocabulary.find("f"), vocabulary.find("(")])
    assert len(found.tokens) < 1000
    for level, wanted in ((1, {"a": 3000, "b": 3000}), (2, {"a": 3000})):
        rows = found.levels >= level
        weights = {
            name: found.weights[rows & (found.tokens == vocabulary.find(name))].sum() for name in wanted
        }
        assert weights == pytest.approx(wanted, rel=0.02)


def test_hidden_files_are_not_counted_and_places_are_known() -> None:
    vocabulary = Vocabulary()
    files = [(name, vocabulary.file([f"call({name})"])) for name in ("one", "two")]
    learnt, above = Segment.build(vocabulary, files), Segment.build(vocabulary, files[:1])
    context = [vocabulary.find("call"), vocabulary.find("(")]
    sources = [Source(learnt, hidden=frozenset({1})), Source(above, ABOVE, 3)]
    found = after(sources, Matches(vocabulary), context)
    assert [vocabulary.texts[token] for token in found.tokens] == ["one", "one"]
    assert found.scopes.tolist()[0] == WORKSPACE
    assert found.scopes.tolist()[1] > FILE - 1
    assert found.distances.tolist()[1] == 3 + len(above.tokens) - 3


@given(
    st.lists(st.text("abc_1", min_size=1, max_size=4), max_size=60), st.text("abc_", min_size=1, max_size=3)
)
def test_words_by_their_beginning(words: list[str], start: str) -> None:
    vocabulary = Vocabulary()
    half = len(words) // 2
    for word in words[:half]:
        vocabulary.add(" " + word)
    prefixes = Prefixes(vocabulary)
    prefixes.ids(start)
    for word in words[half:]:
        vocabulary.add(word)
    wanted = {vocabulary.find(w) for w in words if w.startswith(start) and is_word(w)}
    assert set(prefixes.ids(start).tolist()) == wanted


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.text("xy( ", max_size=6), st.booleans()), max_size=30)
)
def test_counts_of_the_library_follow_every_change(changes: list[tuple[str, str, bool]]) -> None:
    vocabulary = Vocabulary()
    library, known = Library(vocabulary), {}
    for path, text, gone in changes:
        if gone:
            library.remove(path)
            known.pop(path, None)
        else:
            library.put(path, vocabulary.file([text]))
            known[path] = text
    wanted = Counter(
        int(vocabulary.canon[token]) for text in known.values() for token in vocabulary.file([text])
    )
    counts = {number: int(count) for number, count in enumerate(library.counts) if count}
    assert counts == dict(wanted)


def test_chances_share_out_the_whole() -> None:
    vocabulary = Vocabulary()
    tokens = vocabulary.file(["f(a)"] * 6 + ["f(b)"] * 2 + ["f"])
    segment = Segment.build(vocabulary, [("a", tokens)])
    context = [NEWLINE, vocabulary.find("f")]
    found = after([Source(segment)], Matches(vocabulary), context)
    table = table_of(count(found, vocabulary.canon, bare=False), vocabulary.texts, Around())
    assert table is not None
    assert [vocabulary.texts[token] for token in table.tokens] == ["("]
    assert table.chances[0] + table.end == pytest.approx(1)
    assert 0.05 < table.end < 0.3
    assert table.rows.shape == (1, len(NAMES))


def test_a_word_is_finished_from_one_letter_on() -> None:
    model = BuiltinModel()
    model.update("frames.py", MARKS)
    for typed in ("__frame_", "__f"):
        (proposal,) = ask(model, f"def of(frame):\n    return frame.{typed}$0\n")
        assert proposal.text.startswith("__frame_marks__"[len(typed) :])
        assert proposal.confidence > 0.5


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9),
            st.integers(0, 4),
            st.integers(WORKSPACE, NEAR),
            st.sampled_from([1.0, 2.5]),
            st.integers(1, 900),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_counts_are_what_plain_counting_gives(places: list[tuple[int, int, int, float, int]]) -> None:
    tokens, levels, scopes = np.array([place[:3] for place in places], np.int32).T
    weights, distances = np.array([place[3:] for place in places], np.float32).T
    found = count(Followers(tokens, levels, scopes, weights, distances), np.arange(10), bare=True, exact=9)
    assert found is not None
    # Of each scope and level: what agrees in so many tokens or more, there or nearer.
    tables = {
        (scope, level): Counter[int]() for level in range(max(1, *levels.tolist()) + 1) for scope in range(4)
    }
    for token, own_level, own_scope, weight, _ in places:
        for (scope, level), table in tables.items():
            if level <= own_level and scope <= own_scope:
                table[token] += weight  # type: ignore[assignment]
    chances = dict.fromkeys(tokens.tolist(), 0.0)
    for (scope, level), table in tables.items():
        wider = tables[scope - 1, level].total() if scope else 0
        if table and table.total() != wider:
            weight = table.total() / (table.total() + (1.0 if level < 3 else 0.6) * len(table))
            for token in chances:
                chances[token] = (1 - weight) * chances[token] + weight * table[token] / table.total()
    own = {token: chance / sum(chances.values()) for token, chance in chances.items()}
    assert found.end == pytest.approx(own.pop(NEWLINE, 0.0))
    assert found.whole == pytest.approx(own.pop(9, 0.0))
    assert found.chances == pytest.approx(sorted(own.values(), reverse=True)[:6])
    for token, chance, row in zip(found.tokens, found.chances, found.rows, strict=True):
        assert own[token] == pytest.approx(chance)
        for scope in range(4):
            known = [level for level in range(5) if tables.get((scope, level))]
            seen = [level for level in known if tables[scope, level][token]]
            table = tables[scope, max(seen, default=0)]
            long = tables[scope, max(known, default=0)]
            share, longest = (each[token] / max(each.total(), 1e-9) for each in (table, long))
            wanted = [max(seen, default=-1), np.log1p(table.total()), np.log1p(len(table)), share]
            wanted += [max(known, default=0), longest]
            wanted += [np.log1p(tables[scope, level][token]) for level in (0, 1)]
            assert row[7 + 8 * scope :][:8] == pytest.approx(wanted, rel=1e-5)
        for column, least in ((39, 0), (40, 2)):
            far = [
                place[4] for place in places if place[0] == token and place[2] >= FILE and place[1] >= least
            ]
            assert row[column] == pytest.approx(np.log1p(min(far, default=FAR)), rel=1e-5)


def test_words_of_the_open_file_count_before_any_are_saved() -> None:
    text = "def collect_measurements(rows):\n    return rows\n\n\nfound = collect_m$0\n"
    assert ask(BuiltinModel(), text)[0].text.startswith("easurements")


def test_the_chance_falls_along_a_suggestion() -> None:
    model = BuiltinModel()
    model.update("frames.py", MARKS)
    lines = ["def of(frame):\n", "    return frame\n"]
    words, options = model.look(lines, 1, "    return frame", "new.py")
    chain = words.chain(options, shipped(), "return frame", 0.2)
    assert chain.text.startswith(".__frame_marks__")
    assert list(chain.chances) == sorted(chain.chances, reverse=True)
    assert chain.until(1.1).pieces == chain.pieces[:1]


@pytest.mark.parametrize("name", ["api_key", "password"])
def test_a_key_in_another_open_document_is_not_proposed(name: str) -> None:
    secret = "q7Zp2Lx9Vb4Tn8Rk3Mw6Yd1H"
    model = BuiltinModel()
    other = Snapshot.open("file:///settings.py", f'{name} = "{secret}"\nvalue = read()\n')
    text = f"import settings\n{name} = \n"
    for column in (len(name), len(name) + 1, len(name) + 3):
        snapshot = Snapshot.open("file:///app.py", text)
        found = model.complete(snapshot, Point(1, column), "app.py", live=[("settings.py", other)], count=5)
        assert not any(secret[:6] in p.text or "*****" in p.text for p in found)


def request_at(text: str) -> GenerationRequest:
    snapshot = Snapshot.open("file:///new.py", text)
    end = snapshot.lines.point(len(text))
    return GenerationRequest(
        snapshot,
        end,
        Window(text, "", 0, 2),
        "new.py",
        Trigger.AUTOMATIC,  # type: ignore[arg-type]
    )


async def test_what_is_typed_against_a_guess_makes_the_next_less_likely() -> None:
    model = BuiltinModel()
    model.update("frames.py", MARKS)
    generator = BuiltinGenerator(model)
    text = "def of(frame):\n    return frame."
    first = [piece async for piece in generator.generate(request_at(text))]
    assert first[0].text.startswith("__frame_marks__")
    with contextlib.suppress(NothingSure):
        await anext(aiter(generator.generate(request_at(text + "x"))))
    assert generator.correction.offset < 0
    again = [piece async for piece in generator.generate(request_at(text))]
    assert again[0].text == first[0].text
    assert again[0].confidence == pytest.approx(generator.correction.corrected(first[0].confidence or 0))
    # What is less likely here than the bar is not shown, and its chance here is told.
    generator.automatic = ((first[0].confidence or 0) + (again[0].confidence or 0)) / 2
    with pytest.raises(NothingSure) as said:
        await anext(aiter(generator.generate(request_at(text))))
    assert f"({again[0].confidence:.0%}" in str(said.value)


async def test_why_nothing_is_shown_is_said() -> None:
    model = BuiltinModel()
    model.update("frames.py", MARKS)
    generator = BuiltinGenerator(model)
    generator.automatic = 1.0
    text = "def of(frame):\n    return frame\n"
    snapshot = Snapshot.open("file:///new.py", text)
    request = GenerationRequest(
        snapshot,
        Point(1, 16),
        Window(text, "", 0, 2),
        "new.py",
        Trigger.AUTOMATIC,  # type: ignore[arg-type]
    )
    with pytest.raises(NothingSure) as said:
        await anext(aiter(generator.generate(request)))
    assert "__frame_marks__" in str(said.value)
    assert "under its bar of 100%" in str(said.value)
