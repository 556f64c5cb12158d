"""What a model would have in place of lines that it was shown, as edits that are proved to fit the live text.

A model may see other text than stands there (secrets are covered) and answers late (the text has changed). So each
hunk of its answer must quote lines that stand in the live text word for word, at the place that they had or where all
that changed since lies above or below it; then it passes the refusals that rules pass, and the gates for models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import define

from .changes import edits_between
from .locations import EditLocation
from .model import Edit, Proposal, Text
from .refusals import breaks_syntax, refuse

ABOVE_LINES = 5
"""Lines that may both go and come above the cursor; a larger change there is not what the user looks at."""
UNDONE_SHARE, UNDONE_LEAST = 0.7, 6
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
"""Control characters but for the tab, marks of direction, and spaces of no width."""
_MARKS = re.compile(r"<\|[^|<>\s]{1,40}\|>|<\[[^\]<>\s]{1,40}\]>|</s>|^(?:<{7}|>{7})(?= |$)")
"""Control tokens as models spell them, and the marks of a conflict, in which Zeta 2 quotes."""
_COVERED = re.compile(r"\*{4,}")


@define(frozen=True, slots=True)
class Answer:
    """Lines as a model was shown them and what it would have in their place, and the text as it stood then."""

    first: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    asked: Text


def proposals(
    answer: Answer, now: Text, cursor: int, history: Iterable[Edit]
) -> tuple[list[Proposal], list[tuple[str, str]]]:
    """The hunks of an answer that fit the live text, the nearest to the cursor first, and why others do not.

    Args:
        now: the text as it stands.
        cursor: the cursor's line in it.
        history: the edits that were made, oldest first.
    """
    edits = list(history)
    found: list[Proposal] = []
    refused: list[tuple[str, str]] = []
    for hunk in edits_between(now.uri, answer.old, answer.new):
        # `was`, not `line`: the text before the edits is what the model quoted, and what stands in the
        # document.
        line = answer.first + hunk.was
        location = located(answer, hunk, now)
        reason = location if isinstance(location, str) else _unwanted(location, now, cursor, edits)
        if reason is not None:
            refused.append((f"{now.uri}:{line + 1}", reason))
            continue
        assert isinstance(location, EditLocation)
        found.append(Proposal(now.uri, location.line, location.old, location.new, "model", (), 1, 0.0))
    found.sort(key=lambda each: (abs(each.line - cursor), each.line))
    return found, refused


def located(answer: Answer, hunk: Edit, now: Text) -> EditLocation | str:
    """Where a hunk stands in the live text, exactly; else why it does not."""
    first = answer.first + hunk.was
    last = first + len(hunk.old)
    asked = answer.asked.lines
    # The model saw stars where a secret stands, so the lines it was shown are not the file's.
    if tuple(asked[first:last]) != hunk.old:
        return "it changes a line with a secret in it, which the model did not see"
    covered = {run for line in answer.old for run in _COVERED.findall(line)}
    # Only stars that were in what it saw: a line of stars may be drawn by the model itself.
    runs = {run for line in hunk.new if line not in asked for run in _COVERED.findall(line)}
    if runs & covered:
        return "it repeats a secret that was covered"
    # The text may have changed above or below while the model answered; where it changed inside, nothing
    # fits.
    shift = moved(asked, now.lines, first, last)
    # Also where the lines only moved: a wrong shift would put the hunk between lines that happen to be alike.
    if shift is None or tuple(now.lines[first + shift : last + shift]) != hunk.old:
        return "the text has changed there meanwhile"
    return EditLocation(now.uri, first + shift, hunk.old, hunk.new, 0, 0)


def moved(before: Sequence[str], after: Sequence[str], first: int, last: int) -> int | None:
    """By how many lines `first` to `last` of one text stand further down in another: 0 where all that changed is below
    them, the growth where all is above; None where it touches them."""
    if before is after or before == after:
        return 0
    limit = min(len(before), len(after))
    head = 0
    while head < limit and before[head] == after[head]:
        head += 1
    # The lines end before the first change.
    if last < head or (last == head and first < last):
        return 0
    tail = 0
    while tail < limit - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    edge = len(before) - tail
    # They start behind the last change, so all growth is above them.
    return len(after) - len(before) if first > edge or (first == edge and first < last) else None


def _unwanted(location: EditLocation, text: Text, cursor: int, edits: list[Edit]) -> str | None:
    """Why a hunk that fits is not proposed: what rules are refused for, and the gates for models."""
    return (
        _foreign(location, text)
        or _spaces_alone(location)
        or _far_from_the_cursor(location, cursor)
        or refuse("model", 1, location, text, edits)
        or undoes(location, edits)
        or breaks_syntax(location, text)
    )


def _foreign(location: EditLocation, text: Text) -> str | None:
    """What belongs to models and terminals, not to a text, unless the text has it already."""
    for line in location.new:
        for found in _UNSEEN.finditer(line):
            # A text about such characters, or in a script that needs them, may be given more of them.
            if not text.holds(found[0]):
                return "it brings a character that cannot be seen"
        for found in _MARKS.finditer(line):
            if not text.holds(found[0]):
                return "it brings a mark of the model's own"
    return None


def _spaces_alone(location: EditLocation) -> str | None:
    old, new = ("".join("".join(lines).split()) for lines in (location.old, location.new))
    return "it changes nothing but spaces" if old == new else None


def _far_from_the_cursor(location: EditLocation, cursor: int) -> str | None:
    # Behind the cursor anything may come; above it a person has finished, mostly.
    if location.line + max(len(location.old), 1) > cursor:
        return None
    if not location.old:
        return "it inserts lines above the cursor"
    if min(len(location.old), len(location.new)) > ABOVE_LINES:
        return f"it changes more than {ABOVE_LINES} lines above the cursor"
    return None


def undoes(location: EditLocation, edits: Iterable[Edit]) -> str | None:
    """The undo gate: most of what a hunk takes out is what the user just put in, or the reverse. Counted in sets of
    four characters, as GitHub Copilot Chat does (`informationDelta`)."""
    taken, put = _delta(location.old, location.new)
    for edit in edits:
        gone, came = _delta(edit.old, edit.new)
        for mine, theirs in ((taken, came), (put, gone)):
            # In sets smaller than this a coincidence is likely.
            if len(mine) > UNDONE_LEAST and len(mine & theirs) >= UNDONE_SHARE * len(mine):
                return "it would undo an edit that was just made"
    return None


def _delta(old: Sequence[str], new: Sequence[str]) -> tuple[set[str], set[str]]:
    """The runs of four characters that go, and those that come."""
    before, after = _grams(old), _grams(new)
    return before - after, after - before


def _grams(lines: Sequence[str]) -> set[str]:
    text = "\n".join(lines)
    return {text[at : at + 4] for at in range(len(text) - 3)}
