"""Hunks that speak of a file as a whole: create, delete, and the whole new text."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from ..live import LiveText
from ..locating.merge import BaseText, Conflict
from ..model import ADD, Change, Hunk, Kind, Outcome, Proof, Reading
from ..reading.doubts import doubt
from ..reading.elision import is_elision
from ..tagging import changes_between, tag_lines

MIN_KEPT = 0.4
"""The share of a file's lines that its whole new text has to keep; below it, it may be a part of the file."""
SMALL = 6
"""Files of at most so many lines may be replaced altogether."""


@define(frozen=True, slots=True)
class FileOp:
    """What became of a hunk that speaks of a whole file."""

    outcome: Outcome
    text: str | None = None
    """The text of a file created; None for a deletion, or where nothing is written."""


def _outcome(
    index: int,
    path: str,
    hunk: Hunk,
    proof: Proof,
    kind: Kind | None = None,
    reason: str = "",
    **rest: object,
) -> Outcome:
    return Outcome(index, path, proof, kind, reason, reply_lines=(hunk.first, hunk.last), **rest)  # type: ignore[arg-type]


def created_text(hunk: Hunk) -> str:
    """The text that a hunk gives a new file."""
    reading = hunk.readings[0] if hunk.readings else Reading(())
    text = "\n".join(reading.new)
    return text if hunk.new_ends_bare or not reading.new else text + "\n"


def create(index: int, path: str, hunk: Hunk, existing: str | None) -> FileOp:
    """A new file. One that exists is not overwritten."""
    text = created_text(hunk)
    if existing is not None:
        if existing.replace("\r\n", "\n") == text:
            return FileOp(_outcome(index, path, hunk, Proof.APPLIED, before=existing, after=existing))
        count = len(LiveText(existing))
        reason = f"{path} is to be created, but exists ({count} lines)"
        return FileOp(
            _outcome(index, path, hunk, Proof.REFUSED, Kind.CONFLICT, reason, lines=(0, count), after=text)
        )
    reading = hunk.readings[0] if hunk.readings else Reading(())
    if any(tag != ADD for tag, _ in reading.lines):
        reason = f"{path} is to be created, but the hunk quotes lines of it"
        return FileOp(_outcome(index, path, hunk, Proof.REFUSED, Kind.NOT_FOUND, reason, after=text))
    if hunk.may_be_cut:
        reason = "the reply ends with this file and nothing says that it is whole: it may have been cut"
        return FileOp(_outcome(index, path, hunk, Proof.REFUSED, Kind.MALFORMED, reason, after=text))
    found = doubt(reading, LiveText(""), path)
    if found:
        return FileOp(_outcome(index, path, hunk, Proof.REFUSED, *found, after=text))
    lines = (0, len(reading.new))
    return FileOp(
        _outcome(index, path, hunk, Proof.EXACT, after=text, lines=lines, mended=reading.mended), text
    )


def delete(
    index: int, path: str, hunk: Hunk, existing: str | None, bases: Sequence[str], quoted: bool
) -> FileOp:
    """A file that goes. What it holds must be what the reply deletes, or what the model was shown."""
    if existing is None:
        return FileOp(_outcome(index, path, hunk, Proof.APPLIED))
    live = LiveText(existing)
    span = (0, len(live))
    if quoted:
        old = hunk.readings[0].old if hunk.readings else ()
        if list(old) != live.lines or (hunk.readings and hunk.readings[0].new):
            reason = f"{path} is to be deleted, but does not hold just the lines that the reply deletes"
            return FileOp(
                _outcome(index, path, hunk, Proof.REFUSED, Kind.CONFLICT, reason, lines=span, before=existing)
            )
    elif bases and all(base != existing for base in bases):
        reason = f"{path} is to be deleted, but has changed since the model saw it"
        return FileOp(
            _outcome(index, path, hunk, Proof.REFUSED, Kind.STALE, reason, lines=span, before=existing)
        )
    return FileOp(_outcome(index, path, hunk, Proof.EXACT, lines=span, before=existing))


def whole(index: int, path: str, hunk: Hunk, live: LiveText, bases: Sequence[BaseText]) -> Outcome:
    """The whole new text of a file that exists."""
    new = list(hunk.readings[0].new) if hunk.readings else []
    span = (0, len(live))

    def refused(kind: Kind, reason: str, lines: tuple[int, int] = span) -> Outcome:
        return _outcome(
            index,
            path,
            hunk,
            Proof.REFUSED,
            kind,
            reason,
            lines=lines,
            before=live.text,
            after="\n".join(new),
        )

    if new == live.lines:
        return _outcome(index, path, hunk, Proof.APPLIED, lines=span)
    if not any(line.strip() for line in new):
        return refused(Kind.MALFORMED, "the new text of the file is empty; a deletion has to say so")
    shown = bases[0] if bases and bases[0].text.text != live.text else None
    old = shown.text if shown is not None else live
    elisions = [line for line in new if is_elision(line) and not old.positions(line.strip())]
    if elisions:
        where = elisions[0].strip()[:60]
        return refused(
            Kind.ELIDED, f"{where!r} stands for lines that the reply left out; the file cannot be written so"
        )
    changes = changes_between(old.lines, new)
    trouble = _fragment(old, new, changes)
    if trouble:
        return refused(Kind.MALFORMED, trouble)
    reading = Reading(tag_lines(old.lines, new))
    found = doubt(reading, old, path)
    if found:
        return refused(*found)
    proof = Proof.EXACT
    if shown is not None:
        carried = shown.carry(changes)
        if isinstance(carried, Conflict):
            return refused(
                Kind.CONFLICT, "lines that it changes have changed since the model saw them", carried.live
            )
        if not carried.changes:
            return _outcome(index, path, hunk, Proof.APPLIED, lines=span)
        changes, proof = carried.changes, Proof.MERGED
    return _outcome(
        index, path, hunk, proof, lines=span, changes=changes, before=live.text, after="\n".join(new)
    )


def _fragment(old: LiveText, new: Sequence[str], changes: Sequence[Change]) -> str:
    """Why the text may be only a part of the file; '' where it may not."""
    if not old.lines:
        return ""
    removed = sum(bool(line.strip()) for change in changes for line in old.lines[change.start : change.end])
    total = sum(bool(line.strip()) for line in old.lines)
    if total > SMALL and total - removed < total * MIN_KEPT:
        return "the text keeps few lines of the file: it may be a part of it, or of another"
    last = changes[-1] if changes else None
    if last is not None and last.end == len(old):
        gone = [line for line in old.lines[last.start : last.end] if line.strip()]
        come = [line for line in last.lines if line.strip()]
        if gone and (not come or (len(come) == 1 and gone[0].startswith(come[0]) and len(gone) > 1)):
            return "the text ends before the file does: it may have been cut"
        if come and any(line != come[-1] and line.startswith(come[-1]) for line in gone):
            return "the last line looks cut off"
    first = changes[0] if changes else None
    if first is not None and first.start == 0 and not any(line.strip() for line in first.lines):
        gone = [line for line in old.lines[: first.end] if line.strip()]
        if len(gone) > 3 and total > SMALL:
            return "the text starts behind the start of the file: it may be a part of it"
    return ""
