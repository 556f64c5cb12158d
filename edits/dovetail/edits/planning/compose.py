"""The text of one file, made of the changes that its hunks come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from ..files import encodable
from ..live import LiveText
from ..model import Change, Kind, Outcome, Proof
from .drafts import Draft, Task
from .render import overlap, render, unique_changes

Outcomes = dict[int, Outcome]
Indexed = list[tuple[int, Change]]


def compose(
    draft: Draft, live: LiveText, outcomes: Outcomes, tasks: Mapping[int, Task], *, first: bool
) -> None:
    """Make the text of the changes that do not meet; what meets is refused.

    Args:
        first: whether the text is made for the first time, so that its edits speak of the file as it stands.
    """
    for clash in overlap(draft.changes):
        if _in_given_order(outcomes[clash.first], outcomes[clash.second]):
            continue
        # Both are refused: which of them is right cannot be told.
        for one, other in ((clash.first, clash.second), (clash.second, clash.first)):
            _refuse(outcomes, [one], Kind.CONFLICT, f"it changes the same lines as hunk {other + 1}")
    sound = [(index, change) for index, change in draft.changes if not outcomes[index].refused]
    _once_each(sound, outcomes, tasks)
    draft.changes = []
    changes = _joined([change for _, change in sound], sound, outcomes)
    if not changes and draft.bare is None:
        return
    text, edits = render(live, changes, draft.bare)
    trouble = encodable(draft.state, text) if draft.state is not None else ""
    if trouble:
        _refuse(outcomes, {index for index, _ in sound}, Kind.CONFLICT, trouble)
        return
    # The edits speak of the file as it stands only if nothing has changed the draft before.
    draft.edits = edits if first and draft.edits == () and not draft.touched else None
    draft.text, draft.bare = text, None


def _refuse(outcomes: Outcomes, indices: Iterable[int], kind: Kind, reason: str) -> None:
    for index in indices:
        if not outcomes[index].refused:
            outcomes[index] = evolve(
                outcomes[index], proof=Proof.REFUSED, kind=kind, reason=reason, changes=()
            )


def _in_given_order(one: Outcome, other: Outcome) -> bool:
    """Whether one hunk quotes lines up to a place and the other from there on: what they add has its order."""
    if not (one.lines[0] < one.lines[1] and other.lines[0] < other.lines[1]):
        return False
    return one.lines[1] <= other.lines[0] or other.lines[1] <= one.lines[0]


def _joined(changes: list[Change], sound: Indexed, outcomes: Outcomes) -> list[Change]:
    """Each change once and in order; insertions at one place as one, the hunk that quotes what is above it first."""
    # Reversed, so that of equal changes the first hunk's lines remain.
    quotes = {change: outcomes[index].lines for index, change in reversed(sound)}
    ordered = sorted(
        # Two insertions at one place: the hunk whose quote starts higher adds its lines first.
        unique_changes(changes),
        key=lambda one: (one.start, one.end, quotes.get(one, (one.start, one.end))),
    )
    result: list[Change] = []
    for change in ordered:
        before = result[-1] if result else None
        if before is not None and before.start == before.end == change.start == change.end:
            result[-1] = evolve(before, lines=(*before.lines, *change.lines))
        else:
            result.append(change)
    return result


def _once_each(sound: Indexed, outcomes: Outcomes, tasks: Mapping[int, Task]) -> None:
    """A hunk that only repeats another is said to; one that states other lines is in doubt."""
    seen: dict[Change, int] = {}
    for index, change in sorted(sound, key=lambda item: item[0]):
        seen.setdefault(change, index)
    for index in {index for index, _ in sound}:
        mine = [change for number, change in sound if number == index]
        # Whatever part of a hunk is its own, the hunk did something.
        if any(seen[change] == index for change in mine):
            continue
        # Two hunks meant for two copies, which both ended up at one of them: the second copy would be left
        # unchanged.
        first = seen[mine[0]]
        stated = {tasks[one].hunk.header.old_start for one in (first, index)}
        if len(stated) > 1 and None not in stated:
            reason = f"it comes to the same lines as hunk {first + 1}, but states others"
            _refuse(outcomes, [index], Kind.AMBIGUOUS, reason)
            continue
        outcomes[index] = evolve(
            outcomes[index], proof=Proof.APPLIED, changes=(), repaired=f"the same as hunk {first + 1}"
        )
