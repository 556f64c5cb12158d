"""The typist of the keystroke protocol: when a suggestion is taken, and what counts as shown."""

from __future__ import annotations

import pytest

from dovetail.fim.builtin.typist import Keys, Typist, mean


def typed(body: str, suggestions: dict[int, str]) -> Keys:
    keys = Keys()
    typist = Typist(body, keys)
    text = ""
    while not typist.done:
        text += typist.see(suggestions.get(typist.column, ""))
    assert text == body
    return keys


@pytest.mark.parametrize(
    ("suggestions", "keys", "shown", "right", "wrong"),
    [
        ({}, 15, 0, 0, 0),
        ({0: "return foo(bar)"}, 1, 1, 1, 0),
        ({0: "return foo(bar)\nmore"}, 1, 1, 1, 0),
        ({0: "return 1"}, 10, 1, 1, 1),  # only the first word is taken
        ({7: "f"}, 15, 1, 1, 0),  # one character saves no key
        ({7: "fox", 8: "ox"}, 15, 1, 0, 1),  # the rest of the one before is not shown again
        ({7: "fox", 8: "oy"}, 15, 2, 0, 2),
        ({7: "  "}, 15, 0, 0, 0),
        ({14: ")x"}, 15, 1, 1, 1),
    ],
)
def test_what_is_taken(suggestions: dict[int, str], keys: int, shown: int, right: int, wrong: int) -> None:
    tally = typed("return foo(bar)", suggestions)
    assert (tally.keys, tally.shown, tally.first_word_right, tally.wrong_characters) == (
        keys,
        shown,
        right,
        wrong,
    )
    assert tally.characters == 15


def test_the_mean_is_over_repositories() -> None:
    one, other = typed("abcdefghij", {0: "abcdefghij"}), typed("ab", {})
    assert mean([one, other])["keys saved"] == pytest.approx(0.45)
    one.add(other)
    assert one.saved == pytest.approx(1 - 3 / 12)
