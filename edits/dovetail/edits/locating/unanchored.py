"""Hunks that need no place found for them, or quote too little for one: those that quote blank lines only, and those
whose two sides say the same.
"""

from __future__ import annotations

from ..model import Change, Hunk, Kind, Outcome, Proof
from .decide import is_blob
from .explain import not_found
from .outcome import Maker, Target
from .seek import Sought, seek


def unanchored(made: Maker, hunk: Hunk, target: Target) -> Outcome:
    """A hunk that quotes nothing but blank lines: only an empty file, or the file's end, can be meant."""
    live, reading = target.live, hunk.readings[0]
    stated = hunk.header.old_start
    blank = not any(line.strip() for line in live.lines)
    # `@@ -3,0 +4,2 @@` in a file of blank lines: the number is all there is, and no line can be torn apart by
    # it.
    if blank and not reading.old and stated and stated <= len(live):
        changes = (Change(stated, stated, reading.new),) if reading.new else ()
        return made.changed(reading, changes, (stated, stated), Proof.EXACT)
    # An empty file, or one of blank lines that the reply knew as empty: what is there makes way.
    if blank and not reading.old:
        changes = (Change(0, len(live), reading.new),) if reading.new else ()
        return made.changed(reading, changes, (0, len(live)), Proof.EXACT)
    if hunk.at_end and not reading.old and reading.new:
        # A second try must not append a second copy.
        if tuple(live.lines[-len(reading.new) :]) == reading.new:
            return made.done(len(live) - len(reading.new), len(live), reading)
        return made.changed(
            reading, (Change(len(live), len(live), reading.new),), (len(live), len(live)), Proof.EXACT
        )
    # The blob id proves that this is the version that the numbers were counted in.
    known = bool(target.old_blob) and is_blob(live.text, target.old_blob)
    if not reading.old and stated is not None and known and stated <= len(live):
        changes = (Change(stated, stated, reading.new),)
        return made.changed(reading, changes, (stated, stated), Proof.EXACT)
    if tuple(live.lines) == reading.new:
        return made.done(0, len(live), reading)
    near = min(stated or 0, max(len(live) - 1, 0))
    return made.refused(
        Kind.AMBIGUOUS,
        "it adds lines without quoting a line beside them: the file does not say where",
        (near, near + 1),
    )


def nothing_to_do(made: Maker, hunk: Hunk, sought: Sought) -> Outcome:
    """A hunk whose two sides have the same lines: at most the last line end differs."""
    live = made.target.live
    # The only change is `\ No newline at end of file` on one side.
    if hunk.new_ends_bare is not None and hunk.old_ends_bare != hunk.new_ends_bare:
        at_end = [one for one in sought.candidates if one[1] + len(one[0].old) == len(live)]
        if len(at_end) == 1 and live.ends_bare == hunk.old_ends_bare:
            reading, place = at_end[0]
            return made.changed(reading, (), (place, len(live)), Proof.EXACT)
        if sought.candidates and not at_end:
            reason = (
                "it changes the line end at the end of the file, but the file goes on below what it quotes"
            )
            return made.refused(Kind.NOT_FOUND, reason, (sought.candidates[0][1], len(live)))
    if sought.candidates:
        reading, place = sought.candidates[0]
        return made.done(place, place + len(reading.old), reading)
    if any(seek(hunk, base.text).candidates for base in made.target.bases):
        return made.done(0, 0, hunk.readings[0])  # it changed nothing even where it was written for
    reason, span = not_found(hunk.readings[0], made.target.live, hunk.header.old_start)
    return made.refused(Kind.NOT_FOUND, reason, span)
