"""Suggestions that name lines by number: a number holds where the lines there are the ones that the text resembles."""

from __future__ import annotations

import pytest

from dovetail.edits.live import LiveText
from dovetail.edits.locating.locate import locate
from dovetail.edits.locating.outcome import Target
from dovetail.edits.model import Hunk, Kind, Outcome, Proof

from .marked import reading, text

FILE = text(
    "def tea():",
    "    boil(kettle)",
    "    steep(leaves)",
    "    pour(cup)",
    "",
    "def wash():",
    "    rinse(cup)",
)


def suggested(low: int, high: int, *new: str, live: LiveText = FILE) -> Outcome:
    one = Hunk((reading(*(f"+{line}" for line in new)),), replaces=(low, high))
    return locate([(0, one)], Target("x.py", live, []))[0]


def test_the_lines_that_resemble_the_suggestion_are_replaced() -> None:
    outcome = suggested(1, 3, "    boil(kettle, 95)", "    steep(leaves)")
    assert (outcome.proof, outcome.lines) == (Proof.REWRITTEN, (1, 3))
    assert outcome.after == "    boil(kettle, 95)\n    steep(leaves)"


@pytest.mark.parametrize(
    ("low", "high", "new", "kind", "said"),
    [
        (7, 8, ["x"], Kind.NOT_FOUND, "it is to replace line 8, but the file has 7 lines"),
        (5, 9, ["x"], Kind.NOT_FOUND, "it is to replace lines 6 to 9, but the file has 7 lines"),
        (1, 3, [], Kind.AMBIGUOUS, "it deletes lines 2 to 3 by number alone, and quotes nothing of them"),
        (1, 2, [""], Kind.AMBIGUOUS, "it deletes line 2 by number alone, and quotes nothing of them"),
        (2, 3, ["    sit()"], Kind.AMBIGUOUS, "line 3 and the suggestion have no word in common"),
        # The file has moved: what is meant stands below, or above, by now.
        (1, 2, ["    rinse(cup, kettle)"], Kind.AMBIGUOUS, "but resembles line 7 more"),
        (6, 7, ["    steep(leaves, cup)"], Kind.AMBIGUOUS, "but resembles line 3 more"),
        (5, 7, ["def tea():", "    boil(kettle, cup)"], Kind.AMBIGUOUS, "but resembles line 1 more"),
    ],
)
def test_a_number_that_the_lines_do_not_bear_out_is_refused_in_words(
    low: int, high: int, new: list[str], kind: Kind, said: str
) -> None:
    outcome = suggested(low, high, *new)
    assert outcome.kind is kind
    assert said in outcome.reason


def test_what_overlaps_the_lines_named_is_no_other_place() -> None:
    outcome = suggested(1, 3, "    steep(leaves)", "    pour(cup)", "    wait(kettle)")
    assert outcome.proof is Proof.REWRITTEN
    assert suggested(1, 2, "    boil(kettle)").proof is Proof.APPLIED
