"""Quotes that need not be whole lines, as the calls of agents state them."""

from __future__ import annotations

from ..live import LiveText
from ..model import Reading
from ..tagging import tag_lines
from .candidate import Candidate

MAX_PLACES = 50
"""Places of a quote that are named."""


def inside_lines(quote: tuple[str, str], live: LiveText) -> list[Candidate]:
    """Where a quote stands that starts or ends within a line, as changes of whole lines; at most `MAX_PLACES`.

    A quote that would cut a word in two stands nowhere, unless it stands in other places too: then it is no
    better a name for those.

    Args:
        quote: the text that goes, and the text that comes.
    """
    old, new = quote
    if not old.strip():
        return []
    text = live.joined
    places: list[int] = []
    at = text.find(old)
    while at >= 0 and len(places) < MAX_PLACES:
        places.append(at)
        # By one character, not by the quote's length: places that overlap (`aa` in `aaa`) make it ambiguous,
        # too.
        at = text.find(old, at + 1)
    if not any(not _cuts_a_word(text, at, at + len(old)) for at in places):
        return []
    return [_as_lines(text, at, old, new) for at in places]


def _as_lines(text: str, at: int, old: str, new: str) -> Candidate:
    # Widened to whole lines, so that the planner and the preview need to know of nothing else.
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at + len(old))
    end = len(text) if end < 0 else end
    before, after = text[start:at], text[at + len(old) : end]
    lines = tag_lines(text[start:end].split("\n"), (before + new + after).split("\n"))
    return Reading(lines), text.count("\n", 0, start)


def _cuts_a_word(text: str, start: int, end: int) -> bool:
    """Whether a quote starts or ends in the middle of a word: `return 1` is no part of `return 11`."""
    return any(
        0 < at < len(text)
        and (text[at - 1].isalnum() or text[at - 1] == "_")
        and (text[at].isalnum() or text[at] == "_")
        for at in (start, end)
    )
