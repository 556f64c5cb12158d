"""Our three-way merge, held against merge3, and what taking edits back needs of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from merge3 import Merge3

from dovetail.edits import merge_texts
from dovetail.edits.planning.threeway import merge_lines
from dovetail.edits.tagging import opcodes

WORDS = [f"{word}\n" for word in ("a", "b", "c", "d", "", "}", "x = 1")]
texts = st.lists(st.sampled_from(WORDS), max_size=12)


class SameMatcher:
    """The comparison that ours is made of, so that the judge differs from it in merging only."""

    def __init__(self, isjunk: None, a: Sequence[str], b: Sequence[str]) -> None:
        self.a, self.b = a, b

    def get_matching_blocks(self) -> list[tuple[int, int, int]]:
        blocks = [(i, k, j - i) for tag, i, j, k, _ in opcodes(self.a, self.b) if tag == "equal"]
        return [*blocks, (len(self.a), len(self.b), 0)]


def judged(base: list[str], ours: list[str], theirs: list[str]) -> list[str] | None:
    merged: list[str] = []
    for kind, *rest in Merge3(base, ours, theirs, sequence_matcher=SameMatcher).merge_groups():  # type: ignore[arg-type]
        if kind == "conflict":
            return None
        merged += rest[0]
    return merged


@settings(max_examples=600)
@given(texts, texts, texts)
def test_any_three_texts_merge_as_merge3_has_it(base: list[str], ours: list[str], theirs: list[str]) -> None:
    assert merge_lines(base, ours, theirs) == judged(base, ours, theirs)


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[str], list[str], list[str]]:
    """A text, and two edits of it."""
    base = [f"{number}\n" for number in range(draw(st.integers(3, 14)))]

    def edit() -> list[str]:
        low = draw(st.integers(0, len(base)))
        high = draw(st.integers(low, min(low + 3, len(base))))
        return base[:low] + draw(st.lists(st.sampled_from(WORDS), max_size=3)) + base[high:]

    return base, edit(), edit()


@settings(max_examples=600)
@given(edited())
def test_edits_of_one_text_merge_as_merge3_has_it(three: tuple[list[str], list[str], list[str]]) -> None:
    base, ours, theirs = three
    merged = merge_lines(base, ours, theirs)
    assert merged == judged(base, ours, theirs)
    assert merged == merge_lines(base, theirs, ours), "neither side comes first"


@given(texts, texts)
def test_what_one_side_left_alone_is_the_others(base: list[str], other: list[str]) -> None:
    assert merge_lines(base, base, other) == other
    assert merge_lines(base, other, base) == other


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("a\nb\nc\n", "typed\na\nb\nc\n", "a\nb\nC\n", "typed\na\nb\nC\n"),
        ("a\nb\nc\n", "a\nB\nc\n", "a\nb\nC\n", None),  # no common line between them
        ("a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nb\nc\nD\n", "a\nB\nc\nD\n"),
        ("a\nb\n", "a\r\nb\r\nmine\r\n", "A\nb\n", "A\r\nb\r\nmine\r\n"),  # git or an editor turned the ends
        ("a\nb\nc\n", "a\nb\nc", "A\nb\nc\n", "A\nb\nc"),
        ("", "x\n", "", "x\n"),
        ("a\n", "", "b\n", None),
    ],
)
def test_merges_by_hand(base: str, ours: str, theirs: str, merged: str | None) -> None:
    assert merge_texts(base, ours, theirs) == merged
