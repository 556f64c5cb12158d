"""The errors of a document, as lines and messages, to tell which are new after something was accepted."""

from __future__ import annotations

from typing import Any

from dovetail.text import Snapshot, syntax_errors

from .wire import ends_of, whole_number

LARGEST = 150_000
"""Bytes; the grammar of a larger document is not asked."""


def diagnosed(said: list[Any]) -> set[tuple[int, str]]:
    """The errors among LSP diagnostics."""
    found = set()
    for one in said:
        ends = ends_of(one.get("range")) if isinstance(one, dict) else None
        # Errors only; LSP leaves open what no severity means, and here it means an error.
        if ends is not None and (whole_number(one.get("severity")) or 1) == 1 and "message" in one:
            found.add((ends[0][0], str(one["message"])))
    return found


def grammar_errors(snapshot: Snapshot) -> set[tuple[int, str]]:
    """What the grammar cannot read. For a thread."""
    if snapshot.language is None or snapshot.lines.bytes > LARGEST:
        return set()
    return {(problem.start.line, problem.message) for problem in syntax_errors(snapshot)}
