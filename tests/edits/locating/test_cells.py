"""Hunks in notebooks: the sources of the cells as one text, and what is said of what fits none of them."""

from __future__ import annotations

import json

import pytest

from dovetail.edits import MemoryWorkspace, Plan, changed_files, make_plan, read_reply
from dovetail.edits.live import LiveText
from dovetail.edits.locating.notebook import Cells


def notebook(*sources: object, language: str = "python") -> str:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
    metadata = {"language_info": {"name": language}}
    return (
        json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1)
        + "\n"
    )


def planned(text: str, old: str, new: str) -> Plan:
    reply = f"n.ipynb\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"
    return make_plan(read_reply(reply), MemoryWorkspace({"n.ipynb": text}))


@pytest.mark.parametrize(
    ("quoted", "said"),
    [
        ("first = 1\nthird = 3", "2 of the 2 lines that it quotes stand in its cells, and not as one piece"),
        ("first = 1\ngone = 3", "1 of the 2 lines that it quotes stands in its cells"),
        ("gone = 3\nlost = 4", "none of the 2 lines that it quotes stand in its cells"),
        ("gone = 3", "none of the 1 lines that it quotes stand in its cells"),
    ],
)
def test_how_much_of_a_quote_the_cells_hold(quoted: str, said: str) -> None:
    plan = planned(notebook("first = 1\nsecond = 2", "third = 3"), quoted, "x = 1")
    assert [one.reason for one in plan.refused] == [said]


@pytest.mark.parametrize("source", ["a = 1\nb = 2\n", ["a = 1\n", "b = 2\n"]])
def test_a_line_end_behind_the_last_line_is_no_line_and_stays(source: object) -> None:
    text = notebook(source, "c = 3")
    cells = Cells.of(LiveText(text))
    assert cells is not None
    assert [one.lines for one in cells.cells] == [("a = 1", "b = 2"), ("c = 3",)]
    plan = planned(text, "b = 2", "b = 5")
    assert plan.ok, plan.refused
    found = json.loads(changed_files(plan)["n.ipynb"] or "")["cells"][0]["source"]
    assert "".join(found) == "a = 1\nb = 5\n"


def test_magics_are_no_errors_wherever_a_statement_may_stand() -> None:
    text = notebook("if a:\n    x = 1\n    y = 2", "!ls")
    assert planned(text, "    x = 1\n    y = 2", "    %time work()").ok
    assert planned(text, "!ls", "!ls -l ((").ok
    plan = planned(text, "    x = 1\n    y = 2", "    x = (1")
    assert [one.reason for one in plan.refused] == ["the edit would break the syntax of cell 1"]
    # Where `pass` is no statement, nothing stands for a magic.
    assert planned(notebook("int x = 1;", language="C++"), "int x = 1;", "!ls\nint x = 2;").ok
