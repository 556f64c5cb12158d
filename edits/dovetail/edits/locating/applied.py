"""Whether a hunk has been applied before. That it has been needs a proof of its own.

The text after an insertion often looks as it did before: in a run of equal lines, one more line changes nothing
that a search could see. There the added lines have to be there *beyond* what was there, which the text alone
cannot tell; the blob id, the other hunks of the change, or the line number can.
"""

from __future__ import annotations

import re
from enum import Enum

from ..live import LiveText
from ..model import ADD, KEEP, REMOVE, Reading
from .pieces import kept

MIN_LETTERS = 8
"""Letters and digits that added lines need to be told from a coincidence where nothing else is quoted."""
MIN_QUOTE = 4
"""Quoted lines from which on a place that holds all but one of them is not passed over."""
MAX_STARTS = 20
"""Places of one line that are looked at."""
_NAME = re.compile(
    r"^[ \t]*(?:(?:def|func|function|fn|async|class|public|private|static|const|let|var|export|final|int|self) +){0,6}"
    r"[\w.$-]+ *(?:[:+*/-]?=(?!=)|:(?!:)|\()"
)


class Applied(Enum):
    """What the text says of an insertion whose anchor is found."""

    NO = "no"
    YES = "yes"
    UNCLEAR = "unclear"
    """The lines it adds continue a run of lines that are there anyway."""


def applied_at(reading: Reading, live: LiveText, place: int) -> Applied:
    """Whether an insertion whose anchor stands at `place` has been made there already."""
    new, old = reading.new, reading.old
    # Had a hunk that removes lines been applied, its quote would not stand here. Only an addition leaves it intact.
    if len(new) <= len(old) or any(tag == REMOVE for tag, _ in reading.lines):
        return Applied.NO
    lines = live.lines
    # Lines added below the anchor leave it where it was; added above, they have pushed it down by their
    # number, so the new text then ends where the old quote ends.
    for start in (place, place + len(old) - len(new)):
        if start >= 0 and tuple(lines[start : start + len(new)]) == new:
            clear = _telling(reading) and not _in_a_row(reading, live, start)
            return Applied.YES if clear else Applied.UNCLEAR
    return Applied.NO


def _in_a_row(reading: Reading, live: LiveText, start: int) -> bool:
    """Whether the added lines only repeat lines beside them, in the hunk or in the file, where the new text
    stands at `start`: then it would stand there just so had nothing been added."""
    kept_lines = {text for tag, text in reading.lines if tag == KEEP}
    added = [text for tag, text in reading.lines if tag == ADD]
    if all(text in kept_lines for text in added if text.strip()):
        return True
    if len({text.strip() for text in added if text.strip()}) > 1:
        return False  # several lines that say different things do not stand there by chance
    # Where the first and last added lines are in the hunk, and as many lines of the file on either side of
    # them.
    first = next(number for number, (tag, _) in enumerate(reading.lines) if tag == ADD)
    last = len(reading.lines) - 1 - [tag for tag, _ in reading.lines][::-1].index(ADD)
    above = live.lines[max(start + first - len(added), 0) : start + first]
    below = live.lines[start + last + 1 : start + last + 1 + len(added)]
    return added in (above, below)


def _telling(reading: Reading) -> bool:
    """Whether the added lines say enough to be told from a coincidence."""
    added = [text for tag, text in reading.lines if tag == ADD]
    return sum(character.isalnum() for text in added for character in text) >= MIN_LETTERS


def applied_somewhere(reading: Reading, live: LiveText, stated: int | None = None) -> tuple[int, int] | None:
    """Where the new side of a hunk stands, given that its old side does not; None without enough evidence.

    Args:
        stated: the line where the reply says that the new side stands, from 0.
    """
    # Two places are enough to know that there is not just one.
    places = live.find(reading.new, 2)
    if len(places) != 1 or tuple(reading.old) == tuple(reading.new):
        return None
    added = [text for tag, text in reading.lines if tag == ADD]
    anchors = kept(reading.lines)
    # Kept lines say as much as added ones; with none, the added lines have to be telling by themselves.
    letters = sum(character.isalnum() for text in (reading.new if anchors else added) for character in text)
    if letters < MIN_LETTERS:
        return None
    # A mere deletion leaves nothing behind but the lines around it: both sides of the gap have to be quoted.
    if not any(text.strip() for text in added) and not _kept_either_side(reading):
        return None
    if not anchors and stated != places[0] and not _same_names(reading):
        return None  # what replaces something that is not there stands somewhere: that says nothing
    return places[0], places[0] + len(reading.new)


def stands_nearly(reading: Reading, live: LiveText, beside: tuple[int, int]) -> tuple[int, int] | None:
    """Where all but one of the quoted lines stand, those to be changed among them, outside the lines `beside`.

    There the hunk may still be due, whatever else holds its new side already.
    """
    old = reading.old
    if len(old) < MIN_QUOTE:
        return None
    firm = _next_to_changes(reading)
    starts = {
        place - number
        for number, line in enumerate(old)
        if line.strip() and len(places := live.positions(line.strip())) <= MAX_STARTS
        for place in places
    }
    for start in sorted(starts):
        end = start + len(old)
        if start < 0 or end > len(live) or (start < beside[1] and beside[0] < end):
            continue
        same = [there == line for there, line in zip(live.lines[start:end], old, strict=True)]
        if sum(same) >= len(old) - 1 and all(same[number] for number in firm):
            return start, end
    return None


def _next_to_changes(reading: Reading) -> set[int]:
    """The quoted lines, by number, that are removed or stand next to a line added."""
    firm: set[int] = set()
    at = 0
    for tag, _ in reading.lines:
        if tag == ADD:
            firm |= {number for number in (at - 1, at) if 0 <= number < len(reading.old)}
            continue
        if tag == REMOVE:
            firm.add(at)
        at += 1
    return firm


def added_elsewhere(reading: Reading, live: LiveText, span: tuple[int, int]) -> bool:
    """Whether all that a hunk adds stands outside a span of the text already, and says enough to be known again."""
    runs: list[list[str]] = [[]]
    for tag, text in reading.lines:
        if tag == ADD:
            runs[-1].append(text)
        elif runs[-1]:
            runs.append([])
    if not _telling(reading):
        return False
    for run in filter(None, runs):
        if not any(place + len(run) <= span[0] or span[1] <= place for place in live.find(run)):
            return False
    return True


def _same_names(reading: Reading) -> bool:
    """Whether each line removed was to become one that sets, or calls, the same name."""
    removed = [text for tag, text in reading.lines if tag == REMOVE and text.strip()]
    added = [text for tag, text in reading.lines if tag == ADD and text.strip()]
    if not removed or len(removed) != len(added):
        return False
    for old, new in zip(removed, added, strict=True):
        a, b = _NAME.match(old), _NAME.match(new)
        if (
            not a
            or not b
            or a[0].strip() != b[0].strip()
            or a[0].strip() in ("return(", "if(", "while(", "for(")
        ):
            return False
    return True


def _kept_either_side(reading: Reading) -> bool:
    changed = [number for number, (tag, _) in enumerate(reading.lines) if tag in (ADD, REMOVE)]
    lines = reading.lines
    return bool(changed) and kept(lines[: changed[0]]) >= 1 and kept(lines[changed[-1] + 1 :]) >= 1


def duplicate_is_done(
    reading: Reading, live: LiveText, *, sent_before: bool, stated: int | None
) -> tuple[int, int] | None:
    """Where a hunk with enough context stands applied in full, while its old side stands somewhere else.

    The old side may then be the copy of a place that has been changed already.

    Args:
        sent_before: the other hunks of the reply have been applied; then little context is enough, or none where the
            new side stands just where the reply says.
        stated: the line where the reply says that the new side stands, from 0.
    """
    added = sum(tag == ADD and bool(text.strip()) for tag, text in reading.lines)
    if not added:
        # What a deletion leaves behind says little: it has to stand just where the reply says, between lines kept.
        here = stated is not None and live.lines[stated : stated + len(reading.new)] == list(reading.new)
        if not sent_before or not here or stated is None or not _kept_either_side(reading):
            return None
        return stated, stated + len(reading.new)
    # Three lines of context are what diff tools write: a new side with all of them is hardly there by chance.
    enough = kept(reading.lines) >= (1 if sent_before else 3)
    places = live.find(reading.new, 2)
    if sent_before and not enough:
        places = [place for place in places if place == stated]
    elif not enough:
        return None
    return (places[0], places[0] + len(reading.new)) if places else None
