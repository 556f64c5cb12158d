"""Whether a hunk has been applied before."""

from __future__ import annotations

from ..live import LiveText
from ..model import ADD, REMOVE, Reading
from .pieces import kept

MIN_LETTERS = 8
"""Letters and digits that added lines need to be told from a coincidence where nothing else is quoted."""


def applied_at(reading: Reading, live: LiveText, place: int) -> bool:
    """Whether an insertion whose anchor stands at `place` has been made there already."""
    new, old = reading.new, reading.old
    if len(new) <= len(old) or any(tag == REMOVE for tag, _ in reading.lines):
        return False
    lines = live.lines
    if tuple(lines[place : place + len(new)]) == new:
        return True
    start = place + len(old) - len(new)
    return start >= 0 and tuple(lines[start : start + len(new)]) == new


def applied_somewhere(reading: Reading, live: LiveText) -> tuple[int, int] | None:
    """Where the new side of a hunk stands, given that its old side does not; None without enough evidence."""
    places = live.find(reading.new, 2)
    if len(places) != 1 or tuple(reading.old) == tuple(reading.new):
        return None
    added = [text for tag, text in reading.lines if tag == ADD]
    lines = added if not kept(reading.lines) else reading.new
    letters = sum(character.isalnum() for text in lines for character in text)
    if letters < MIN_LETTERS:
        return None
    if not any(text.strip() for text in added) and not _kept_either_side(reading):
        return None
    return places[0], places[0] + len(reading.new)


def _kept_either_side(reading: Reading) -> bool:
    changed = [number for number, (tag, _) in enumerate(reading.lines) if tag in (ADD, REMOVE)]
    lines = reading.lines
    return bool(changed) and kept(lines[: changed[0]]) >= 1 and kept(lines[changed[-1] + 1 :]) >= 1


def twin_is_done(reading: Reading, live: LiveText) -> tuple[int, int] | None:
    """Where a hunk with enough context stands applied in full, while its old side stands somewhere else.

    The old side may then be the copy of a place that has been changed already.
    """
    added = sum(tag == ADD and bool(text.strip()) for tag, text in reading.lines)
    if not added or kept(reading.lines) < 3:
        return None
    places = live.find(reading.new, 2)
    return (places[0], places[0] + len(reading.new)) if places else None
