"""The signs of passwords' places are found wherever they stand, also where they overlap."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dovetail.privacy.secrets.places import _AT, placed_in, signs_in
from dovetail.privacy.secrets.shapes import any_of, one_of

SIGNS = sorted(_AT)


def plain(text: str) -> set[str]:
    """The longest sign at each place, tried one by one."""
    found = set()
    for start in range(len(text)):
        here = [sign for sign in SIGNS if text.startswith(sign, start)]
        if here:
            found.add(max(here, key=len))
    return found


pieces = st.one_of(st.sampled_from(SIGNS), st.text("abc =:-", max_size=3))


@given(st.lists(pieces, max_size=6), st.integers(0, 4))
def test_signs_are_those_of_a_plain_search(parts: list[str], cut: int) -> None:
    # Cut short in front, so that a sign may begin inside of another.
    text = "".join(part[cut:] or part for part in parts)
    assert signs_in(text, placed_in(text)) == plain(text)


def test_signs_that_overlap_are_all_found() -> None:
    assert {"--user", "user:"} & plain("curl --user: x") <= signs_in(
        "curl --user: x", placed_in("curl --user: x")
    )
    both = [(one, other) for one in SIGNS for other in SIGNS if one[-1] == other[0] and len(one) > 1]
    for one, other in both[::40]:
        text = one + other[1:]
        assert signs_in(text, placed_in(text)) == plain(text)


words = st.lists(st.text("ab_z ", min_size=1, max_size=4), min_size=1, max_size=8)


@given(words, st.text("ab_z ", max_size=12))
def test_words_are_looked_for_by_what_they_begin_with_in_common(some: list[str], text: str) -> None:
    pattern = re.compile(one_of(some))
    for start in range(len(text)):
        here = [word for word in some if text.startswith(word, start)]
        found = pattern.match(text, start)
        assert (found[0] if found is not None else None) == max(here, key=len, default=None)


@given(words, st.text("ab_z ", max_size=12))
def test_words_are_looked_for_by_their_rarest_characters(some: list[str], text: str) -> None:
    assert (re.search(any_of(some), text) is not None) == any(word in text for word in some)
