"""Where in its file a cursor stands. For a thread: it may parse."""

from __future__ import annotations

from dovetail.text import Point, Snapshot, block_header, call_at, context_at, kinds_around, member_at

from .codes import Scope

LARGEST = 150_000
"""Bytes; in a larger document scopes are not told apart."""
PARSE_LINES = 300
"""A document with more lines is not parsed for this: its tree is used where there is one."""
LINES_ABOVE = 40


def scope_at(snapshot: Snapshot, point: Point) -> Scope:
    """The innermost scope of a place; UNKNOWN where the language has no grammar or the document is large."""
    if snapshot.language is None or snapshot.lines.bytes > LARGEST:
        return Scope.UNKNOWN
    # Statistics are not worth a parse of a long document.
    if not snapshot.tree_current and len(snapshot.lines) > PARSE_LINES:
        return Scope.UNKNOWN
    point = snapshot.lines.clamp(point)
    # From the innermost outwards; the first that holds is the scope.
    context = context_at(snapshot, point)
    if context is not None:
        return Scope.COMMENT if context == "comment" else Scope.STRING
    if member_at(snapshot, point) is not None:
        return Scope.MEMBER
    if call_at(snapshot, point) is not None:
        return Scope.ARGUMENTS
    if block_header(snapshot, point) is not None:
        return Scope.BLOCK_START
    # None of those: what counts is the definition around it, the innermost that is one.
    for kind, _ in reversed(kinds_around(snapshot, point) or _above(snapshot, point)):
        if kind in ("function", "method"):
            return Scope.FUNCTION
        if kind in ("class", "type"):
            return Scope.CLASS
    return Scope.TOP_LEVEL


def _above(snapshot: Snapshot, point: Point) -> list[tuple[str, Point]]:
    """Where the line does not parse, as it is being typed: the definitions of the text above that it is indented
    under."""
    line = snapshot.line(point.line)
    indent = len(line) - len(line.lstrip())
    for index in range(point.line - 1, max(point.line - LINES_ABOVE, -1), -1) if indent else ():
        if text := snapshot.line(index).rstrip():
            found = kinds_around(snapshot, Point(index, len(text)))
            return [(kind, start) for kind, start in found if start.column < indent]
    return []
