"""The contract itself: it is a schema, names what the server announces, and sees a field that was renamed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from contract import asked, contract, hold_answer, hold_notification
from jsonschema import Draft7Validator

from dovetail.edits import Kind, Op, Proof
from dovetail.server.announced import COMMANDS

RANGE = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}
HUNK = {"id": "1", "uri": "file:///a", "proof": "exact", "range": RANGE, "before": "a\n", "after": "b\n"}
REFUSED = {**HUNK, "id": "2", "proof": "refused", "kind": "not found", "reason": "It is not there."}
FILE = {"uri": "file:///a", "op": "edit", "before": "a\n", "after": "b\n", "hunks": [HUNK]}
STATUS = {"state": "idle", "source": "embedded", "message": "All is well.", "mode": "automatic"}
STEP = {"name": "cache", "detail": "hit", "ms": 0.1}
DECISION = {
    "id": "1",
    "uri": "file:///a",
    "line": 1,
    "column": 1,
    "trigger": "automatic",
    "source": "",
    "outcome": "nothing",
    "sentence": "Nothing.",
    "elapsedMs": 1.5,
    "steps": [STEP],
}
NEXT = {
    "id": "n1",
    "textDocument": {"uri": "file:///a", "version": 2},
    "range": RANGE,
    "newText": "b\n",
    "line": 0,
    "before": "a",
    "after": "b",
    "proof": "exact",
    "rule": "replaced token",
    "chance": 0.9,
    "places": 1,
    "why": "1 edit like it",
}
WRONG = r"not as docs/protocol\.json has it"
SAMPLES: dict[str, Any] = {
    "dovetail.applyDiff": {
        "id": "p1",
        "applied": False,
        "message": "1 of 2 hunks fits.",
        "files": [FILE],
        "refused": [REFUSED],
        "repaired": [],
        "usage": {"tokens": 5, "ms": 80},
        "settings": "chat",
    },
    "dovetail.why": {"decisions": [DECISION]},
    "dovetail.status": {
        **STATUS,
        "version": "1",
        "model": {"files": 1, "tokens": 2, "learning": False},
        "endpoints": [{"name": "a", "state": "up", "message": "", "running": 0, "waiting": 0}],
        "problems": [],
        "statistics": {"problem": "locked"},
        "log": "dovetail.log",
    },
    "dovetail/nextEdit": {"edit": NEXT},
    "dovetail.undoEdit": {"applied": True, "message": "Undone."},
    "dovetail.explainRefusal": {
        "message": "It is not there.",
        "place": {"uri": "file:///a", "range": RANGE},
        "modelText": "-a",
    },
}


def renamed(value: Any) -> Iterator[tuple[str, Any]]:
    """`value` once for each name in it, with that name misspelt."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            for name, other in renamed(one):
                yield name, [*value[:index], other, *value[index + 1 :]]
    if isinstance(value, dict):
        for name, one in value.items():
            yield name, {(f"{k}X" if k == name else k): v for k, v in value.items()}
            for inner, other in renamed(one):
                yield f"{name}.{inner}", {**value, name: other}


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(contract())
    assert set(COMMANDS) <= set(contract()["answers"])


def test_the_words_are_those_of_the_code() -> None:
    hunk, file = (contract()["definitions"][name]["properties"] for name in ("Hunk", "FileChange"))
    assert hunk["proof"]["enum"] == [proof.value for proof in Proof]
    assert hunk["kind"]["enum"] == [kind.value for kind in Kind]
    assert set(file["op"]["enum"]) == {op.value for op in Op} - {
        Op.WHOLE.value
    }  # planned as an edit, or a new file


@pytest.mark.parametrize("name", SAMPLES)
def test_a_renamed_field_is_seen(name: str) -> None:
    """Wherever it stands, also where it may be left out."""
    hold_answer(name, SAMPLES[name])
    for _, other in renamed(deepcopy(SAMPLES[name])):
        with pytest.raises(AssertionError, match=WRONG):
            hold_answer(name, other)


def test_a_notification_is_held_too() -> None:
    hold_notification("dovetail/status", STATUS)
    for _, other in renamed(STATUS):
        with pytest.raises(AssertionError, match=WRONG):
            hold_notification("dovetail/status", other)


def test_what_a_request_is_for() -> None:
    params = {"command": "dovetail.why", "arguments": []}
    assert asked({"method": "workspace/executeCommand", "params": params}) == "dovetail.why"
    assert asked({"method": "dovetail/nextEdit", "params": {}}) == "dovetail/nextEdit"
