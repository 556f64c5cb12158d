"""What goes over the socket: one question a connection, one answer, each a line of JSON in ASCII.

| question | answer |
|---|---|
| `texts` (`root`) | `documents` that are open in the folder, and `edits` that commands have had applied |
| `apply` (`root`, `files`, `within`) | `applied`, `message`, `edit` |
| `undo` (`root`, `edit`, `within`) | `applied`, `message`, `files` |

A document has `path` and `text`, or `lost`: why its text is not known. An edit has `edit` (its name), `at` (seconds
since 1970) and `files` (path and what became of it); the newest comes first.

Each question has `v`, the version of this page. `within` is the reading of the system's monotonic clock until which
the edit may begin: a server that was busy for longer does nothing.
"""

from __future__ import annotations

import json
from typing import Any

VERSION = 1
MAX_LINE = 256 * 1024 * 1024
"""Bytes of one line."""


def encoded(value: dict[str, Any]) -> bytes:
    """A question or an answer as its line."""
    return json.dumps(value).encode("ascii") + b"\n"


def decoded(line: bytes) -> dict[str, Any]:
    """The value of a line.

    Raises:
        ValueError: it is no object.
    """
    try:
        value = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
