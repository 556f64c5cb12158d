"""What a model's answer becomes in a document, in every language: one case a line of `suggestions.jsonl`.

`text` holds the cursor as `‸`; `answer` is what the model says (a text, or pieces, with waits in ms); `right` lists the
documents that may stand there once the suggestion is taken, null where nothing may be suggested.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dovetail.fim import SuggestionRequest
from dovetail.text import Point, Snapshot

CURSOR = "\u2038"
CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "suggestions.jsonl").read_text("utf-8").split("\n")
    if line
]


def ask(tools, case, script):
    """What stands in the document once the suggestion is taken, None where there is none, and the decision."""
    before, _, after = case["text"].partition(CURSOR)
    snapshot = Snapshot.open("file:///w/" + case["path"], before + after, language_id=case["language"])
    snapshot.tree()
    position = snapshot.lines.point(len(before))

    async def work():
        engine = tools.engine_of(tools.Scripted([*script, 10]))
        trigger = tools.Trigger(case.get("trigger", "manual"))
        request = SuggestionRequest(snapshot, Point(*position), case["path"], trigger, replace_range=True)
        found = await engine.suggest(request)
        engine.stop()
        return found, engine.why.last()[0]

    found, decision = tools.run(work())
    if not found:
        return None, decision
    offset = snapshot.lines.offset
    return before[: offset(found[0].start)] + found[0].text + snapshot.text[offset(found[0].end) :], decision


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_is_suggested(tools, case):
    answer = case["answer"]
    script = (
        [answer] if isinstance(answer, str) else [p if isinstance(p, str) else p["waitMs"] for p in answer]
    )
    got, decision = ask(tools, case, script)
    if got is None:
        assert decision.sentence or decision.outcome.startswith("not asked"), (
            "nothing ends without its reason"
        )
    why = f"{decision.sentence} {[(step.name, step.detail) for step in decision.steps]}"
    assert "right" not in case or got in case["right"], why
    assert not any(part in (got or "") for part in case.get("not", ())), why


@pytest.mark.parametrize("size", [1, 3, 7])
def test_pieces_change_nothing(tools, size):
    """The same comes of an answer however it is cut."""
    # A sample a size: all of them thrice take minutes.
    for case in [case for case in CASES[size::7] if isinstance(case["answer"], str)]:
        answer = case["answer"]
        whole, _ = ask(tools, case, [answer])
        cut, _ = ask(tools, case, [answer[at : at + size] for at in range(0, len(answer), size)])
        assert cut == whole, case["id"]
