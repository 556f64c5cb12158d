"""Edits that the reply itself takes back further below, and words that only look as if it did."""

from __future__ import annotations

import pytest

from dovetail.edits import MemoryWorkspace, Plan, changed_files, make_plan, read_reply
from dovetail.edits.reading.taken_back import takes_back

FILES = {"a.py": "RATE = 3\nLIMIT = 1\n", "b.py": "B = 1\nC = 2\n"}


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


def planned(reply: str) -> Plan:
    return make_plan(read_reply(reply), MemoryWorkspace(FILES))


@pytest.mark.parametrize(
    "line",
    [
        "Scratch that.",
        "Never mind, the rate is right.",
        "Actually, ignore the patch above.",
        "Please disregard my previous edit.",
        "Don't apply this yet.",
        "On second thought, the old rate is better.",
        "Wait, that is wrong.",
        "Oops. This doesn't compile.",
        "I take that back.",
        "Moment, das war falsch.",
        "Vergiss das.",
        "请忽略上面的修改。",
        "やっぱり間違いでした。",
        "Не применяйте это.",
    ],
)
def test_what_takes_an_edit_back(line: str) -> None:
    assert takes_back(line)
    plan = planned(f"{block('a.py', 'RATE = 3', 'RATE = 4')}\n{line}\n")
    assert not plan.ok and "takes it back" in plan.outcomes[0].reason


@pytest.mark.parametrize(
    "line",
    [
        "Oops, I also forgot the import.",
        "Wait for the server to start, then run the tests.",
        "Never mind the warnings of the linter in b.py; they are old.",
        "You can ignore the first warning.",
        "Ignore the diff if you have done so already.",
        "Do not apply this twice if a migration is running.",
        "The old rate was wrong.",
        "Actually, the rate is now read once.",
        "No other changes are needed.",
        "Forget-me-nots are blue.",
        "Das war falsch gerundet worden, wenn n negativ war.",
    ],
)
def test_what_takes_nothing_back(line: str) -> None:
    plan = planned(f"{block('a.py', 'RATE = 3', 'RATE = 4')}\n{line}\n")
    assert changed_files(plan) == {"a.py": "RATE = 4\nLIMIT = 1\n"}


def test_what_comes_in_its_place_is_done_and_the_first_is_named() -> None:
    first, second = block("a.py", "RATE = 3", "RATE = 5"), block("a.py", "RATE = 3", "RATE = 4")
    plan = planned(f"{first}\nWait, that is not right:\n\n{second}")
    assert changed_files(plan) == {"a.py": "RATE = 4\nLIMIT = 1\n"}
    assert any("was left out" in note and "that is not right" in note for note in plan.repaired)


def test_an_edit_that_undoes_the_first_is_done_with_it() -> None:
    first, second = block("a.py", "RATE = 3", "RATE = 5"), block("a.py", "RATE = 5", "RATE = 4")
    assert changed_files(planned(f"{first}\nHmm, that is wrong:\n\n{second}")) == {
        "a.py": "RATE = 4\nLIMIT = 1\n"
    }


def test_an_edit_elsewhere_does_not_take_its_place() -> None:
    """The first one was of the wrong file, or of the wrong line: it is not written beside the right one."""
    first = block("a.py", "RATE = 3", "RATE = 5")
    for second in (block("b.py", "B = 1", "B = 2"), block("a.py", "LIMIT = 1", "LIMIT = 2")):
        plan = planned(f"{first}\nOops, wrong place:\n\n{second}")
        assert not plan.ok and "takes it back" in plan.outcomes[0].reason
