"""`dovetail.why` in one sentence: the step that decided, whatever else is in the trace."""

from __future__ import annotations

import pytest

from dovetail.fim import Decision, Step, Trigger
from dovetail.server.session.reasons import sentence
from dovetail.server.session.whyfile import decision_answer
from dovetail.text import Point

GATE = ("gate", "one line: not at the start of an empty block")


@pytest.mark.parametrize(
    ("outcome", "source", "steps", "told"),
    [
        ("", "", [], "The answer is still on its way."),
        ("suggested", "embedded", [GATE], "Suggested by the built-in model."),
        ("suggested", "my server", [GATE], "Suggested by my server."),
        (
            "suggested",
            "embedded",
            [("in flight", "my server has said nothing for 2 s: the built-in model meanwhile")],
            "Suggested by the built-in model, because my server has said nothing for 2 s.",
        ),
        ("suggested", "cache", [], "Suggested by an answer that was kept from before."),
        ("superseded by a newer request", "", [GATE], "The next key came before there was an answer."),
        (
            "nothing to suggest",
            "",
            [GATE, ("generated", "0 candidate(s) by embedded")],
            "The built-in model had nothing to offer here.",
        ),
        (
            "nothing to suggest",
            "",
            [GATE, ("generated", "0 candidate(s) by my server, ended by: a stop")],
            "My server had nothing to offer here.",
        ),
        (
            "nothing to suggest",
            "",
            [GATE, ("generated", "1 candidate(s) by x"), ("filter", "repetition: dropped: it says a line again")],
            "There was an answer, but it is not shown: it says a line again.",
        ),
        (
            "nothing to suggest",
            "",
            [("filter", "closers: 1 taken off"), ("generated", "0 candidate(s) by x")],
            "X had nothing to offer here.",
        ),
        ("nothing to suggest", "", [("cache", "known: nothing here")],
         "Asked at this place before, and nothing was found."),
        ("not asked: in the middle of a word", "", [("gate", "in the middle of a word")],
         "Nothing is asked for here: in the middle of a word."),
        ("cancelled by the editor", "", [GATE], "Cancelled by the editor."),
    ],
)  # fmt: skip
def test_the_sentence_names_what_decided(
    outcome: str, source: str, steps: list[tuple[str, str]], told: str
) -> None:
    decision = Decision("s1", "file:///a.py", Point(0, 0), Trigger.AUTOMATIC, source, outcome)
    decision.steps = [Step(name, detail, 0.1) for name, detail in steps]
    assert sentence(decision) == told
    assert decision_answer(decision)["sentence"] == told


def test_without_text_it_holds_no_code() -> None:
    decision = Decision("s1", "file:///a.py", Point(0, 0), Trigger.AUTOMATIC, "", "nothing to suggest")
    decision.steps = [Step("filter", "names: dropped: 'secret_name' is nowhere in the file", 0.1)]
    assert "secret_name" in decision_answer(decision)["sentence"]
    assert "secret_name" not in decision_answer(decision, text=False)["sentence"]
