"""A parser is given its text in pieces, so that other threads have their turn: the tree is the same."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Parser

from dovetail.text import LANGUAGES, Point, Snapshot, TextEdit, definitions
from dovetail.text._syntax import EXACT, PIECE, _Buffers

PYTHON = next(one for one in LANGUAGES if one.name == "python")
WIDE = "é…😀𝒳\N{COMBINING ACUTE ACCENT}"


def fresh(text: str) -> str:
    assert PYTHON.grammar is not None
    return str(Parser(PYTHON.grammar).parse(text.encode()).root_node)


def tree(snapshot: Snapshot) -> str:
    found = snapshot.tree(whole=True)
    assert found is not None
    assert found.root_node.end_byte == len(snapshot.text.encode())
    return str(found.root_node)


@given(
    st.integers(PIECE - 6, PIECE + 6),
    st.text(alphabet=WIDE + "ab1 =\n'()", max_size=80),
    st.integers(0, 2 * EXACT),
)
def test_whatever_lies_where_a_piece_ends(before: int, middle: str, after: int) -> None:
    text = f"#{'x' * (before - 2)}\n" + middle + "\nname = '" + "…" * after + "'"
    snapshot = Snapshot.open("file:///a.py", text)
    assert tree(snapshot) == fresh(text)
    changed = snapshot.edit(TextEdit(Point(1, 0), Point(1, 0), "def a(): return '😀'\n"))
    assert tree(changed) == fresh(changed.text)


@given(st.integers(1, 3 * PIECE), st.sampled_from(WIDE))
def test_a_wide_character_that_a_piece_cuts_is_whole_in_the_next(length: int, wide: str) -> None:
    data = ("a" * length + wide).encode()
    buffers, offset = _Buffers(), 0
    while offset < len(data):
        piece = bytes(buffers.filled(memoryview(data)[offset:]) or b"")
        assert piece and data[offset:].startswith(piece)
        # How much of it are whole characters: what follows is asked for again from there.
        whole = len(piece.decode(errors="ignore").encode())
        assert whole
        offset += whole


@pytest.mark.parametrize("length", [1, EXACT - 1, EXACT, EXACT + 1, 500])
def test_names_are_read_from_the_tree_after_the_parse(length: int) -> None:
    name = "é" * length
    snapshot = Snapshot.open("file:///a.py", "# \n" * 3_000 + f"def {name}():\n    return 1\n")
    tree(snapshot)
    node = snapshot.tree().root_node.named_children[-1].child_by_field_name("name")  # type: ignore[union-attr]
    assert node is not None
    assert node.text == name.encode()
    assert [found.name for found in definitions(snapshot)] == [name]


def test_other_threads_have_their_turn_while_a_large_text_is_parsed() -> None:
    snapshot = Snapshot.open("file:///a.py", "def f(first, second):\n    return first\n\n\n" * 30_000)
    turns, over = 0, threading.Event()

    def other() -> None:
        nonlocal turns
        while not over.wait(0.001):
            turns += 1

    thread = threading.Thread(target=other)
    thread.start()
    before = turns
    snapshot.tree(whole=True)
    during = turns - before
    over.set()
    thread.join()
    # Given whole, the text is parsed in one turn of this thread; in pieces there were 40 to 100 in a second of it.
    assert during >= 5
