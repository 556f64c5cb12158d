"""Whether to ask at all, and for one line or many."""

from __future__ import annotations

import re

from attrs import define

from dovetail.text import Point, opens_block

from ..types import SuggestionRequest, Trigger

CLOSERS = re.compile(
    r"(?:[\s)>}\]\"'`|$;,]|(?<=\")#{1,8}+|\{\s*+\}"
    r"|\*/|\*{1,2}+|_{1,2}+(?!\w)|~~|</[\w:.\-]*+>|/>|-->|-?%}|%>|\?>)*+"
    r"(?:=>\s*+\{?+|->[\w.\[\], |]{1,80}+(?=[:{]))?+[\s:{;,]*+(?:(?:then|do|end)\b[\s)\]};,]*+)?+\Z"
)
"""All that may stand behind the cursor: what an editor closes by itself (brackets, quotes, tags, comments, template
and Markdown signs), a body with nothing in it (`{}`), and what ends a header or a block of one
line (`]]; then`, `fn x -> x end`)."""

_RESULT = re.compile(r"\)++\s*+(?:->|:)?+\s*+[\w.\[\]*<>?!&|, ()]{1,80}+(?:=\s*+\{?+|[{:])\s*+\Z")
"""Behind the parameters of a function that is being declared: what it gives back, up to the start of its body."""
_DECLARES = re.compile(r"(?:^|\s)(?:func|fn|fun|def|function)\b[^()]*+\(")

_BY_HAND = "; asked by hand, it is tried"
LONG_LINE = 2_000
"""Characters in a line past which it is data or minified code, not something a person types."""


@define(frozen=True, slots=True)
class GateResult:
    """`reason` says why not, or why one line or many; it goes into the trace."""

    asks: bool
    multiline: bool
    reason: str


def _word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _emphasis(request: SuggestionRequest, before: str, after: str) -> bool:
    """Whether the cursor stands between the two signs of an emphasis in Markdown (`_x_`)."""
    language = request.snapshot.language
    return language is not None and language.name == "markdown" and before[-1] == after[0] == "_"


def gate(request: SuggestionRequest, *, multiline: bool | None = None, parsed: bool = True) -> GateResult:
    """Decide from the text and the syntax tree alone.

    `multiline` True or False is the user's setting; None lets the tree decide: many lines at the start of an
    empty block, one elsewhere. `parsed` False: the tree could not be had in time, and is not asked for.
    """
    line = request.snapshot.line(request.position.line)
    before, after = line[: request.position.column], line[request.position.column :]
    manual = request.trigger is Trigger.MANUAL
    # Cheapest first; the tree is asked last, and only for many lines.
    if len(line) > LONG_LINE:
        return GateResult(False, False, f"the line is longer than {LONG_LINE:,} characters")
    # In a word nobody inserts, but in Markdown `_` parts words too.
    if before and after and _word(before[-1]) and _word(after[0]) and not _emphasis(request, before, after):
        return GateResult(False, False, "the cursor is in the middle of a word")
    # By hand it is asked anywhere else: the user knows what stands behind the cursor.
    if not manual and not CLOSERS.match(after) and not (_DECLARES.search(before) and _RESULT.match(after)):
        return GateResult(
            False, False, f"there is more than closing brackets to the right of the cursor{_BY_HAND}"
        )
    if after.strip():
        return GateResult(True, False, "one line: something stands to the right of the cursor")
    if multiline is not None:
        return GateResult(True, multiline, "the setting completion.multiline")
    if not parsed:
        return GateResult(True, False, "one line: the document is too large to be parsed in time")
    if not opens_block(request.snapshot, request.position):
        return GateResult(True, False, "one line: not at the start of an empty block")
    return GateResult(True, True, "many lines: an empty block starts here")


def position_exists(request: SuggestionRequest) -> bool:
    """Whether the position lies in the document as it is now."""
    point = Point(*request.position)
    return request.snapshot.lines.clamp(point) == point
