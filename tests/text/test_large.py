"""Large documents: nothing asks for a fresh parse of all of one on behalf of a key."""

from __future__ import annotations

import pytest

from dovetail.text import (
    LANGUAGES,
    Point,
    Snapshot,
    TextEdit,
    context_at,
    definitions,
    enclosing_node_range,
    imports,
    indent_unit,
    opens_block,
    syntax_errors,
)

FUNCTION = "def function_{0}(first, second):\n    return first + second * {0}\n\n\n"
TEXT = "".join(map(FUNCTION.format, range(5_000)))


def large() -> Snapshot:
    assert len(TEXT) > 250_000
    return Snapshot.open("file:///large.py", TEXT)


def test_questions_about_a_place_are_answered_by_the_lines() -> None:
    snapshot = large()
    assert snapshot.tree() is None
    assert opens_block(snapshot.edit(TextEdit(Point(1, 0), Point(2, 0), "    \n")), Point(1, 4))
    assert not opens_block(snapshot, Point(1, 4))
    assert enclosing_node_range(snapshot, Point(4, 0), Point(4, 0))[0] == Point(4, 0)
    assert indent_unit(snapshot) == "    "
    assert not snapshot.tree_ready


@pytest.mark.parametrize(
    "ask",
    [
        lambda s: context_at(s, Point(1, 4)),
        definitions,
        imports,
        syntax_errors,
        lambda s: s.edit(TextEdit(Point(0, 0), Point(0, 0), "x")).tree(),
        lambda s: s.replace_all(TEXT + "x").tree(),
    ],
)
def test_no_question_begins_a_parse(ask) -> None:  # type: ignore[no-untyped-def]
    snapshot = large()
    ask(snapshot)
    assert not snapshot.tree_ready


def test_who_asks_for_the_whole_gets_it_and_it_follows_the_edits() -> None:
    snapshot = large()
    assert snapshot.tree(whole=True) is not None
    after = snapshot.edit(TextEdit(Point(0, 0), Point(0, 0), "def ("))
    assert after.tree() is not None
    assert syntax_errors(after)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one.grammar], ids=lambda one: one.name)
def test_no_language_parses_a_large_text_unasked(language) -> None:  # type: ignore[no-untyped-def]
    snapshot = Snapshot.open("file:///x", "a b c\n" * 40_000, language_id=language.name)
    opens_block(snapshot, Point(3, 5))
    assert not snapshot.tree_current or snapshot.language is None
