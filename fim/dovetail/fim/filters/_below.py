"""Filters 4 to 6: what already stands behind the cursor is not proposed again."""

from __future__ import annotations

from attrs import evolve
from dovetail.text import Point

from ._brackets import unmatched_closers
from ._contract import Draft, Dropped, FilterContext

_ONLY_CLOSERS = frozenset(")]};,")


def equal_next_line(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Never the line that already follows: drop it where it is all, cut there where more came before it."""
    below = context.next_line()
    if below is None or context.tail.strip():
        return draft
    follows = below[1].strip()
    lines = (context.head + draft.text).split("\n")
    for index, line in enumerate(lines):
        if line.strip() != follows or (set(follows) <= _ONLY_CLOSERS and index):
            continue
        if index == 0:
            return Dropped("it is the line that already follows")
        return draft.with_text("\n".join(lines[:index])[len(context.head) :].rstrip())
    return draft


def suffix_overlap(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Where the text brings what stands behind the cursor on its line, replace that, or leave it out."""
    tail = context.tail
    behind = tail.rstrip()
    if not behind:
        return draft
    first = draft.text.split("\n", 1)[0]
    position = context.ask.position
    if draft.text.endswith(behind):
        if context.ask.replace_range:
            return evolve(draft, end=Point(position.line, position.column + len(behind)))
        return draft.with_text(draft.text[: -len(behind)])
    closers = behind.lstrip()
    found = unmatched_closers(first)
    if "".join(first[i] for i in found).startswith("".join(c for c in closers if c in ")]}")) and found:
        covered = len(behind) if all(c in ")]}" for c in closers) else 0
        if covered and context.ask.replace_range:
            return evolve(draft, end=Point(position.line, position.column + covered))
        return draft.with_text(draft.text[: found[0]].rstrip() if found[0] else "")
    for size in range(min(len(behind), len(first)), 0, -1):
        if draft.text.endswith(behind[:size]):
            return draft.with_text(draft.text[:-size])
    return draft


def extra_closer(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Cut a closing bracket at the end that the line below already brings."""
    below = context.next_line()
    if below is None or below[1].strip()[:1] not in tuple(")]}"):
        return draft
    found = unmatched_closers(context.head.lstrip() + draft.text)
    if not found:
        return draft
    at = found[0] - len(context.head.lstrip())
    if at < 0 or draft.text[at] != below[1].strip()[0]:
        return draft
    # A closer on the cursor's own line may well be meant; one that stands where the next line's does is not.
    if "\n" not in draft.text[:at] and context.head.strip():
        return draft
    kept = draft.text[:at].rstrip()
    return draft.with_text(kept) if kept else Dropped("the closing bracket is already there")
