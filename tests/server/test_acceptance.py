"""What became of a suggestion, read from changes of the document alone, and together with what a client tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.fim import Suggestion
from dovetail.server.session.acceptance import Offers
from dovetail.text import Encoding, Point, Snapshot, TextEdit

URI = "file:///a.py"


class Editor:
    """A document with a cursor (`$0`) and one suggestion on screen."""

    def __init__(self, text: str, *suggested: str) -> None:
        before, after = text.split("$0")
        self.offers = Offers()
        self.snapshot = Snapshot.open(URI, before + after, language_id="python")
        self.at = self.snapshot.lines.point(len(before))
        self.told: list[tuple[str, str]] = []
        self.suggest(*suggested)

    def suggest(self, *texts: str, prefix: str = "s") -> None:
        found = [
            Suggestion(f"{prefix}{i}", text, self.at, self.at, "embedded", "embedded")
            for i, text in enumerate(texts)
        ]
        self.offers.add(URI, "python", found)

    def edit(self, start: Point, end: Point, text: str) -> Editor:
        outcome = self.offers.changed(self.snapshot, TextEdit(start, end, text))
        self.snapshot = self.snapshot.edit(TextEdit(start, end, text))
        if outcome is not None:
            self.told.append((outcome.kind, outcome.text))
        return self

    def insert(self, *texts: str) -> Editor:
        for text in texts:
            self.edit(self.at, self.at, text)
            lines = text.replace("\r\n", "\n").split("\n")
            self.at = Point(
                self.at.line + len(lines) - 1, len(lines[-1]) + (self.at.column if len(lines) == 1 else 0)
            )
        return self

    def back(self, count: int = 1) -> Editor:
        start = Point(self.at.line, self.at.column - count)
        self.edit(start, self.at, "")
        self.at = start
        return self

    def client(self, what: str, *more: object) -> Editor:
        outcome = getattr(self.offers, what)(*more)
        if outcome is not None:
            self.told.append((outcome.kind, outcome.text))
        return self


def test_a_whole_text_at_once_is_accepted() -> None:
    """One insertion of all of it."""
    assert Editor("x = $0", "call(a)").insert("call(a)").told == [("accepted", "call(a)")]


def test_word_by_word_is_partial_until_the_last() -> None:
    """Each word is one outcome; the last one completes it."""
    editor = Editor("x = $0", "call one two").insert("call", " one")
    assert editor.told == [("partial", "call"), ("partial", " one")]
    assert editor.insert(" two").told[-1] == ("accepted", " two")


def test_key_by_key_is_typed() -> None:
    """Nothing is known until the end, and then it was typed, not accepted."""
    assert Editor("x = $0", "abc").insert("a", "b").told == []
    assert Editor("x = $0", "abc").insert("a", "b", "c").told == [("typed", "abc")]


def test_another_key_passes_it_by() -> None:
    """What is typed is not how it goes on."""
    assert Editor("x = $0", "abc").insert("z").told == [("passed", "abc")]
    assert Editor("x = $0", "abc").insert("a", "z").told == [("passed", "bc")]


def test_typed_along_then_accepted() -> None:
    """The rest in one piece is an acceptance."""
    assert Editor("x = $0", "abcdef").insert("a", "b", "cdef").told == [("accepted", "cdef")]


def test_backspace_takes_back_what_was_typed_along() -> None:
    """And no more than that: deeper, it is passed by."""
    editor = Editor("x = $0", "abcdef").insert("a", "b").back().insert("bcdef")
    assert editor.told == [("accepted", "bcdef")]
    assert Editor("x = $0", "abc").back().told == [("passed", "abc")]


def test_an_editor_that_indents_new_lines() -> None:
    """The inserted lines may have another indentation than the suggestion's."""
    editor = Editor("def f():\n    $0", "if a:\n    return b\nreturn c")
    assert editor.insert("if a:\n        return b\n    return c").told[0][0] == "accepted"


def test_enter_with_indentation_is_one_key() -> None:
    """Typed along, not accepted in part."""
    editor = Editor("if a:$0", "\n    b()").insert("\n    ")
    assert editor.told == []
    assert editor.insert("b()").told == [("accepted", "b()")]


def test_an_editor_that_closes_brackets() -> None:
    """`(` that becomes `()`, or is followed by a `)` of the editor's, is one key typed along."""
    assert Editor("x = f$0", "(a, b)").insert("()").told == []
    editor = Editor("x = f$0", "(a, b)").insert("(")
    editor.edit(editor.at, editor.at, ")")
    assert editor.told == []
    assert editor.insert("a, b)").told == [("accepted", "a, b)")]


def test_windows_line_ends() -> None:
    """The editor inserts `\\r\\n` where the suggestion says `\\n`."""
    editor = Editor("a\r\nx$0", "(\n  1)")
    assert editor.insert("(\r\n  1)").told == [("accepted", "(\n  1)")]


def test_edits_elsewhere_leave_it() -> None:
    """Above it moves it, below it is nothing, on its line before it passes it by."""
    editor = Editor("a\nx = $0\nb", "call()")
    editor.edit(Point(2, 0), Point(2, 1), "c").edit(Point(0, 0), Point(0, 0), "new\nlines\n")
    editor.at = Point(3, 4)
    assert editor.insert("call()").told == [("accepted", "call()")]
    assert Editor("x = $0", "y").edit(Point(0, 0), Point(0, 1), "zz").told == [("passed", "y")]


def test_an_editor_that_indents_the_line_itself() -> None:
    """Whitespace at the line's start moves the suggestion along."""
    editor = Editor("  x = $0", "call()").edit(Point(0, 0), Point(0, 2), "    ")
    editor.at = Point(0, 8)
    assert editor.insert("call()").told == [("accepted", "call()")]


def test_a_whole_document_change() -> None:
    """A client without incremental changes: the difference may sit further on in equal text."""
    editor = Editor("x = (a$0)", ", (a)")
    editor.edit(Point(0, 6), Point(0, 6), ", (a)")
    assert editor.told == [("accepted", ", (a)")]


def test_command_and_event_and_change_count_once() -> None:
    """In any order."""
    first = Editor("x = $0", "call()").insert("call()").client("accepted", "s0").client("accepted", "s0", 6)
    assert first.told == [("accepted", "call()")]
    second = Editor("x = $0", "call()").client("accepted", "s0").insert("call()").client("accepted", "s0")
    assert second.told == [("accepted", "call()")]


def test_partial_events_before_and_after_their_change() -> None:
    """A client that reports words; its change comes later or earlier."""
    later = Editor("x = $0", "one two").client("accepted", "s0", 3).insert("one")
    assert later.told == [("partial", "one")]
    assert later.client("accepted", "s0", 7).insert(" two").told[1:] == [("accepted", " two")]
    earlier = Editor("x = $0", "one two").insert("one").client("accepted", "s0", 3)
    assert earlier.told == [("partial", "one")]
    assert earlier.insert(" two").client("accepted", "s0").told[1:] == [("accepted", " two")]


def test_a_single_character_is_told_apart_by_the_client() -> None:
    """From the text alone it was typed; the command says that it was accepted, and that is stronger."""
    editor = Editor("x = f($0", ")").insert(")").client("accepted", "s0")
    assert editor.told == [("typed", ")"), ("accepted", ")")]


def test_the_same_suggestion_sent_again_is_the_same_offer() -> None:
    """A client that asks at every key gets the rest under a new id: it is shown once, accepted once."""
    editor = Editor("x = $0", "abcdef").client("shown", "s0").insert("a")
    editor.suggest("bcdef", prefix="t")
    editor.client("shown", "t0").insert("bcdef").client("accepted", "t0")
    assert editor.told == [("shown", ""), ("accepted", "bcdef")]


def test_lengths_count_from_the_id_they_speak_of() -> None:
    """And in the client's units."""
    editor = Editor("x = $0", "a😀bc").insert("a")
    editor.suggest("😀bc", prefix="t")
    editor.client("accepted_units", "t0", 2, Encoding.UTF16).insert("😀")
    assert editor.told == [("partial", "😀")]


@pytest.mark.parametrize("text", ["one", "one\n", "zzz", ""])
def test_accepted_text(text: str) -> None:
    """The text itself instead of its length; what does not agree is nothing."""
    told = Editor("x = $0", "one\ntwo").client("accepted_text", "s0", text).told
    assert told == ([("partial", text)] if text.startswith("one") else [])


def test_one_of_several_is_accepted() -> None:
    """The user cycled to the second."""
    assert Editor("x = $0", "alpha", "beta").insert("beta").told == [("accepted", "beta")]


def test_rejected_is_told_once_and_not_after_acceptance() -> None:
    """Escape."""
    editor = Editor("x = $0", "abc").client("rejected", "s0").client("rejected", "s0").insert("abc")
    assert editor.told == [("rejected", "abc")]
    assert Editor("x = $0", "abc").insert("abc").client("rejected", "s0").told == [("accepted", "abc")]


def test_unknown_ids_are_nothing() -> None:
    """A late or wrong event."""
    editor = Editor("x = $0", "abc")
    for what in ("shown", "accepted", "rejected"):
        editor.client(what, "nonsense")
    assert editor.told == []


def test_a_followed_place_moves_with_the_text() -> None:
    """So that the look whether it was kept is near its place."""
    editor = Editor("x = $0\n", "abc").insert("abc")
    (offer, _) = editor.offers._ids["s0"]
    editor.offers.follow(offer)
    editor.edit(Point(0, 0), Point(0, 0), "\n\n\n")
    assert offer.start == Point(3, 4)
    editor.edit(Point(1, 0), Point(3, 1), "y")
    assert offer.start == Point(1, 4)
    editor.edit(Point(1, 5), Point(2, 0), "")
    assert offer.start == Point(1, 4)


@given(st.text("ab(\n ", min_size=1, max_size=12), st.lists(st.text("ab(\n ", max_size=4), max_size=8))
def test_never_more_is_accepted_than_was_suggested(suggested: str, keys: list[str]) -> None:
    """Whatever is typed: accepted pieces follow each other and make a beginning of the suggestion at most."""
    editor = Editor("x = $0", suggested).insert(*keys)
    taken = sum(len(text) for kind, text in editor.told if kind in ("accepted", "partial"))
    assert taken <= len(suggested)
    assert [kind for kind, _ in editor.told].count("accepted") <= 1
