"""What an answer of the built-in model spares: to look up twice, or what nobody needs, and to leave anything behind."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from dovetail.fim.builtin import BuiltinModel, Proposal
from dovetail.fim.builtin.model import question as questions
from dovetail.fim.builtin.model.features import Unjudged
from dovetail.fim.builtin.model.question import Question
from dovetail.fim.builtin.words import chain
from dovetail.text import Snapshot

MARKS = "class Frame:\n    __frame_marks__ = ()\n" + "".join(
    f"\n\ndef marks_of_{n}(frame):\n    return frame.__frame_marks__[{n}]\n" for n in range(30)
)
TYPED = "    return frame.__frame_marks__[1].rows(size=frame.size)"
LEARNT = "class Row:\n    def rows(self, size, skip):\n        return self.size\n\n" + MARKS


def test_what_was_counted_at_one_key_says_the_same_at_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    real = chain.count
    monkeypatch.setattr(chain, "count", lambda *found, **how: counted.append(1) or real(*found, **how))

    def typed(model: BuiltinModel, end: int) -> list[Proposal]:
        return ask(model, f"frame = Row()\n\n\ndef of(frame):\n{TYPED[:end]}$0\n", count=3)

    kept = BuiltinModel()
    kept.update("frames.py", LEARNT)
    with_kept = [typed(kept, end) for end in range(4, len(TYPED))]
    once = len(counted)
    for end, answer in zip(range(4, len(TYPED)), with_kept, strict=True):
        fresh = BuiltinModel()
        fresh.update("frames.py", LEARNT)
        assert typed(fresh, end) == answer, TYPED[:end]
    assert once < 0.7 * (len(counted) - once)  # each key of a word has a table of its own beside


def ask(model: BuiltinModel, text: str, path: str = "new.py", count: int = 1) -> list[Proposal]:
    head, _, tail = text.partition("$0")
    snapshot = Snapshot.open(f"file:///{path}", head + tail)
    return model.complete(snapshot, snapshot.lines.point(len(head)), path, count=count)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("    return frame.__f", ["    return frame."]),  # hardly a word of its own
        ("    return frame", ["    return ", "    return frame"]),
        ("    return ", ["    return "]),
        ("    return zzz", ["    return ", "    return zzz"]),  # a new word is all there is of it
    ],
)
def test_lines_behind_what_is_hardly_a_whole_word_are_not_looked_for(
    typed: str, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = BuiltinModel()
    model.update("frames.py", MARKS)
    model.update("other.py", "__f = 1\n")
    looked_for: list[str] = []
    unjudged = Question.unjudged

    def recorded(question: Question, head: str, tail: str = "") -> Unjudged:
        looked_for.append(head)
        return unjudged(question, head, tail)

    monkeypatch.setattr(Question, "unjudged", recorded)
    ask(model, f"def of(frame):\n{typed}$0\n")
    assert sorted(set(looked_for)) == asked


@pytest.mark.parametrize(
    ("line", "tables"),
    [
        ("    return frame.__fr$0ame_marks__[1]", 1),  # the word that is being typed, and no more
        ("    return frame.$0__frame_marks__[1]", 0),
        ("    return frame$0.__frame_marks__[1]", 1),
        ("    return frame.__fr$0)", 2),  # nothing but what is closed stands behind it
        ("    return frame.__fr$0", 2),
    ],
)
def test_in_a_line_that_goes_on_nothing_is_looked_for_behind_the_word(
    line: str, tables: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = BuiltinModel()
    model.update("frames.py", MARKS)
    made: list[int] = []
    real = chain.count
    monkeypatch.setattr(chain, "count", lambda *found, **how: made.append(1) or real(*found, **how))
    answer = ask(model, f"def of(frame):\n{line}\n")
    assert len(made) == tables if tables < 2 else len(made) >= 2
    if "__fr$0" in line:
        assert answer[0].text.startswith("ame_marks__")


@pytest.mark.parametrize(
    ("typed", "judged"),
    [
        ("    return frame", ["    return frame"]),  # no known word goes on with it
        ("    return frame.__frame", ["    return frame."]),
        ("    ret", ["    "]),
    ],
)
def test_candidates_for_a_word_in_part_are_judged_where_one_goes_on_with_it(
    typed: str, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = BuiltinModel()
    model.update("frames.py", MARKS)
    heads: list[str] = []
    real = questions.matrix

    def recorded(evidence: Any, everyone: Any, situation: Any, wanted: Any = None) -> Any:
        heads.append(situation.head)
        return real(evidence, everyone, situation, wanted)

    monkeypatch.setattr(questions, "matrix", recorded)
    ask(model, f"def of(frame):\n{typed}$0\n")
    assert heads == judged


@pytest.mark.parametrize(
    "typed", ["", "    return ", "    return frame.", "    return frame.__fr", "    marks_of_1("]
)
def test_a_question_leaves_nothing_to_the_garbage_collector(typed: str) -> None:
    model = BuiltinModel()
    model.update("frames.py", MARKS)

    def asked(line: str) -> None:
        ask(model, f"frame = Frame()\n\n\ndef of(frame: Frame):\n{line}$0\n", count=3)

    asked(typed)  # the second time nothing is imported or compiled
    gc.collect()
    gc.disable()
    try:
        asked(typed + " ")
        asked(typed)
        # It holds thousands of lines of a long document, which stayed until the collector came by.
        assert gc.collect() == 0
    finally:
        gc.enable()
