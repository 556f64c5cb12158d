"""Filters 7 and 8: indentation and syntax."""

from __future__ import annotations

import re
from time import perf_counter

from dovetail.text import Point, TextEdit, syntax_errors

from ._contract import Draft, Dropped, FilterContext

_OPEN_END = re.compile(r"[\s({\[,.:=+\-*/%&|^<>?\\]\Z|\b(?:do|then|of|in|and|or|not|return)\Z")
PARSE_MS = 8.0


def indentation(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Line ends as `\\n`; the buffer's own unit; no second indentation where the cursor already stands in one."""
    text = draft.text.replace("\r\n", "\n").replace("\r", "\n")
    if context.head and not context.head.strip():
        text = text.lstrip(" \t")
    elif context.head.endswith((" ", "\t")):
        text = text.lstrip(" ")
    lines = text.split("\n")
    lines[1:] = [_in_unit(line, context.indent_unit) for line in lines[1:]]
    return draft.with_text("\n".join(lines))


def _in_unit(line: str, unit: str) -> str:
    blanks = line[: len(line) - len(line.lstrip(" \t"))]
    if unit == "\t" and " " in blanks:
        width = len(blanks.replace("\t", "    "))
        return "\t" * (width // 4) + " " * (width % 4) + line[len(blanks) :]
    if unit != "\t" and "\t" in blanks:
        return blanks.replace("\t", unit) + line[len(blanks) :]
    return line


def syntax_delta(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Drop a text that brings new syntax errors into its own lines. Unfinished ends are not judged."""
    if _OPEN_END.search(draft.text):
        return draft
    ask = context.ask
    snapshot, start = ask.snapshot, ask.position
    if not snapshot.tree_ready:
        return draft
    deadline = perf_counter() + PARSE_MS / 1000
    if snapshot.tree(deadline=deadline) is None:
        return draft
    after = snapshot.edit(TextEdit(start, draft.end, draft.text))
    if after.tree(deadline=deadline) is None:
        return draft
    last = start.line + draft.text.count("\n")
    before_count = len(
        syntax_errors(snapshot, Point(start.line, 0), snapshot.lines.clamp(Point(start.line, 1 << 30)))
    )
    after_count = len(syntax_errors(after, Point(start.line, 0), after.lines.clamp(Point(last, 1 << 30))))
    if after_count > before_count:
        return Dropped(f"it would bring {after_count - before_count} new syntax error(s)")
    return draft
