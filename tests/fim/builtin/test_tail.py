"""Between words a rest of the line is proposed where it leads up to what stands behind the cursor."""

from __future__ import annotations

import random

import pytest

from dovetail.fim.builtin import BuiltinModel
from dovetail.fim.builtin.model import question
from dovetail.fim.builtin.model.tail import Tail, is_closed
from dovetail.text import Point, Snapshot

CODE = """\
def area(width, height):
    return round(width * height, 2)

def volume(width, height, depth):
    return round(width * height * depth, 2)

def weight(size, density):
    total = round(size * density, 2)
    return total if total > 0 else None
"""


@pytest.mark.parametrize(
    ("tail", "closed"),
    [("", True), (")", True), ("):", True), ("'],", True), ("), 2)", False), ("x)", False), ("+ 1", False)],
)
def test_what_stands_behind_the_cursor_is_closed_by_signs_alone(tail: str, closed: bool) -> None:
    assert is_closed(tail) is closed


def test_what_cannot_lead_up_to_the_tail_is_not_judged_and_all_else_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = BuiltinModel()
    model.update("sizes.py", CODE)
    lines = CODE.split("\n")
    places = [
        (number, column)
        for number, line in enumerate(lines)
        for column in range(len(line))
        if line.strip() and not is_closed(line[column:].strip())
    ]
    snapshot = Snapshot.open("file:///new.py", CODE)

    def answers() -> list[object]:
        # A document of its own each time: nothing is kept from the other way of asking.
        return [
            model.complete(snapshot, Point(*place), f"new{number}.py", count=3)
            for number, place in enumerate(places)
        ]

    random.Random(1).shuffle(places)
    found = answers()
    judged = Tail.may_end
    monkeypatch.setattr(question.Tail, "may_end", lambda *_: True)
    assert answers() == found
    assert sum(bool(each) for each in found) > len(places) // 2
    monkeypatch.setattr(question.Tail, "may_end", judged)
    asked: list[bool] = []

    def recorded(tail: Tail, *places: object) -> bool:
        asked.append(judged(tail, *places))  # type: ignore[arg-type]
        return asked[-1]

    monkeypatch.setattr(question.Tail, "may_end", recorded)
    answers()
    assert asked.count(False) > 10 and asked.count(True) > 10
