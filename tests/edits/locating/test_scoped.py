"""Definitions that leave parts of themselves out, made whole from the one of their name in the file."""

from __future__ import annotations

import pytest

from dovetail.edits.locating.scoped import made_whole

from .marked import text

THREE = [
    "class A:",
    "    def m(self):",
    "        return 1",
    "",
    "    def n(self):",
    "        return 2",
    "",
    "    def o(self):",
    "        return 3",
]
ENDED = [*THREE[:4], "    x = 1", "    y = 2", "    x = 1", "    z = 3"]
GAP = "    # ... existing code ..."


@pytest.mark.parametrize(
    ("file", "block", "changed"),
    [
        (
            THREE,
            ["class A:", GAP, "", "    def n(self):", "        return 5", "", GAP],
            {5: "        return 5"},
        ),
        (THREE, ["class A:", "    def m(self):", "        return 7", "", GAP], {2: "        return 7"}),
        (THREE, ["class A:", GAP, "", "    def o(self):", "        return 7"], {8: "        return 7"}),
        (
            ENDED,
            ["class A:", GAP, "    x = 1", "    z = 3"],
            {},
        ),  # just what closes it: all above is left out
        (
            ENDED,
            ["class A:", GAP, "    x = 1", "", "    z = 3"],
            None,
        ),  # not just that, and `x = 1` stands twice
        (ENDED, ["class A:", GAP, "    def unknown(self):", "        return 1", "", GAP], None),
    ],
)
def test_what_a_definition_leaves_out_comes_from_its_namesake(
    file: list[str], block: list[str], changed: dict[int, str] | None
) -> None:
    expected = None if changed is None else [changed.get(at, line) for at, line in enumerate(file)]
    assert made_whole("x.py", text(*file), block) == expected
