"""A whole file in a fence, with its path in the fence's first line or in a line of its own above."""

from __future__ import annotations

import re

from ...model import ADD, FileChange, Hunk, Op, Reading
from ..paths_in_prose import path_in_info
from .contract import Found, ReplyText

NAME = "whole file"
name = NAME
_EDITS = re.compile(
    r"^(?:[ \t]*(?:<{4,10}|-{5,10})[ \t]*(?:SEARCH|ORIGINAL|HEAD)\b|@@+[ -]|@@$|diff --git "
    r"|\*{3} ?(?:Begin Patch|\w+ File:)"
    r"|--- \S.*$|[ \t]*>{5,10} ?REPLACE|[ \t]*\+{5,10} ?REPLACE)"
)


def read(reply: ReplyText, at: int) -> Found | None:
    if reply.fence is not None or not reply.lines[at].lstrip(" \t>").startswith(("```", "~~~")):
        return None
    fence = reply.opens_fence(at)
    if fence is None:
        return None
    path = path_in_info(fence.info)
    if not path and reply.path and reply.path_line >= at - 2:
        path = reply.path
    if not path:
        return None
    language = fence.info.split()[0].lower() if fence.info.split() else ""
    if language in ("diff", "patch", "udiff"):
        return None
    close, nested = _close(reply, at, fence.mark)
    body = reply.lines[at + 1 : close]
    if any(line and line[0] in "<-@d* \t>+" and _EDITS.match(line) for line in body[:2000]):
        return None  # an edit of another format stands inside: the scanner goes on line by line
    trouble = ""
    if close >= len(reply):
        trouble = "the reply ends inside the file: it was cut"
    elif nested:
        trouble = "the file holds code fences like the one around it, so where it ends cannot be told"
    hunk = Hunk(
        (Reading(tuple((ADD, line) for line in body)),),
        first=at,
        last=min(close, len(reply) - 1),
        malformed=trouble,
    )
    reply.last_path = path
    return Found(close + 1, (FileChange(Op.WHOLE, (path,), (hunk,), format=NAME),))


def _close(reply: ReplyText, at: int, mark: str) -> tuple[int, bool]:
    """The line that closes the fence, and whether that can be doubted."""
    pattern = re.compile(rf"^[ \t]{{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    opening = re.compile(rf"^[ \t]{{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*[\w+#.-].*$")
    inner = 0
    for index in range(at + 1, len(reply)):
        line = reply.lines[index]
        if mark[0] not in line[:8]:
            continue
        if pattern.match(line):
            return index, inner > 0
        if opening.match(line):
            inner += 1
    return len(reply), inner > 0
