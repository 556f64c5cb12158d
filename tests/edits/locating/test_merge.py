"""Carrying a change from the version that the model was shown to the live text, and what is not trusted."""

from __future__ import annotations

import pytest

from dovetail.edits.locating.merge import BaseText, Carried, Conflict
from dovetail.edits.model import Change

from .marked import text

BASE = tuple("abcdefgh")


def carried(base: str, live: str, *changes: tuple[object, ...]) -> object:
    """`changes` as (start, end, *lines); what comes of them in `live`, as the lines afterwards or the conflict."""
    there = text(*live)
    made = [Change(int(str(low)), int(str(high)), tuple(map(str, new))) for low, high, *new in changes]
    found = BaseText("".join(f"{line}\n" for line in base), there).carry(made)
    if isinstance(found, Conflict):
        return found
    assert isinstance(found, Carried)
    lines = list(there.lines)
    for change in reversed(found.changes):
        lines[change.start : change.end] = change.lines
    return "".join(lines)


@pytest.mark.parametrize(
    ("live", "changes", "expected"),
    [
        ("abcdefgh", [(2, 3, "X")], "abXdefgh"),
        ("1abcdefgh", [(2, 3, "X")], "1abXdefgh"),
        ("abcdefgh2", [(2, 3, "X")], "abXdefgh2"),
        ("abcdfgh", [(2, 3, "X")], "abXdfgh"),
        ("abcdeXfgh", [(2, 3, "X"), (6, 7)], "abXdeXfh"),
        ("bcdefgh", [(7, 8)], "bcdefg"),
        ("abcdefgh", [(8, 8, "i")], "abcdefghi"),
        ("abcdefgh", [(0, 0, "0")], "0abcdefgh"),
        ("12abcdefgh", [(1, 2), (4, 4, "X"), (6, 7, "Y")], "12acdXefYh"),
        ("abXdefgh", [(2, 3, "X")], "abXdefgh"),  # it is there already
        ("abXYdefgh", [(2, 3, "X", "Y")], "abXYdefgh"),
        ("abcdfgh", [(3, 5, "d")], "abcdfgh"),
        ("abdefgh", [(2, 3)], "abdefgh"),
        # Two changes that touch, the second of them made already: the first is still to be made, and can be.
        ("abcdZfgh", [(2, 3, "X"), (3, 5, "d", "Z")], "abXdZfgh"),
    ],
)
def test_what_does_not_touch_merges(live: str, changes: list[tuple[object, ...]], expected: str) -> None:
    assert carried("".join(BASE), live, *changes) == expected


@pytest.mark.parametrize(
    ("live", "changes", "base_lines", "live_lines", "theirs"),
    [
        ("abZdefgh", [(2, 3, "X")], (2, 3), (2, 3), ("X",)),
        ("abdefgh", [(2, 3, "X")], (2, 3), (2, 2), ("X",)),
        ("abYZdefgh", [(2, 3, "X")], (2, 3), (2, 4), ("X",)),
        ("abcZefgh", [(2, 3, "X")], (2, 4), (2, 4), ("X", "d")),  # ours begins where theirs ends
        ("aZcdefgh", [(2, 3, "X")], (1, 3), (1, 3), ("b", "X")),
        ("1aZcdefgh", [(2, 3, "X")], (1, 3), (2, 4), ("b", "X")),
        ("abZdeYgh", [(2, 6, "X")], (2, 6), (2, 6), ("X",)),
        ("aZZdefgh", [(2, 3, "X")], (1, 3), (1, 3), ("b", "X")),
        ("abcZZfgh", [(2, 4, "X"), (5, 6, "Y")], (2, 6), (2, 6), ("X", "e", "Y")),
    ],
)
def test_what_both_sides_changed_is_a_conflict_with_its_lines(
    live: str,
    changes: list[tuple[object, ...]],
    base_lines: tuple[int, int],
    live_lines: tuple[int, int],
    theirs: tuple[str, ...],
) -> None:
    assert carried("".join(BASE), live, *changes) == Conflict(base_lines, live_lines, theirs)


def test_an_empty_text_takes_an_insertion_and_nothing_else() -> None:
    assert carried("", "", (0, 0, "a")) == "a"
    assert carried("", "b", (0, 0, "a")) == Conflict((0, 0), (0, 1), ("a",))
    assert isinstance(carried("a", "", (0, 1, "b")), Conflict)


@pytest.mark.parametrize(
    ("base", "live", "change", "expected"),
    [
        # A run of equal lines that grew: which of them is meant cannot be told.
        ("xxx", "xxxx", (1, 2, "y"), None),
        ("axxb", "axxb", (1, 2, "y"), "ayxb"),  # nothing was typed since: nothing to confuse
        ("pxqaxb", "pxqpxqaxb", (1, 2, "y"), None),  # a copy of its surroundings came
        ("pxqaxb", "zpxqaxb", (1, 2, "y"), "zpyqaxb"),
        ("pxqaxb", "zpxqaxb", (4, 5, "y"), "zpxqayb"),
    ],
)
def test_repeated_lines_are_carried_only_where_their_surroundings_stand_once(
    base: str, live: str, change: tuple[object, ...], expected: str | None
) -> None:
    found = carried(base, live, change)
    if expected is None:
        assert isinstance(found, Conflict) and found.doubtful
    else:
        assert found == expected


def test_as_much_context_is_looked_at_as_it_takes_within_the_block_that_is_equal() -> None:
    far = "abcdefghijklmnopqrstuvwxyz"
    base = f"1{far}X{far}2{far}X{far}3"
    assert carried(base, "0" + base, (27, 28, "Y")) == "0" + base.replace("X", "Y", 1)
    at = base.rindex("X")
    assert carried(base, "0" + base, (at, at + 1, "Y")) == "0" + base[:at] + "Y" + base[at + 1 :]
    # The places differ only in what stands further off than is looked.
    long = "".join(chr(0x4E00 + number) for number in range(70))
    base = f"1{long}X{long}2{long}X{long}3"
    found = carried(base, "0" + base, (71, 72, "Y"))
    assert isinstance(found, Conflict) and found.doubtful


def test_a_doubtful_conflict_names_the_lines_of_the_live_text() -> None:
    assert carried("axb", "axbaxb", (1, 2, "y")) in (
        Conflict((1, 2), (1, 2), ("y",), doubtful=True),
        Conflict((1, 2), (4, 5), ("y",), doubtful=True),
    )
