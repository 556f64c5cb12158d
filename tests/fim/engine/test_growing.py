"""A client that takes parts sees a suggestion grow: nothing on its screen is taken back."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from dovetail.fim import SuggestionRequest
from dovetail.text import Point, Snapshot

CURSOR = "\u2038"
CASES = [
    case
    for line in (Path(__file__).parent / "suggestions.jsonl").read_text("utf-8").split("\n")
    if line and isinstance((case := json.loads(line))["answer"], str)
]


def grown(tools, case, size, wait_ms):
    """The texts of the parts, and of the answer."""
    before, _, after = case["text"].partition(CURSOR)
    snapshot = Snapshot.open("file:///w/" + case["path"], before + after, language_id=case["language"])
    snapshot.tree()
    position = Point(*snapshot.lines.point(len(before)))
    answer = case["answer"]
    script = []
    for at in range(0, len(answer), size):
        script += [answer[at : at + size], wait_ms]

    async def work(parts):
        engine = tools.engine_of(tools.Scripted(script))
        trigger = tools.Trigger(case.get("trigger", "manual"))
        request = SuggestionRequest(snapshot, position, case["path"], trigger, replace_range=True)
        take = None if parts is None else lambda found: parts.append(found[0].text)
        found = await engine.suggest(request, take)
        engine.stop()
        return found[0].text if found else None

    parts = []
    last = tools.run(work(parts))
    return parts, last


@pytest.mark.parametrize("size", [4, 9])
def test_nothing_on_the_screen_is_taken_back(tools, size):
    wrong = []
    for case in CASES[size::6]:
        parts, last = grown(tools, case, size, 60)
        for old, new in pairwise([*parts, last]):
            if new is None or not new.startswith(old):
                wrong.append((case["id"], old, new))
    assert not wrong
