"""Hunks that speak of a file as a whole: create, delete, and the whole new text.

That a block is all of a file needs a proof: the file's ends and definitions stand in it, and little goes that
nothing replaces; or the words of the reply say so. A block that is a part is laid over the file where its
definitions, or the lines around what it leaves out, name the place. Otherwise it is a question, not an edit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from attrs import define, evolve

from ..live import LiveText
from ..locating.definitions import Replaced, replaced
from ..locating.expanded import expanded, gaps, has_gaps, without_gaps
from ..locating.lost import left_beside
from ..locating.merge import BaseText, Conflict
from ..locating.named import above_it, cut_short
from ..locating.scoped import made_whole
from ..model import ADD, Change, Extent, Hunk, Kind, Outcome, Proof, Reading
from ..reading.conflicts import holds_conflicts
from ..reading.doubts import doubt
from ..reading.gutter import number_missing
from ..reading.repair import Damage, has_spaces_for_tabs, with_tabs, without_line_numbers
from ..tagging import changes_between, tag_lines
from .cuts import lines_go, stops_at_a_gap
from .extent import loss, part_of_a_side, part_of_file
from .judgeable import json_breaks
from .listing import listing_of, rewritten
from .path_comment import without_marker, without_path_comment

_MARK = "\ufeff"
_LINES_SAID = re.compile(
    r"(?:\blines?\s+|:|#L)(\d{1,7})(?:\s*(?:-|–|to|through|and)\s*L?(\d{1,7}))?\b", re.IGNORECASE
)


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
    lines = (hunk.first, hunk.last)
    return Outcome(index, path, proof, kind, reason, reply_lines=lines, **({"sign": hunk.sign} | rest))  # type: ignore[arg-type]


def created_text(hunk: Hunk) -> str:
    """The text that a hunk gives a new file."""
    reading = hunk.readings[0] if hunk.readings else Reading(())
    text = "\n".join(reading.new)
    return text if hunk.new_ends_bare or not reading.new else text + "\n"


def create(index: int, path: str, hunk: Hunk, existing: str | None) -> FileOp:
    """A new file. One that exists is not overwritten."""
    hunk, repaired = _without_numbers(_without_mark(without_marker(hunk, path), LiveText("")), LiveText(""))
    text = created_text(hunk)

    def refused(kind: Kind, reason: str, **rest: object) -> FileOp:
        return FileOp(_outcome(index, path, hunk, Proof.REFUSED, kind, reason, after=text, **rest))

    if existing is not None:
        # Written so already, line ends aside: the reply always has `\n`.
        if existing.replace("\r\n", "\n") == text:
            return FileOp(_outcome(index, path, hunk, Proof.APPLIED, before=existing, after=existing))
        count = len(LiveText(existing))
        reason = f"{path} is to be created, but exists ({count} lines)"
        return refused(Kind.CONFLICT, reason, lines=(0, count))
    reading = hunk.readings[0] if hunk.readings else Reading(())
    if any(tag != ADD for tag, _ in reading.lines):
        return refused(Kind.NOT_FOUND, f"{path} is to be created, but the hunk quotes lines of it")
    if hunk.may_be_cut:
        reason = "the reply ends with this file and nothing says that it is whole: it may have been cut"
        return refused(Kind.MALFORMED, reason)
    if hunk.sign.trouble:
        reason = f"there is no file {path}, and {hunk.sign.trouble}: is this all of a new file?"
        return refused(Kind.NOT_FOUND, reason)
    found = doubt(reading, LiveText(""), path, plain=hunk.ends_plainly)
    if found:
        return refused(*found)
    lines = (0, len(reading.new))
    repaired = "; ".join(filter(None, (reading.repaired, repaired)))
    return FileOp(
        _outcome(
            index, path, hunk, Proof.CREATED, after=text, lines=lines, repaired=repaired, note="new file"
        ),
        text,
    )


def delete(
    index: int, path: str, hunk: Hunk, existing: str | None, bases: Sequence[str], quoted: bool
) -> FileOp:
    """A file that goes. What it holds must be what the reply deletes, or what the model was shown."""
    if existing is None:
        return FileOp(_outcome(index, path, hunk, Proof.APPLIED))
    live = LiveText(existing)
    span = (0, len(live))
    # A deletion destroys what may not be elsewhere: it needs the very text, not one that is alike.
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
    return FileOp(
        _outcome(index, path, hunk, Proof.DELETED, lines=span, before=existing, note="the file is deleted")
    )


def whole(index: int, path: str, hunk: Hunk, live: LiveText, bases: Sequence[BaseText]) -> Outcome:
    """The whole new text of a file that exists, or a part of it that names its own place."""
    # The model wrote the new text from what it was shown, so what it changed is measured against that, then
    # carried over to the text as it is now.
    shown = bases[0] if bases and bases[0].text.text != live.text else None
    old = shown.text if shown is not None else live
    hunk, repaired = _without_numbers(_without_mark(hunk, old), old)
    number_dropped = bool(repaired)
    new = list(hunk.readings[0].new) if hunk.readings else []
    untold = has_spaces_for_tabs(new, old)
    if untold and (tabbed := with_tabs(new, old)) is not None:
        new, untold, repaired = tabbed, False, "; ".join(filter(None, (repaired, Damage.TABS.value)))
    span = (0, len(live))
    # A listing is looked for only where numbers were not taken off, and where the first line is not the
    # file's.
    listing = (
        None if number_dropped or any(old.positions(one.strip()) for one in new[:1]) else listing_of(new)
    )

    def refused(kind: Kind, reason: str, lines: tuple[int, int] = span) -> Outcome:
        after = "\n".join(new)
        return _outcome(
            index, path, hunk, Proof.REFUSED, kind, reason, lines=lines, before=live.text, after=after
        )

    new = without_path_comment(new, old, path)
    if listing is not None:
        laid_out = rewritten(listing, old)
        if isinstance(laid_out, str):
            return refused(
                Kind.AMBIGUOUS, f"which lines of {path} this numbered listing replaces? {laid_out}"
            )
        new = _applied(old.lines, laid_out[1])
    # Against the live text, not the one that was shown: what is there already needs no merge.
    if new == live.lines:
        return _outcome(index, path, hunk, Proof.APPLIED, lines=span)
    if untold:
        reason = (
            "its lines are indented with spaces, the file with tabs, and nothing tells how many stand for one"
        )
        return refused(Kind.MALFORMED, reason)
    if not any(line.strip() for line in new):
        return refused(Kind.MALFORMED, "the new text of the file is empty; a deletion has to say so")
    if (
        listing is None
        and (jump := number_missing(new))
        and not any(old.positions(one.strip()) for one in new[:1])
    ):
        return refused(Kind.MALFORMED, f"its lines carry numbers, and line {jump} is missing among them")
    # JSON with comments that stand for entries is filled in first, further down.
    if (
        new[0].strip()[:1] in ("{", "[")
        and new[-1].strip()[-1:] in ("}", "]")
        and not has_gaps(old, new)
        and (broken := json_breaks(path, old.text, "\n".join(new)))
    ):
        return refused(Kind.SYNTAX, f"{path} would be no JSON any more ({broken})")
    # What the text is of the file: lines by their numbers, a text with gaps, or all of it.
    proof, note, sign = Proof.WHOLE, "", hunk.sign
    parts: list[str] | None = None
    if listing is not None and not isinstance(laid_out, str):
        proof, sign = Proof.REWRITTEN, evolve(sign, extent=Extent.REGION)
        note = f"lines {laid_out[0][0] + 1} to {laid_out[0][1]}, by their numbers and what stands there"
        repaired = "line numbers in front of the lines were dropped"
    elif has_gaps(old, new):
        filled = expanded(old, new, path)
        if not isinstance(filled, str) and (above := above_it(path, old, new, gaps(old, new))):
            filled = f"nothing says whether {above[:60]!r}, above what it shows, is to go"
        if filled == old.lines and (behind := cut_short(old, new, gaps(old, new))):
            # The reply is meant to change something: told as done, what it meant would be lost.
            filled = f"what it shows stands in the file just so: is {behind[:60]!r}, which it lacks, to go?"
        # `# ...` between whole definitions stands for other definitions: no place has to be found for it, and inside
        # one it stands for a part of that.
        if isinstance(filled, str) or part_of_file(
            path, old, filled, changes_between(old.lines, filled), hunk
        ):
            parts = _of_definitions(path, old, new, sign.goes)
        if parts is not None:
            new = parts
        elif isinstance(filled, str):
            return refused(Kind.ELIDED, f"the text leaves parts of the file out, and {filled}")
        else:
            new, proof, sign = filled, Proof.MERGED, evolve(sign, extent=Extent.PIECES)
            note = "what the text leaves out was left as it is"
    changes = changes_between(old.lines, new)
    part = "" if proof is Proof.REWRITTEN else part_of_file(path, old, new, changes, hunk)
    part = part or ("it leaves parts of the file out" if parts else "")
    if part and holds_conflicts(old.lines):
        # Conflicts go where they are resolved: the text is held against what either side of them would leave.
        part = part_of_a_side(path, old, new, hunk)
        if part:
            return refused(Kind.MALFORMED, f"is this the whole of {path}, its conflicts resolved? {part}")
    # Not all of the file. It may still be new text of definitions that each name their own place.
    if part and proof is Proof.WHOLE:
        laid = replaced(path, old, new, sign.goes, sign.words)
        if not isinstance(laid, Replaced):
            why = f"{part}; {laid}" if laid else part
            return refused(Kind.MALFORMED, f"is this the whole of {path}? {why}")
        if (said := _lines_said(hunk.sign.words)) and any(
            high < said[0] or said[1] <= low for low, high in laid.bound
        ):
            return refused(
                Kind.MALFORMED, f"is this the whole of {path}? {part}; the words name line {said[0]}, another"
            )
        if not laid.changes:
            # As a definition it would say nothing, so it may be meant as all that is left of the file.
            names = ", ".join(laid.names[:4])
            return refused(
                Kind.MALFORMED, f"is this the whole of {path}? {part}; {names} stands in it just so"
            )
        if left := left_beside(path, old.lines, new):
            return refused(Kind.MALFORMED, f"is this the whole of {path}? {part}; is {left[:60]!r} to stay?")
        changes, proof, sign = laid.changes, Proof.DEFINITION, evolve(sign, extent=Extent.DEFINITION)
        note = f"replaces {', '.join(laid.names[:6])} ({lines_go(loss(old, changes)[0])})"
        if laid.imports:
            note += f"; brings {'; '.join(laid.imports[:4])}"
        new = _applied(old.lines, changes)
    elif part:
        return refused(Kind.MALFORMED, f"what is left out was put back, but {part}")
    found = doubt(Reading(tag_lines(old.lines, new)), old, path, plain=hunk.ends_plainly)
    if found:
        return refused(*found)
    # Said only now: until here it could still turn out to be less than the file.
    if proof is Proof.WHOLE:
        note = f"replaces the whole file ({lines_go(loss(old, changes)[0])})"
    if shown is not None:
        carried = shown.carry(changes)
        if isinstance(carried, Conflict):
            return refused(
                Kind.CONFLICT, "lines that it changes have changed since the model saw them", carried.live
            )
        if not carried.changes:
            return _outcome(index, path, hunk, Proof.APPLIED, lines=span)
        changes, proof = carried.changes, Proof.MERGED
    # Only these speak of a place; the others are about the whole file.
    if proof in (Proof.DEFINITION, Proof.REWRITTEN):
        span = (changes[0].start, changes[-1].end)
    before = "\n".join(live.lines[span[0] : span[1]])
    # The preview shows the lines that are touched, not the whole file on either side.
    after = "\n".join(_applied(live.lines, changes, span))
    return _outcome(
        index,
        path,
        evolve(hunk, sign=sign),
        proof,
        lines=span,
        changes=changes,
        before=before,
        after=after,
        note=note,
        repaired=repaired,
    )


def _of_definitions(path: str, old: LiveText, new: Sequence[str], goes: Collection[str]) -> list[str] | None:
    """A text with gaps as whole definitions, with what stands between them left out; None where it is none."""
    if stops_at_a_gap(path, old, new):
        return None
    # First as if the gaps stood between definitions only, which needs no place for any of them.
    for text in (without_gaps(old, new), made_whole(path, old, new, goes)):
        if text is not None and isinstance(replaced(path, old, text, goes), Replaced):
            return text
    return None


def _lines_said(words: str) -> tuple[int, int] | None:
    """The lines, from 1 and the last one included, that the words above a block name."""
    found = _LINES_SAID.search(words)
    return (int(found[1]), int(found[2] or found[1])) if found else None


def _applied(
    lines: Sequence[str], changes: Sequence[Change], span: tuple[int, int] | None = None
) -> list[str]:
    """The lines, or those of a span, with the changes made."""
    low, high = span or (0, len(lines))
    result: list[str] = []
    for change in changes:
        result += lines[low : change.start]
        result += change.lines
        low = change.end
    return result + list(lines[low:high])


def _without_mark(hunk: Hunk, old: LiveText) -> Hunk:
    """The hunk without a byte order mark at its start that the file does not have: it came with the reply."""
    reading = hunk.readings[0] if hunk.readings else Reading(())
    if not reading.lines or not reading.lines[0][1].startswith(_MARK):
        return hunk
    if any(line.startswith(_MARK) for line in old.lines[:1]):
        return hunk
    tag, text = reading.lines[0]
    return evolve(hunk, readings=(Reading(((tag, text[1:]), *reading.lines[1:]), reading.repaired),))


def _without_numbers(hunk: Hunk, old: LiveText) -> tuple[Hunk, str]:
    """The hunk without the line numbers that every line of it carries, and what was done."""
    if not hunk.readings:
        return hunk, ""
    reading = hunk.readings[0]
    # Numbers come off only where the first line is not one of the file's own, for `1 apple` may be its
    # content.
    if any(tag != ADD for tag, _ in reading.lines) or any(
        old.positions(line.strip()) for line in reading.new[:1]
    ):
        return hunk, ""
    bare = without_line_numbers(reading.new)
    if bare is None:
        return hunk, ""
    lines = tuple((ADD, line) for line in bare)
    return evolve(
        hunk, readings=(Reading(lines, reading.repaired),)
    ), "line numbers in front of the lines were dropped"
