"""The ground of the built-in model: tokens, the index over them, pieces of open documents."""

from __future__ import annotations

import math
import mmap
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.fim.builtin import BuiltinModel
from dovetail.fim.builtin.index.document import Borders, Pieces, Runs, cut_around, large_pieces, small_pieces
from dovetail.fim.builtin.index.lexer import ID, NEWLINE, NUMBER, TOKEN, Vocabulary, split_indent, words_of
from dovetail.fim.builtin.index.library import Library
from dovetail.fim.builtin.index.names import UNKNOWN
from dovetail.fim.builtin.index.prefixes import Prefixes
from dovetail.fim.builtin.index.segment import DEPTH, Segment, Sorted, context_order
from dovetail.fim.builtin.index.texts import StoredTexts
from dovetail.fim.builtin.model.rename import parts, renamed, renames
from dovetail.text import Point, Snapshot, split_lines

line_text = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=60)
code_text = st.text("ab_1 ().=\n", max_size=120)


class Mapped(bytearray):
    """A mapped file that notes which of its pages were let go."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.gone: list[int] = []

    def madvise(self, _: int, start: int, length: int) -> None:
        assert start % mmap.PAGESIZE == 0
        self.gone += range(start // mmap.PAGESIZE, -(-min(len(self), start + length) // mmap.PAGESIZE))


@pytest.mark.skipif(sys.platform == "win32", reason="does nothing there")
@pytest.mark.parametrize("pages", [[20.5, 0.1, 3], [1], [0.5] * 20, []])
def test_all_memory_of_stored_files_is_let_go_once_in_eight_turns(pages: list[float]) -> None:
    files = [Mapped(int(size * mmap.PAGESIZE)) for size in pages]
    library = Library(Vocabulary(), mapped=files)  # type: ignore[arg-type]
    most = 0
    for _ in range(2):
        for file in files:
            file.gone.clear()
        before = 0
        for _ in range(8):
            library.release()
            after = sum(len(file.gone) for file in files)
            most, before = max(most, after - before), after
        assert [file.gone for file in files] == [[*range(math.ceil(size))] for size in pages]
    assert most <= math.ceil(sum(map(math.ceil, pages)) / 8)


@given(line_text)
def test_tokens_concatenate_back_to_the_line(line: str) -> None:
    """Nothing of a line is lost but trailing spaces: proposals reproduce spacing exactly."""
    vocabulary = Vocabulary()
    tokens = vocabulary.line(line)
    assert "".join(vocabulary.texts[token] for token in tokens).removeprefix("\n") == line.rstrip()
    indent, rest = split_indent(line)
    assert indent + "".join(TOKEN.findall(rest)) == line.rstrip() or not line.strip()


def test_blanks_do_not_tell_tokens_apart() -> None:
    vocabulary = Vocabulary()
    one, two = vocabulary.line("x = foo(1)"), vocabulary.line("  x=foo( 1 )")
    assert one != two
    assert vocabulary.canon[one].tolist() == vocabulary.canon[two].tolist()


@given(st.sets(st.text("ab\0é", max_size=12), min_size=1), st.text("ab\0é", max_size=12))
def test_stored_texts_are_found_as_a_plain_search_finds_them(known: set[str], start: str) -> None:
    texts = sorted(known, key=hash)
    stored = StoredTexts.of(text.encode() for text in texts)
    assert [stored.find(text) for text in texts] == [*range(len(texts))]
    assert stored.find(start) == (texts.index(start) if start in known else -1)
    beginning = [texts[number] for number in stored.beginning(start).tolist()]
    assert beginning == sorted(text for text in known if text.startswith(start))


def test_names_are_alike_in_shape_and_keywords_are_not() -> None:
    vocabulary = Vocabulary()
    shape = vocabulary.shape[vocabulary.line("for item in range2(10): print")].tolist()
    words = vocabulary.look_up(["for", "item", "in", "range2", "(", "10", ")", ":", "print"])[1]
    assert shape[1:] == words
    assert [shape[i] for i in (2, 4, 9)] == [ID, ID, ID]
    assert shape[6] == NUMBER
    assert shape[0] == NEWLINE
    assert shape[1] not in (ID, NUMBER)


def test_looking_up_does_not_learn() -> None:
    vocabulary = Vocabulary()
    before = len(vocabulary)
    assert vocabulary.look_up(words_of("never seen")) == ([-9, -9], [ID, ID])
    assert len(vocabulary) == before


def test_a_restored_vocabulary_goes_on_as_before() -> None:
    vocabulary = Vocabulary()
    vocabulary.file(["def f(a): return a + 1", "  x = 2"])
    count = len(vocabulary)
    stored = StoredTexts.of(text.encode() for text in vocabulary)
    twin = Vocabulary.restore(stored, vocabulary.canon[:count], vocabulary.shape[:count])
    assert twin.line("def new(b): pass") == vocabulary.line("def new(b): pass")
    assert twin.canon[: len(twin)].tolist() == vocabulary.canon[: len(vocabulary)].tolist()
    assert [*twin] == [*vocabulary]
    # What came since is gone again, under the same numbers.
    assert [*twin.upto(count)] == [*vocabulary.upto(count)] == [*vocabulary][:count]
    assert len(twin.upto(count + 2)) == count + 2
    assert twin.upto(count).line("def f(a): return") == vocabulary.line("def f(a): return")


@given(st.sets(st.text(max_size=6)), st.text(max_size=3))
def test_stored_texts_are_found_and_nothing_else_is(texts: set[str], start: str) -> None:
    kept = [text for text in texts if not any("\ud800" <= sign <= "\udfff" for sign in text)]
    stored = StoredTexts.of(text.encode() for text in kept)
    assert [stored.find(text) for text in kept] == [*range(len(kept))]
    assert stored.find(start) == (kept.index(start) if start in kept else -1)
    beginning = [kept[number] for number in stored.beginning(start).tolist()]
    assert beginning == sorted(text for text in kept if text.startswith(start))


def test_texts_that_are_stored_are_read_when_they_are_asked_for() -> None:
    vocabulary = Vocabulary()
    vocabulary.file(["grün = blau + 1", "grau = grün"])
    stored = StoredTexts.of(text.encode() for text in vocabulary)
    count = len(vocabulary)
    twin = Vocabulary.restore(stored, vocabulary.canon[:count], vocabulary.shape[:count])
    assert not twin.texts
    assert twin.find("blau") == vocabulary.find("blau")
    assert twin.find("bla") == twin.find("\ud800") == -1
    assert [twin.texts[number] for number in range(count)] == [*vocabulary]
    with pytest.raises(KeyError):
        twin.texts[count]
    with pytest.raises(KeyError):
        twin.texts[-1]


def test_words_by_their_beginning_are_those_of_a_plain_search() -> None:
    vocabulary = Vocabulary()
    vocabulary.file([f"value_{number} = grün{number} (va, _x)" for number in range(200)])
    stored = StoredTexts.of(text.encode() for text in vocabulary)
    count = len(vocabulary)
    twin = Vocabulary.restore(stored, vocabulary.canon[:count], vocabulary.shape[:count])
    for read in (vocabulary, twin):
        prefixes = Prefixes(read)
        for new in ("", "value_new", "  val", *[f"value_more{number}" for number in range(100)]):
            if new:
                read.line(new)
            for start in ("v", "val", "value_1", "value_new", "grü", "_", "nothing", "value_more9"):
                plain = {at for at, text in enumerate(read) if text.startswith(start)}
                found = prefixes.ids(start).tolist()
                assert set(found) == plain
                assert len(found) == len(plain)


@given(st.lists(st.integers(0, 3), max_size=80), st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_matches_are_those_of_a_plain_search(symbols: list[int], context: list[int]) -> None:
    """Every place that follows the last k symbols of the context, for every k, and no other."""
    tokens = np.array(symbols, np.int32)
    order = context_order(tokens)
    identity = np.arange(10, dtype=np.int32)
    table = Sorted.of(order, tokens, identity)
    segment = Segment(tokens, table, table, np.array([0]), ("a",))
    ranges = segment.match(table, identity, context)
    for level in range(1, min(DEPTH, len(context)) + 1):
        wanted = context[-level:]
        plain = {p for p in range(level, len(symbols)) if symbols[p - level : p] == wanted}
        found = set(order[slice(*ranges[level - 1])].tolist()) if level <= len(ranges) else set()
        assert found == plain


def test_large_ranges_are_matched_like_small_ones() -> None:
    """Above some size the search halves ranges instead of scanning them."""
    symbols = np.tile(np.array([1, 2, 3, 1, 4], np.int32), 2_000)
    order = context_order(symbols)
    identity = np.arange(10, dtype=np.int32)
    table = Sorted.of(order, symbols, identity)
    segment = Segment(symbols, table, table, np.array([0]), ("a",))
    ranges = segment.match(table, identity, [3, 1])
    assert [high - low for low, high in ranges] == [4_000, 2_000]
    assert sorted(order[slice(*ranges[1])].tolist()) == list(range(4, 10_000, 5))


@given(code_text, st.integers(0, 3))
def test_equal_contexts_keep_the_order_of_the_text(text: str, seed: int) -> None:
    vocabulary = Vocabulary()
    tokens = np.array(vocabulary.file(split_lines(text)), np.int32)
    order = context_order(vocabulary.canon[tokens])
    assert sorted(order.tolist()) == list(range(len(tokens)))
    contexts = [tuple(vocabulary.canon[tokens[max(0, p - DEPTH) : p][::-1]].tolist()) for p in order]
    for (a, p), (b, q) in zip(
        zip(contexts, order.tolist(), strict=True),
        list(zip(contexts, order.tolist(), strict=True))[1:],
        strict=False,
    ):
        assert a < b or (a == b and p < q)


@given(st.lists(line_text.map(lambda line: line + "\n"), min_size=1, max_size=700), st.integers(0, 699))
@settings(max_examples=40)
def test_pieces_join_to_the_document(lines: list[str], number: int) -> None:
    number %= len(lines)
    above, below = cut_around(lines, number)
    assert [line for piece in above for line in piece] == lines[:number]
    assert [line for piece in below for line in piece] == lines[number + 1 :]
    for cut in (large_pieces, small_pieces):
        assert [line for piece in cut(lines) for line in piece] == lines


LONG = [f"value_{i} = compute({i * i}, {i % 7})\n" for i in range(20_000)]


def test_a_line_put_in_leaves_far_pieces_alone() -> None:
    """Only pieces near the edit are indexed again, wherever in the file it is."""
    above, below = cut_around(LONG, 6_000)
    before = {*above, *below}
    above, below = cut_around([*LONG[:6_000], "new = 1\n", *LONG[6_000:]], 6_001)
    after = [*above, *below]
    assert len(after) > 20
    assert sum(piece not in before for piece in after) <= 2


def test_a_jump_leaves_far_pieces_alone() -> None:
    """Most of what was indexed for one place serves another."""
    before = {piece for part in cut_around(LONG, 6_000) for piece in part}
    after = [piece for part in cut_around(LONG, 7_500) for piece in part]
    fresh = sum(len(piece) for piece in after if piece not in before)
    assert fresh < 6_000


def test_a_keystroke_builds_nothing() -> None:
    """The line being typed is in no piece, so typing on it uses what is there."""
    pieces = Pieces(Vocabulary())
    lines = [f"a_{i} = {i}\n" for i in range(300)]
    first = pieces.around([*lines, "x\n", *lines], 300).sources
    second = pieces.around([*lines, "xy\n", *lines], 300).sources
    assert [s.segment for s in first] == [s.segment for s in second]


def test_a_jump_in_a_prepared_document_builds_only_the_pieces_next_to_the_cursor() -> None:
    pieces = Pieces(Vocabulary())
    pieces.prepare(LONG)
    known = {id(segment) for segment in pieces._known.values()}
    for number in (700, 6_000, 11_000):
        sources = pieces.around(LONG, number).sources
        assert sum(id(source.segment) not in known for source in sources) <= 4 < len(sources)


@pytest.mark.parametrize("cursor", [0, 25_000, None])
def test_a_jump_in_a_long_prepared_document_reads_no_line_again(
    cursor: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(f"value_{number} = read({number})\n" for number in range(26_000))
    snapshot = Snapshot.open("file:///long.py", text)
    model = BuiltinModel()
    model.prepare(snapshot, None if cursor is None else Point(cursor, 0))
    read: list[str] = []
    line = Vocabulary.line
    monkeypatch.setattr(Vocabulary, "line", lambda self, text: read.append(text) or line(self, text))
    for number in (13_000, 200, 24_000):
        model.complete(snapshot, Point(number, 5), "long.py")
    assert len(read) <= 6, len(read)  # the cursors' own lines


@given(
    st.lists(st.integers(0, 300), max_size=1_500),
    st.integers(0, 1_500),
    st.integers(0, 40),
    st.integers(0, 40),
)
@settings(deadline=None)
def test_borders_kept_from_the_last_text_are_those_of_the_new_one(
    numbers: list[int], at: int, out: int, put_in: int
) -> None:
    lines = [f"line {number}" for number in numbers]
    changed = [*lines[:at], *(f"line {300 - number}" for number in range(put_in)), *lines[at + out :]]
    borders = Borders()
    assert borders.of(lines) == Borders().of(lines)
    assert borders.of(changed) == Borders().of(changed)
    assert borders.of(lines) == Borders().of(lines)


def test_borders_after_a_jump_are_asked_for_at_the_edges_of_the_window_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs: Runs = {}
    Borders(runs=runs).of(LONG)
    asked: list[str] = []
    kinds = Borders._kinds_of
    monkeypatch.setattr(Borders, "_kinds_of", lambda self, lines: asked.extend(lines) or kinds(self, lines))
    borders = Borders(runs=runs)
    for first in (1_000, 4_321, 2_345):
        asked.clear()
        window = LONG[first : first + 6_000]
        found = borders.of(window, first)
        assert len(asked) <= 2 * 512
        assert found == Borders().of(window)


def test_a_jump_far_from_the_prepared_cursor_builds_only_the_pieces_next_to_it() -> None:
    text = "".join(f"value_{number} = read({number})\n" for number in range(26_000))
    snapshot = Snapshot.open("file:///long.py", text)
    model = BuiltinModel()
    model.prepare(snapshot, Point(100, 0))
    pieces = model._state.pieces
    known = {id(segment) for segment in pieces._known.values()}
    lines = text.splitlines(keepends=True)
    start = 22_000 - 8_001
    sources = pieces.around(lines[start:], 22_000 - start, start).sources
    assert sum(id(source.segment) not in known for source in sources) <= 4 < len(sources)


@given(st.lists(st.sampled_from(["a b", "  b.c(1)", "", "d", "x_1 = d"]), max_size=900), st.integers(0, 900))
@settings(deadline=None, max_examples=30)
def test_the_distance_of_a_word_is_that_of_its_nearest_line(lines: list[str], number: int) -> None:
    """Above the cursor first, then below; 400 lines up and 200 down."""
    number = min(number, len(lines))
    lines = [*lines[:number], "here", *lines[number:]]
    names = Pieces(Vocabulary()).around(lines, number).names
    plain: dict[str, int] = {}
    for index in [
        *range(min(len(lines), number + 200) - 1, number, -1),
        *range(max(0, number - 400), number),
    ]:
        plain.update(dict.fromkeys(words_of(lines[index]), abs(number - index)))
    for word in ("a", "b", "c", "d", "x_1", "(", "here", "never"):
        assert names[word] == plain.get(word, UNKNOWN)


@given(st.lists(st.integers(-2, 70_000), min_size=1, max_size=60), st.integers(1, 16))
def test_few_places_are_sorted_like_many(symbols: list[int], depth: int) -> None:
    array = np.array(symbols * 2, np.int32)
    few = context_order(array, depth)
    backwards = [tuple(array[max(0, p - depth) : p][::-1].tolist()) for p in range(len(array))]
    assert few.tolist() == sorted(range(len(array)), key=lambda p: (backwards[p], p))


def texts_of(library: Library, path: str) -> str | None:
    tokens = library.tokens_of(path)
    if tokens is None:
        return None
    return "".join(library.vocabulary.texts[token] for token in tokens.tolist())


def test_the_newest_text_of_each_file_is_kept_and_the_old_hidden() -> None:
    library = Library(Vocabulary())
    for round_ in range(30):
        for path in ("a.py", "b/c.py"):
            library.put(path, library.vocabulary.file([f"{path[0]}{round_} = 1"]))
    assert texts_of(library, "a.py") == "\na29 = 1\n"
    assert texts_of(library, "b/c.py") == "\nb29 = 1\n"
    assert library.files == 2
    assert library.segments <= 8
    alive = sum(len(source.segment.paths) - len(source.hidden) for source in library.sources("other.py"))
    assert alive == 2
    assert all(
        source.near is None for source in library.sources("other.py") if source.segment.paths == ("b/c.py",)
    )
    library.remove("a.py")
    assert texts_of(library, "a.py") is None
    assert sum(len(s.segment.paths) - len(s.hidden) for s in library.sources("other.py")) == 1
    assert not library.sources("b/c.py"), "a document is not evidence for itself"


@pytest.mark.parametrize(
    ("theirs", "ours", "rest", "expected"),
    [
        ("self.width =", "self.height =", " width", " height"),
        ("def get_user(", "def get_group(", "self, user_id):", "self, group_id):"),
        ("func NewReader(", "func NewWriter(", "r *Reader) {", "r *Writer) {"),
        ("const fooBar =", "const fooBaz =", " makeBar();", " makeBaz();"),
        ("x =", "y =", " compute(z)", None),
    ],
)
def test_a_like_line_is_put_into_the_words_of_this_one(
    theirs: str, ours: str, rest: str, expected: str | None
) -> None:
    vocabulary = Vocabulary()
    pairs = renames(words_of(theirs), words_of(ours))
    assert renamed(vocabulary, [vocabulary.add(token) for token in TOKEN.findall(rest)], pairs) == expected


def test_parts_are_the_differing_middles() -> None:
    assert parts("get_foo_all", "get_bar_all") == ("foo", "bar")
    assert parts("abc", "xyz") is None
