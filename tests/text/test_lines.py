"""The document core against the simplest model there is: a plain string."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.text import (
    Encoding,
    Lines,
    Point,
    Snapshot,
    TextEdit,
    _lines,
    column_at,
    single_edit,
    split_lines,
    units_before,
    utf8_length,
)

# Every character that Python's own line splitting would trip over, LSP's line ends, wide and joined
# characters, and lone surrogates as JSON can bring them.
PIECES = [
    "a",
    "bc ",
    "\n",
    "\r\n",
    "\r",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "é",
    "漢",
    "🙂",
    "\ud83d",
    "\t",
]
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def reference_lines(text: str) -> list[str]:
    """LSP's definition, word for word: lines end at '\\n', '\\r\\n' or '\\r'."""
    parts = re.split(r"(\r\n|\n|\r)", text)
    return [line + end for line, end in zip(parts[::2], [*parts[1::2], ""], strict=True)]


@given(texts)
def test_lines_are_split_where_lsp_says_and_nowhere_else(text: str) -> None:
    assert split_lines(text) == reference_lines(text)
    assert list(Lines.from_text(text)) == reference_lines(text)


@given(texts, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), texts), max_size=12))
def test_edits_in_any_order_leave_what_a_plain_string_would_hold(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    lines = Lines.from_text(text)
    for a, b, new in edits:
        low, high = sorted((min(a, len(text)), min(b, len(text))))
        start, end = lines.clamp(lines.point(low)), lines.clamp(lines.point(high))
        low, high = lines.offset(start), lines.offset(end)
        lines = lines.replace(start, end, new)
        text = text[:low] + new + text[high:]
        assert lines.text == text
        assert list(lines) == reference_lines(text)
        assert len(lines) == len(list(lines))
        assert lines.bytes == len(text.encode("utf-8", "surrogatepass"))


@given(texts)
def test_offsets_bytes_and_points_agree(text: str) -> None:
    lines = Lines.from_text(text)
    for offset in range(len(text) + 1):
        point = lines.point(offset)
        assert lines.offset(point) == offset
        size = len(text[:offset].encode("utf-8", "surrogatepass"))
        assert lines.byte_offset(point) == size
        assert lines.point_at_byte(size) == point


@given(texts, st.sampled_from(list(Encoding)))
def test_a_column_survives_the_trip_to_a_client_and_back(text: str, encoding: Encoding) -> None:
    line = re.sub(r"[\r\n]", "", text)
    for column in range(len(line) + 1):
        assert column_at(line, units_before(line, column, encoding), encoding) == column


def test_a_column_inside_a_character_means_its_start() -> None:
    assert [column_at("a🙂b", n, Encoding.UTF16) for n in range(6)] == [0, 1, 1, 2, 3, 3]
    assert [column_at("aéb", n, Encoding.UTF8) for n in range(6)] == [0, 1, 1, 2, 3, 3]


def test_large_documents_keep_their_blocks_small() -> None:
    lines = Lines.from_text("x\n" * 5000)
    for _ in range(3000):
        lines = lines.replace(Point(2500, 1), Point(2500, 1), "\nyy")
    assert max(len(block.lines) for block in lines._blocks) <= 1024
    for _ in range(7000):
        lines = lines.replace(Point(100, 0), Point(101, 0), "")
    assert len(lines._blocks) <= 10
    assert lines.text.count("\n") == 1000


@given(texts, st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 9), texts), max_size=5))
def test_blocks_count_by_what_changes(text: str, edits: list[tuple[int, int, int, str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_lines, "BLOCK", 4)
        lines = Lines.from_text(text)
        for line, column, further, new in edits:
            start, end = lines.clamp(Point(line, column)), lines.clamp(Point(line + further // 3, column))
            start, end = min(start, end), max(start, end)
            old = lines.text
            wanted = old[: lines.offset(start)] + new + old[lines.offset(end) :]
            lines = lines.replace(start, end, new)
            assert list(lines) == split_lines(wanted)
        for block in lines._blocks:
            counted = _lines._Block.of(block.lines)
            assert (block.chars, block.bytes, block.feeds) == (counted.chars, counted.bytes, counted.feeds)
            assert block.starts == [utf8_length("".join(block.lines[:i])) for i in range(len(block.lines))]
        for number, line in enumerate(lines):
            before = "".join(list(lines)[:number])
            row, column = lines.syntax_point(Point(number, len(line) // 2 if line.isascii() else 0))
            assert row == before.count("\n")


def test_a_key_in_a_line_of_megabytes_looks_at_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines.from_text("head\n" * 300 + "x" * 1_000_000 + "\n" + "tail\n" * 300)
    looked: list[int] = []
    real = _lines.split_lines

    def split(text: str) -> list[str]:
        looked.append(len(text))
        return real(text)

    monkeypatch.setattr(_lines, "split_lines", split)
    for at in (0, 500_000, 1_000_001):
        lines = lines.replace(Point(300, at), Point(300, at), "y")
    assert looked == [1, 1, 1]
    assert len(lines[300]) == 1_000_004
    assert lines[300].count("y") == 3


@given(texts, texts)
def test_a_single_edit_turns_one_text_into_another(before: str, after: str) -> None:
    lines = Lines.from_text(before)
    edit = single_edit(lines, after)
    assert lines.replace(edit.start, edit.end, edit.text).text == after


@given(
    texts,
    st.lists(
        st.tuples(
            st.integers(0, 60),
            st.integers(0, 60),
            st.sampled_from(["x = 1\n", "(", ")", "\r", "é", "def f():\n    pass\n", ""]),
        ),
        max_size=6,
    ),
)
def test_an_edited_tree_is_the_tree_of_a_fresh_parse(text: str, edits: list[tuple[int, int, str]]) -> None:
    snapshot = Snapshot.open("file:///a.py", text, language_id="python")
    snapshot.tree()
    for index, (a, b, new) in enumerate(edits):
        low, high = sorted((min(a, snapshot.lines.chars), min(b, snapshot.lines.chars)))
        snapshot = snapshot.edit(TextEdit(snapshot.lines.point(low), snapshot.lines.point(high), new))
        if index % 2:
            snapshot.tree()
    tree, fresh = snapshot.tree(), Snapshot.open("file:///a.py", snapshot.text, language_id="python").tree()
    assert tree is not None
    assert fresh is not None
    assert tree.root_node.end_byte == fresh.root_node.end_byte
    if not fresh.root_node.has_error:
        assert str(tree.root_node) == str(fresh.root_node)


def test_bytes_are_right_where_two_threads_count_the_same_block(monkeypatch):
    """The second thread comes to its end while the first one counts: here within one call."""
    lines = Lines.from_text("aé\nb\nc\n")
    count = _lines.utf8_length
    entered = []

    def counted(text: str) -> int:
        if not entered:
            entered.append(text)
            lines.point_at_byte(3)
        return count(text)

    monkeypatch.setattr(_lines, "utf8_length", counted)
    assert [lines.point_at_byte(byte) for byte in (0, 4, 6, 8)] == [(0, 0), (1, 0), (2, 0), (3, 0)]
    assert entered
