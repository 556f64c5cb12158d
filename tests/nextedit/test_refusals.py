"""What a place is refused for, and what finding that out costs."""

from __future__ import annotations

import pytest

from dovetail.nextedit import Edit, Text
from dovetail.nextedit.locations import EditLocation
from dovetail.nextedit.refusals import breaks_syntax, refuse
from dovetail.text import Snapshot, error_count

SOURCE = "import os\n\n\ndef total(cart, tax):\n    value = [\n        cart.net,\n    ]\n    return value"
NEW = (
    ("    return sum(value)",),
    ("    return sum(value",),
    ("def other():", "    pass"),
    (")",),
    (),
    ("    ],",),
)


def fresh(lines: list[str]) -> int:
    return error_count(Snapshot.open("a.py", "\n".join(lines)).tree())


@pytest.mark.parametrize("new", NEW, ids=repr)
@pytest.mark.parametrize("end", ["", "\n"], ids=["no line end", "line end"])
def test_errors_are_counted_as_if_the_text_were_read_anew(new: tuple[str, ...], end: str) -> None:
    lines = (SOURCE + end).split("\n")
    text = Text("a.py", tuple(lines))
    for line in range(len(lines) + 1):
        for count in range(min(2, len(lines) - line) + 1):
            location = EditLocation("a.py", line, tuple(lines[line : line + count]), new, 0, 0)
            after = [*lines[:line], *new, *lines[line + count :]]
            said = breaks_syntax(location, text) is not None
            assert said == (fresh(after) > fresh(lines)), (line, count, after)


def test_the_documents_own_tree_is_used() -> None:
    document = Snapshot.open("a.py", SOURCE)
    text = Text("a.py", tuple(SOURCE.split("\n")), "python", document)
    assert not document.tree_current
    assert breaks_syntax(EditLocation("a.py", 7, ("    return value",), ("    return (",), 0, 0), text)
    assert document.tree_current


def test_lines_without_a_name_are_not_read_for_its_second_definition() -> None:
    read: list[int] = []

    class Lines(tuple[str, ...]):
        def __getitem__(self, at: object) -> object:  # type: ignore[override]
            if isinstance(at, int):
                read.append(at)
            return super().__getitem__(at)  # type: ignore[index]

        def __iter__(self) -> object:  # type: ignore[override]
            raise AssertionError("all lines are walked")

    lines = Lines([*(f"value_{n} = 1" for n in range(500)), "def total():", "    pass", "def mean():"])
    text, plain = Text("a.py", lines), Text("a.py", tuple(lines[:]))
    vars(text).update(joined=plain.joined, starts=plain.starts)
    location = EditLocation("a.py", 502, ("def mean():",), ("def total():",), 0, 0)
    said = refuse("rewrite", 2, location, text, [Edit("a.py", 0, ("x",), ("y",))])
    assert said == "it would define total a second time"
    assert set(read) == {500}
