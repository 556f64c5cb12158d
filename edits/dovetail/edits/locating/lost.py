"""What a file's new text lacks of the old one: definitions, and what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .spans import COMMENTS, begins_like, spans, tops_of

_WORDS = re.compile(r"[^\W\d]\w*")
_IMPORTS = re.compile(r"^\s*(?:import|from|#include|using|use|require|const .{1,80} = require)\b")


def names_lost(path: str, old: Sequence[str], new: Sequence[str], goes: Collection[str] = ()) -> list[str]:
    """Functions and classes of the old text, outside all others or in a class, that the new text lacks.

    Args:
        goes: names that are said to go.
    """
    had, has = spans(path, old), spans(path, new)
    if had is None or has is None:
        return []
    # A method is compared together with its class, so that `B.run` does not stand in for a lost `A.run`. A
    # function may have moved into a class, or out of one: that is no loss.
    names = {(span.one.name, span.one.parent) for span in has}
    plain = {span.one.name for span in has}
    lost = [span.one for span in had if (span.one.name, span.one.parent) not in names]
    return [
        one.name
        for one in lost
        if (one.name not in plain or one.kind != "function") and not {one.name, one.parent} & {*goes}
    ]


def lost_beside(path: str, old: Sequence[str], new: Sequence[str], goes: Collection[str] = ()) -> list[str]:
    """The lines of the old text beside its definitions, imports and comments aside, that a new text of nothing but
    definitions lacks: it may be the new text of those alone.

    Args:
        goes: names that are said to go.
    """
    tops = tops_of(path, new)
    inside = {number for span in tops for number in range(span.start, span.end)}
    beside = [line for number, line in enumerate(new) if number not in inside and line.strip()]
    if not tops or not all(_no_statement(line) for line in beside) or begins_like(new, tops, old):
        return []
    there = spans(path, old)
    within = {number for span in there or () for number in range(span.start, span.end)}
    kept = {line.strip() for line in new}
    head = _head_lost(old, new, within)
    return [
        line.strip()
        for number, line in enumerate(old)
        if number not in within
        and (number == head or not _no_statement(line))
        and line.strip() not in kept
        and _WORDS.search(line)
        and not {*goes} & {*_WORDS.findall(line)}
    ]


def _head_lost(old: Sequence[str], new: Sequence[str], within: Collection[int]) -> int:
    """The first line of the old text, where it is a comment that a new text lacks which begins with code; else -1."""
    first = next((number for number, line in enumerate(old) if line.strip()), -1)
    begins = next((line.strip() for line in new if line.strip()), "")
    # A comment right above a definition is about that.
    below = old[first + 1 : first + 2]
    if first < 0 or first in within or begins.startswith(COMMENTS) or not any(map(str.isalnum, old[first])):
        return -1
    comment = old[first].lstrip().startswith(COMMENTS) and not old[first].startswith("#include")
    return first if comment and below and first + 1 not in within else -1


def left_beside(path: str, old: Sequence[str], new: Sequence[str]) -> str:
    """The first statement of the old text beside its definitions that a text lacks which shows all its imports and
    all its definitions, so that it may be all of the new text as well; '' for none."""
    brought = {line.strip() for line in old if _IMPORTS.match(line)}
    if not brought or not brought <= {line.strip() for line in new} or names_lost(path, old, new):
        return ""
    within = {number for span in spans(path, old) or () for number in range(span.start, span.end)}
    kept = {line.strip() for line in new}
    beside = (
        line.strip() for number, line in enumerate(old) if number not in within and not _no_statement(line)
    )
    return next((line for line in beside if line not in kept and _WORDS.search(line)), "")


def _no_statement(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith(COMMENTS) or bool(_IMPORTS.match(line))
