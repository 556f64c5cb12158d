"""Suggestion blocks of a review: ```` ```suggestion ```` on GitHub, ```` ```suggestion:-1+2 ```` on GitLab.

Such a block is the new text of the lines that its comment stands at, which it does not quote. It is an edit where
the words above it name the file and those lines ("src/a.py:7", "src/a.py#L7-L9", "Comment on lines +7 to +9");
without them it is refused by name.
"""

from __future__ import annotations

import re

from ...model import ADD, Extent, FileChange, FileSign, Hunk, Op, Reading, Sign, What
from .contract import MAX_NEAR, Found, Named, ReplyText

NAME = "suggestion"
name = NAME
starts = "`~"
_WORDS = re.compile(
    r"\b(?:lines?|zeilen?|lignes?|l[ií]neas?)\s*(?:#\s*)?([+-]?)R?(\d{1,7})"
    r"(?:\s*(?:-|–|to|and|through|bis|à|a)\s*(?:line\s*)?[+-]?R?(\d{1,7}))?\b"
    r"|\bL(\d{1,7})(?:\s*[-–]\s*L?(\d{1,7}))?\b",
    re.IGNORECASE,
)
_AROUND = re.compile(r"^suggestion:-(\d{1,3})\+(\d{1,3})\s*$", re.IGNORECASE)


def read(reply: ReplyText, at: int) -> Found | None:
    if reply.fence is not None:
        return None
    fence = reply.opens_fence(at)
    if fence is None or fence.indent or fence.language != "suggestion":
        return None
    close = at + 1
    # `closes_fence` asks about the fence that is open; none stays open for the scanner.
    reply.fence = fence
    while close < len(reply) and not reply.closes_fence(close):
        close += 1
    reply.fence = None
    named = reply.file_for(at)
    lines = _lines(reply, at, named)
    trouble = named.trouble.replace("the block", "the suggestion")
    what = "a suggestion block replaces the lines that its comment stands at"
    if not named.path and not reply.labels:
        trouble = f"{what}, and the reply names no file for it"
    elif not trouble and lines is None:
        trouble = f"{what}, and the reply does not say which lines of {named.path} these are"
    elif close >= len(reply):
        trouble = "the reply ends inside its code fence: it was cut"
    # GitLab: `suggestion:-2+1` takes in two lines above and one below.
    if lines is not None and (around := _AROUND.match(fence.info)):
        lines = (max(lines[0] - int(around[1]), 0), lines[1] + int(around[2]))
    words = (named.sign.words or reply.lines[at].strip())[:120]
    sign = Sign(named.sign.file or FileSign.LABEL, What.SUGGESTION, Extent.REGION, words)
    hunk = Hunk(
        (Reading(tuple((ADD, line) for line in reply.lines[at + 1 : close])),),
        first=at,
        last=min(close, len(reply) - 1),
        malformed=trouble,
        ends_plainly=True,
        sign=sign,
        replaces=lines,
    )
    reply.last_path = named.path or reply.last_path
    paths = (named.path,) if named.path else ()
    change = FileChange(Op.EDIT, paths, (hunk,), format=NAME, only_if_there=named.maybe)
    return Found(close + 1, (change,))


def _lines(reply: ReplyText, at: int, named: Named) -> tuple[int, int] | None:
    """The lines that the label, or the words near it, state: from 0, end exclusive."""
    stated = named.lines
    if stated is None:
        # Only lines of prose since the block before: a number above that was said of it.
        near = [reply.lines[line] for line in reply.prose[-MAX_NEAR:] if reply.used < line < at]
        found = [match for line in near if len(line) < 400 for match in _WORDS.finditer(line)]
        if len(found) != 1 or found[0][1] == "-":
            return None  # none, several, or lines of the text before the change
        first = int(found[0][2] or found[0][4])
        stated = (first, int(found[0][3] or found[0][5] or first))
    first, last = stated
    return (first - 1, last) if 0 < first <= last else None
