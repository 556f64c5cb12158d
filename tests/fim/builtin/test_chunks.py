"""The index of pieces: how files are cut, what a piece is found by, and that a store gives back what was put in."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.fim.builtin import BuiltinModel
from dovetail.fim.builtin.index.chunks import LEAST_LINES, MOST_LINES, Chunks, query_of, terms_of, words_in
from dovetail.fim.builtin.index.lexer import Vocabulary, words_of
from dovetail.fim.builtin.index.search import defined_by
from dovetail.fim.builtin.index.segment import Segment
from dovetail.fim.builtin.learner.learn import learn, load
from dovetail.fim.builtin.learner.store import Store

LINES = st.lists(
    st.sampled_from(["", "def get_user(name):", "    return HTTPClient(name)", "x = 1", "        y"]),
    max_size=300,
)


def test_a_word_is_found_by_its_parts() -> None:
    assert set(terms_of("user")) <= set(terms_of("get_user"))
    assert set(terms_of("client")) <= set(terms_of("HTTPClient"))
    assert set(terms_of("GET_USER")) == set(terms_of("get_user"))
    assert not terms_of("return")
    assert not query_of(words_in("if x: 12"))
    once, often = query_of({"get_user": 1.0}), query_of({"get_user": 4.0, "user": 1.0})
    assert all(often[term] > once[term] for term in once) and max(often.values()) < 1


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("def get_user(name):", "get_user"),
        ("async def wait(self):", "wait"),
        ("class HTTPClient(Base):", "HTTPClient"),
        ("func (c *Command) Execute() error {", "Execute"),
        ("func NewCommand(use string) *Command {", "NewCommand"),
        ("export default function mergeHeaders(a, b) {", "mergeHeaders"),
        ("export const timeout = 10", "timeout"),
        ("type Options struct {", "Options"),
        ("LIMIT = 3", "LIMIT"),
        ("limit: int = 3", "limit"),
        ("return get_user(name)", ""),
        ("if user == name:", ""),
        ("get_user(name)", ""),
        ("else:", ""),
        ("", ""),
    ],
)
def test_a_line_that_defines_says_what(line: str, name: str) -> None:
    words = list(words_of(line))
    assert defined_by(words, indented=False) == name
    variable = name in ("timeout", "LIMIT", "limit")
    assert defined_by(words, indented=True) == ("" if variable else name)


def test_a_prompt_is_given_parts_and_the_lines_that_define() -> None:
    model = BuiltinModel()
    plain = [f"    step_{n}()" for n in range(20)]
    model.update(
        "shop/stock.py", "\n".join(["def reserve_items(order):", *plain, "", "LIMIT = 3", *["x()"] * 20])
    )
    model.update("shop/secret.py", "def reserve_items_again(order):\n    return 1\n")
    parts, headers = model.parts(
        {"reserve": 1.0, "items": 1.0, "step_9": 0.2}, most=4, path="shop/x.py", hidden={"shop/secret.py"}
    )
    assert parts[0].path == "shop/stock.py" and parts[0].line == 0
    assert parts[0].text.startswith("def reserve_items(order):")
    assert all(16 <= part.text.count("\n") + 1 <= 34 for part in parts[:1])
    assert [(each.text, each.words, each.line) for each in headers] == [
        ("def reserve_items(order):", ("reserve_items",), 0),
        ("LIMIT = 3", ("LIMIT",), 22),
    ]
    assert model.parts({"nowhere_to_be_found": 1.0}, most=4) == ([], [])


@settings(max_examples=50)
@given(st.lists(LINES, min_size=1, max_size=3))
def test_pieces_cover_their_files_and_know_their_terms(files: list[list[str]]) -> None:
    vocabulary = Vocabulary()
    segment = Segment.build(vocabulary, [(str(n), vocabulary.file(lines)) for n, lines in enumerate(files)])
    chunks = Chunks.build(vocabulary, segment)
    assert set(segment.starts.tolist()) <= set(chunks.starts.tolist())
    borders = chunks.starts.tolist()
    assert borders == sorted(set(borders)) and borders[-1] == len(segment.tokens)
    for piece, (low, high) in enumerate(pairwise(borders)):
        texts = [vocabulary.texts[token] for token in segment.tokens[low:high].tolist()]
        lines = sum(text.startswith("\n") for text in texts)
        assert lines <= MOST_LINES + 1
        last = high in segment.starts.tolist() or high == len(segment.tokens)
        assert last or lines >= LEAST_LINES
        terms = [term for text in texts for term in terms_of(text.strip())]
        assert chunks.sizes[piece] == len(terms)
        for term in set(terms):
            place = chunks.places(term)
            at = chunks.pieces[place].tolist().index(piece)
            assert chunks.counts[place][at] == min(255, terms.count(term))
    assert len(chunks.pieces) == chunks.begins[-1]


def test_search_finds_the_piece_and_says_by_what() -> None:
    model = BuiltinModel()
    model.update("shop/orders.py", "\n".join(f"def order_{n}(): pass" for n in range(200)))
    model.update("shop/stock.py", "def reserve_items(order):\n    return Reservation(order)\n")
    model.update("other/stock.py", "def reserve_items(order):\n    return Reservation(order)\n")
    best, second = model.search("reservation of items", most=2, near="other")
    assert (best.path, best.line) == ("other/stock.py", 0)
    assert second.path == "shop/stock.py"
    assert best.text == "def reserve_items(order):\n    return Reservation(order)"
    assert set(best.words) == {"reservation", "items"}
    assert [f.path for f in model.search("items", most=5, hidden={"other/stock.py"})] == ["shop/stock.py"]
    late = model.search("order_150", most=1)[0]
    assert "def order_150" in late.text and late.line > 0
    assert model.search("nowhere_to_be_found", most=3) == []
    # Of a word that does not stand there whole: which parts of it do.
    assert model.search("reserve_all_items", most=1)[0].words == ("reserve + items of reserve_all_items",)
    assert model.search("reserveItems", most=1)[0].words == ("reserve + items of reserveItems",)
    assert model.search("Reserve_Items", most=1)[0].words == ("Reserve_Items",)
    model.remove("shop/stock.py")
    assert [f.path for f in model.search("items", most=5)] == ["other/stock.py"]


def test_pieces_survive_the_store(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    for name, word in (("a", "first_call"), ("b", "second_try")):
        (work / f"{name}.py").write_text(f"def {word}(): pass\n" * 90, encoding="utf-8")
    store = Store(tmp_path / "store")
    learn(store, [work])
    library = load(store)
    assert library is not None
    assert {found.path for found in library.search("second", most=9, a_file=9)} == {"b.py"}
    manifest = store.manifest()
    assert manifest is not None
    vocabulary = store.vocabulary(manifest)
    segment = store.segment(manifest.segments[0])
    fresh, kept = Chunks.build(vocabulary, segment), store.chunks(manifest.segments[0])
    for name in ("starts", "lines", "terms", "begins", "pieces", "counts", "sizes"):
        assert np.array_equal(getattr(fresh, name), getattr(kept, name)), name
    fresh_counts = np.bincount(vocabulary.canon[segment.tokens], minlength=len(library.counts))
    assert np.array_equal(fresh_counts, library.counts)
