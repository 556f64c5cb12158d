"""Whether a text given for a file or a definition stops before its end, or starts behind its start.

A reply that was cut, and a part that is shown without what stands above it, look like a text from which lines were
taken away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..live import LiveText, indent_of
from ..locating.expanded import gaps
from ..locating.named import ends_early
from ..locating.spans import place_of, spans
from ..model import Change, Hunk
from ..reading.vocabulary import words

_HEAD = re.compile(
    r"^(?:package\s+[\w.]+|#!|<\?(?:php|xml)|<!doctype|<html|namespace\s+\w|module\s+[\w.]+)", re.IGNORECASE
)
"""The line that a file of its language starts with."""
_OF_ONE = re.compile(r"\b(?:function|method|body|class|loop|logic|implementation)\b", re.IGNORECASE)
"""Words of an elision that speak of a part of one definition."""
_IMPORT = re.compile(r"^\s*(?:import|from|#include|using|use|require|require_relative|const .* = require)\b")
_WORD = re.compile(r"\w+")
_NO_NAMES = words("import from include using use require require_relative const as static type")


def lines_go(count: int) -> str:
    """How many lines go, in words."""
    return "1 line goes" if count == 1 else f"{count} lines go"


def cut_at_the_end(old: LiveText, changes: Sequence[Change], hunk: Hunk) -> str:
    """Why the text may have been cut at its end; '' where it may not."""
    last = changes[-1] if changes else None
    if last is None or last.end != len(old):
        return ""
    gone = [line for line in old.lines[last.start : last.end] if line.strip()]
    come = [line for line in last.lines if line.strip()]
    # The reply says that it is the whole file, and its fence is closed.
    if hunk.sign.says_whole and hunk.ends_plainly:
        return ""
    # One line that is the start of the first missing one: the reply stopped in the middle of it.
    if gone and (not come or (len(come) == 1 and gone[0].startswith(come[0]) and len(gone) > 1)):
        return "it ends before the file does"
    # One line more that goes than comes is an edit; more is an end that is missing.
    if len(gone) > len(come) + 1:
        return f"it ends before the file does: {lines_go(len(gone))} at the end"
    return ""


def cut_at_the_start(old: LiveText, new: Sequence[str], changes: Sequence[Change]) -> str:
    """Why the text may lack what stands above it in the file; '' where it may not."""
    first = changes[0] if changes else None
    if first is None or first.start != 0:
        return ""
    gone = [line for line in old.lines[: first.end] if line.strip()]
    come = [line for line in first.lines if line.strip()]
    headed = next((line for line in gone if _HEAD.match(line)), "")
    # The head may have been moved below a licence, so it is looked for in the first lines.
    if headed and not any(_HEAD.match(line) for line in new[:40]):
        return f"{headed.strip()[:60]!r} at its start would go"
    # Imports may go where nothing uses their names any more. What no name of theirs was used for before is needed
    # for something else, unless the text shows which imports are left.
    rest = {word for line in new if not _IMPORT.match(line) for word in _WORD.findall(line)}
    used = {word for line in old.lines if not _IMPORT.match(line) for word in _WORD.findall(line)}
    shown = any(map(_IMPORT.match, new))
    kept, unseen = [], ""
    for line in gone:
        names = set(_WORD.findall(line)) - _NO_NAMES
        if not _IMPORT.match(line) or rest & names:
            kept.append(line)
        elif not shown and not used & names:
            unseen = unseen or line
    if unseen:
        return f"{unseen.strip()[:60]!r} at its start would go"
    if kept and (not come or len(kept) > len(come) + 1):
        return f"it starts behind the start of the file: {lines_go(len(gone))} there"
    return ""


def stops_at_a_gap(path: str, old: LiveText, new: Sequence[str]) -> bool:
    """Whether a definition loses its end right above what is left out: that may be just what stands for it."""
    left_out = gaps(old, new)
    bare = ["" if number in left_out else line for number, line in enumerate(new)]
    there = spans(path, old.lines) or ()
    for one in spans(path, bare) or () if any(number - 1 not in left_out for number in left_out) else ():
        behind = next((at for at in range(one.end, len(new)) if new[at].strip()), len(new))
        # Deeper than the definition's head, the mark stands for a part of it, not for what may be its end.
        inside = behind in left_out and len(indent_of(new[behind])) > len(indent_of(new[one.bare]))
        if behind in left_out and not inside and (behind == one.end or _OF_ONE.search(new[behind])):
            place = place_of(one, bare, there, old)
            if isinstance(place, str) or ends_early(
                old.lines[place.bare : place.end], new[one.bare : one.end]
            ):
                return True
    return False
