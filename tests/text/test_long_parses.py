"""A thread that must not be held up, that of an event loop, makes no long parse; another makes it, and nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from tree_sitter import Parser

from dovetail.text import Point, Snapshot, TextEdit, no_long_parses_here
from dovetail.text import _syntax as syntax

T = TypeVar("T")
CODE = "def f(first, second):\n    return first\n\n\n" * 400


def in_loop(work: Callable[[], T]) -> T:
    """What `work` gives in a thread that must not be held up."""

    def run() -> T:
        no_long_parses_here()
        return work()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(run).result()


@pytest.fixture
def broken() -> Snapshot:
    """A document that was parsed, and an edit after which it does not parse."""
    snapshot = Snapshot.open("file:///a.py", CODE)
    assert snapshot.tree() is not None
    return snapshot.edit(TextEdit(Point(0, 0), Point(0, 0), 'x = (["{\n'))


def fresh(text: str) -> str:
    language = Snapshot.open("file:///a.py", "").language
    assert language is not None
    assert language.grammar is not None
    return str(Parser(language.grammar).parse(text.encode()).root_node)


def test_a_long_parse_is_broken_off(broken: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "LONG_S", -1.0)
    assert broken.tree_ready
    assert in_loop(broken.tree) is None
    # It is not tried at each question, nor for what is typed next.
    assert not broken.tree_ready
    after = broken.edit(TextEdit(Point(9, 0), Point(9, 0), "y = 1\n"))
    assert not after.tree_ready
    # Elsewhere it is made, as it would have been.
    for snapshot in (broken, after):
        assert str(snapshot.tree().root_node) == fresh(snapshot.text)  # type: ignore[union-attr]
        assert snapshot.tree_current
    monkeypatch.setattr(syntax, "LONG_S", 60.0)
    healed = after.edit(TextEdit(Point(0, 0), Point(1, 0), ""))
    assert healed.tree() is not None
    # Now it was no long parse, so the next one is expected to be none either.
    assert healed.edit(TextEdit(Point(0, 0), Point(0, 0), "z = 1\n")).tree_ready


def test_a_short_one_is_made_at_once(broken: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "LONG_S", 60.0)
    assert str(in_loop(broken.tree).root_node) == fresh(broken.text)  # type: ignore[union-attr]


def test_what_was_broken_off_leaves_nothing_behind(broken: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that is stopped would go on where it was, with whatever text it is given next."""
    monkeypatch.setattr(syntax, "LONG_S", -1.0)
    assert in_loop(broken.tree) is None
    other = Snapshot.open("file:///b.py", "class A:\n    def m(self):\n        return 1\n")
    assert str(other.tree().root_node) == fresh(other.text)  # type: ignore[union-attr]


def test_an_edit_does_not_wait_for_the_parse_of_the_text_before_it(broken: Snapshot) -> None:
    done = threading.Event()

    def edit() -> None:
        broken.edit(TextEdit(Point(0, 0), Point(0, 0), "a = 1\n"))
        done.set()

    with broken._syntax._lock:  # as a thread holds it that parses
        thread = threading.Thread(target=edit)
        thread.start()
        assert done.wait(10)
    thread.join()


def test_a_loop_does_not_wait_for_who_parses(broken: Snapshot) -> None:
    with broken._syntax._lock:
        assert in_loop(broken.tree) is None
