"""What clients read, held against docs/protocol.json: the real server's answers, and those of the clients' fakes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

SCHEMA = Path(__file__).resolve().parents[1] / "docs" / "protocol.json"
COMMAND = "workspace/executeCommand"


@cache
def contract() -> dict[str, Any]:
    """The contract as it is written."""
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


@cache
def _validator(part: str, name: str) -> Draft7Validator | None:
    found = contract()
    if name not in found[part]:
        return None
    return Draft7Validator({"definitions": found["definitions"], **found[part][name]})


def _hold(part: str, name: str, value: Any) -> None:
    validator = _validator(part, name)
    if validator is None:
        return
    errors = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.path)))
    told = [
        f"{name}: {'/'.join(map(str, one.absolute_path)) or 'all of it'}: {one.message[:300]}"
        for error in errors
        for one in (error.context or [error])
    ]
    assert not told, "not as docs/protocol.json has it:\n" + "\n".join(told)


def asked(request: Mapping[str, Any]) -> str:
    """What a request is for: its command, or its method."""
    params = request.get("params")
    if request.get("method") == COMMAND and isinstance(params, Mapping):
        return str(params.get("command"))
    return str(request.get("method"))


def hold_answer(name: str, result: Any) -> None:
    """Fail unless `result` is what clients read as the answer to a command or request of this name; one that the
    contract does not name may be anything."""
    _hold("answers", name, result)


def hold_notification(method: str, params: Any) -> None:
    """Fail unless `params` is what clients read in a notification of this name."""
    _hold("notifications", method, params)
