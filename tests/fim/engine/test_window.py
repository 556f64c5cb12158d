"""What of a document is shown, and that it stays the same from key to key."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.fim import WindowLimits, window_at
from dovetail.text import Point, Snapshot, TextEdit


def document(lines, end="\n"):
    return Snapshot.open("file:///a.py", "".join(f"value_{n} = {n}{end}" for n in range(lines)))


def test_small_document_whole():
    """A document within the limits is shown whole, both sides meeting at the cursor."""
    window = window_at(document(10), Point(4, 5))
    assert window.prefix + window.suffix == document(10).text
    assert window.prefix.endswith("\nvalue")


def test_line_ends_are_plain():
    """CRLF documents are shown with plain line ends."""
    window = window_at(document(10, "\r\n"), Point(4, 5))
    assert window.prefix + window.suffix == document(10).text


def test_typing_keeps_the_start_and_the_suffix():
    """Typing 40 keys on a line: the prefix only grows at its end, the suffix stays the same object of bytes."""
    snapshot = document(2000).edit(TextEdit(Point(1000, 0), Point(1000, 0), "\n"))
    first = window_at(snapshot, Point(1000, 0))
    for column in range(40):
        at = Point(1000, column)
        snapshot = snapshot.edit(TextEdit(at, at, "x"))
        window = window_at(snapshot, Point(1000, column + 1))
        assert window.suffix == first.suffix
        assert window.prefix == first.prefix + "x" * (column + 1)


def test_moving_down_moves_the_ends_by_the_grid():
    """Over 320 lines of moving down, each end of the window moves 10 times, by the grid."""
    limits = WindowLimits()
    snapshot = document(3000)
    places = [window_at(snapshot, Point(line, 0), limits) for line in range(1000, 1320)]
    for end in ("start_line", "end_line"):
        moves = {getattr(b, end) - getattr(a, end) for a, b in itertools.pairwise(places)}
        assert moves == {0, limits.grid}
    assert len({w.start_line for w in places}) == 320 // limits.grid + (0 if 1000 % 32 == 0 else 1)
    for line, window in zip(range(1000, 1320), places, strict=True):
        assert limits.prefix_lines - limits.grid <= line - window.start_line <= limits.prefix_lines
        assert window.end_line - line >= limits.suffix_lines - limits.grid


@pytest.mark.parametrize("where", [0, 5, 999])
def test_budget_of_long_lines(where):
    """Neither a wide document nor one enormous line goes past the budget."""
    snapshot = Snapshot.open("file:///a.txt", "".join("w" * 900 + "\n" for _ in range(1000)))
    limits = WindowLimits()
    window = window_at(snapshot, Point(where, 900), limits)
    assert len(window.prefix) <= limits.prefix_tokens * 3.2
    assert len(window.suffix) <= limits.suffix_tokens * 3.2
    one = Snapshot.open("file:///a.txt", "x" * 5_000_000)
    window = window_at(one, Point(0, 2_500_000), limits)
    assert 0 < len(window.prefix) <= limits.prefix_tokens * 3.2
    assert 0 < len(window.suffix) <= limits.suffix_tokens * 3.2


def test_long_line_is_cut_at_steps():
    """In one enormous line the window's start moves by steps, not with each character."""
    text = "".join(chr(97 + n % 26) for n in range(100_000))
    one = Snapshot.open("file:///a.txt", text)
    starts = {50_000 + n - len(window_at(one, Point(0, 50_000 + n)).prefix) for n in range(200)}
    assert len(starts) <= 2


@given(st.integers(0, 4000), st.integers(0, 20), st.integers(1, 4000))
def test_window_holds_the_cursor(line, column, length):
    """Wherever the cursor is: the prefix ends and the suffix begins at it."""
    snapshot = document(length)
    at = snapshot.lines.clamp(Point(line, column))
    window = window_at(snapshot, at)
    assert snapshot.lines.between(Point(window.start_line, 0), at).endswith(window.prefix)
    assert snapshot.lines.between(at, snapshot.lines.end).startswith(window.suffix)
    assert window.start_line <= at.line < window.end_line
