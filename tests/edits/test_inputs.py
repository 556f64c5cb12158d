"""Small inputs of every kind with what they come to: what people paste, true and broken halves side by side.

One JSON object a line: `files` before, `reply`, `right` (the files that change; null: nothing may be written), `or`
(another right result, or "nothing"), `says` (a part of the reason where it is refused).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dovetail.edits import MemoryWorkspace, changed_files, make_plan, read_reply

INPUTS = [
    json.loads(line)
    for line in Path(__file__).with_name("inputs.jsonl").read_text(encoding="utf-8").split("\n")
    if line
]
KINDS = sorted({one["kind"] for one in INPUTS})


def came_to(one: Mapping[str, Any]) -> str:
    """What is wrong with what an input came to; '' for nothing."""
    files = one["files"]
    plan = make_plan(read_reply(one["reply"]), MemoryWorkspace(files))
    made = None
    if plan.ok and plan.outcomes:
        made = {path: text for path, text in changed_files(plan).items() if files.get(path) != text}
    reasons = "; ".join((*(outcome.reason for outcome in plan.outcomes), *plan.seen))
    other = one.get("or", one["right"])
    right = made == one["right"] or made == other or (not made and None in (one["right"], other))
    right = right or (not made and other == "nothing")
    if not right:
        return f"{one['id']} ({one['title']}): {made if made is not None else 'nothing'} {reasons}"
    if not made and one.get("says") and one["says"] not in reasons:
        return f"{one['id']} ({one['title']}): the reason is {reasons!r}"
    return ""


def test_no_id_stands_twice() -> None:
    ids = [one["id"] for one in INPUTS]
    assert len(set(ids)) == len(ids), [one for one in set(ids) if ids.count(one) > 1]


@pytest.mark.parametrize("kind", KINDS)
def test_what_inputs_come_to(kind: str) -> None:
    wrong = [said for one in INPUTS if one["kind"] == kind and (said := came_to(one))]
    assert not wrong, "\n".join(wrong)
