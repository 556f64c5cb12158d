"""Where a hunk belongs in a text: a proof, or a refusal with a place.

The order is from the strongest proof to the weakest. What stands once, character by character, is never
weighed against anything weaker; what fits nowhere is refused with the nearest place in words.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from ..live import LiveText
from ..model import Hunk, Kind, Outcome, Proof, Reading
from ..reading.repair import Damage
from ..tagging import changes_at
from .applied import Applied, applied_at, applied_somewhere, duplicate_is_done, stands_nearly
from .candidate import Candidate, Neighbour
from .decide import decide, is_blob, missing_scope, outside_scope
from .explain import not_found
from .merge import Carried, Conflict
from .numbered import by_number
from .outcome import Maker, Target
from .pieces import elided_changes, gapped_changes, has_elision
from .quote import inside_lines
from .said import said
from .seek import Sought, quotes, seek
from .unanchored import nothing_to_do, unanchored

THIN = 16
"""Letters and digits below which one line alone is thin proof of a place."""

PLENTY = 40
"""Letters and digits from which several lines are a place of their own, whatever is said of it besides."""


def locate(hunks: Sequence[tuple[int, Hunk]], target: Target) -> list[Outcome]:
    """Locate the hunks of one change of one file, each numbered as in the reply. All in the same text."""
    # All hunks are sought before any is settled: what a hunk comes to may depend on where its neighbours
    # stand and whether they have been applied.
    sought = [seek(hunk, target.live) for _, hunk in hunks]
    neighbours = [_neighbour(hunk, one, target.live) for (_, hunk), one in zip(hunks, sought, strict=True)]
    outcomes = [
        _settle(index, hunk, one, target, neighbours, position)
        for position, ((index, hunk), one) in enumerate(zip(hunks, sought, strict=True))
    ]
    return outcomes


def _neighbour(hunk: Hunk, sought: Sought, live: LiveText) -> Neighbour:
    once = len(sought.candidates) == 1
    reading = sought.candidates[0][0] if once else hunk.readings[0] if hunk.readings else Reading(())
    place = sought.candidates[0][1] if once else None
    # `fresh`: still to be made. `done`: made already. Neither, where that cannot be told (`Applied.UNCLEAR`).
    fresh = done = False
    if place is not None and reading.old != reading.new:
        fresh = sought.proof is Proof.EXACT and applied_at(reading, live, place) is Applied.NO
        done = applied_at(reading, live, place) is Applied.YES
    elif not sought.candidates and hunk.readings and not hunk.malformed:
        done = applied_somewhere(reading, live, hunk.header.new_start) is not None
    growth = len(reading.new) - len(reading.old)
    counts = (hunk.header.old_count, hunk.header.new_count)
    as_stated = sought.proof is Proof.EXACT and any(
        at == hunk.header.old_start and (len(one.old), len(one.new)) == counts
        for one, at in sought.candidates
    )
    return Neighbour(place, len(reading.old), hunk.header.old_start, growth, fresh, done, as_stated)


def _settle(
    index: int,
    hunk: Hunk,
    sought: Sought,
    target: Target,
    neighbours: Sequence[Neighbour],
    position: int,
) -> Outcome:
    made = Maker(index, hunk, target)
    if hunk.malformed:
        return made.refused(hunk.kind, hunk.malformed)
    if not hunk.readings:
        return made.refused(Kind.MALFORMED, "the hunk has no lines")
    if hunk.replaces is not None:
        return by_number(made, hunk.replaces)
    # A quote from a search-and-replace call is text, not lines: `old_string: "foo(1"` may start and end
    # within a line. It is looked for so only where it does not stand as whole lines.
    literal = hunk.quote is not None and (
        not sought.candidates or sought.proof is not Proof.EXACT or sought.damage
    )
    if literal and hunk.quote is not None and (inside := inside_lines(hunk.quote, target.live)):
        if len(inside) > 1:
            return made.ambiguous(inside)
        # Every place was widened to whole lines, so each candidate has a reading of its own.
        hunk = evolve(hunk, readings=(inside[0][0],))
        made, sought = Maker(index, hunk, target), Sought(tuple(inside))
    if not any(quotes(reading) for reading in hunk.readings):
        return unanchored(made, hunk, target)
    if all(reading.old == reading.new for reading in hunk.readings):
        return nothing_to_do(made, hunk, sought)
    if not sought.candidates:
        return _not_in_live(made, hunk, target)
    candidates = sought.candidates
    if len(candidates) > 1:
        # Each copy has been changed: which one was meant no longer matters.
        if all(applied_at(reading, target.live, place) is Applied.YES for reading, place in candidates):
            return made.done(candidates[0][1], candidates[0][1] + len(candidates[0][0].new))
        # In a text other than the one shown, a hunk's own context does not bear its numbers out (see `numbers`).
        stale = any(base.text.text != target.live.text for base in target.bases)
        chosen = decide(hunk, candidates, target.live, target.old_blob, neighbours, position, stale=stale)
        if chosen is None:
            merged = _through_bases(made, hunk, target)
            if merged is not None and not merged.refused:
                return merged
            chosen = None if stale else said(hunk, candidates, target.live, target.path)
        if chosen is None:
            return made.ambiguous(candidates)
        candidates = (chosen,)
    reading, place = candidates[0]
    span = (place, place + len(reading.old))
    # One place is left. From here on the question is whether something speaks against it.
    applied = applied_at(reading, target.live, place)
    if applied is Applied.UNCLEAR:
        applied = _by_evidence(hunk, place, target, neighbours, position)
    if applied is Applied.YES:
        return made.done(place, place + len(reading.new), reading)
    if applied is Applied.UNCLEAR:
        return made.refused(
            Kind.AMBIGUOUS,
            "it adds to a row of equal lines, and nothing says whether that has been done already",
            span,
        )
    exact = sought.proof is Proof.EXACT and not sought.damage
    plenty = exact and len(sought.candidates) == 1 and _says_plenty(reading)
    scope = outside_scope(hunk.scopes, place, target.live, sought.proof is Proof.EXACT, plenty=plenty)
    if scope:
        reason = f"it stands at line {place + 1}, which is not below {scope[:80]!r} as the reply says"
        return made.refused(Kind.NOT_FOUND, reason, span)
    if _is_thin(reading) and (nowhere := missing_scope(hunk.scopes, target.live)):
        reason = (
            f"the one short line that it quotes stands at line {place + 1}, but {nowhere[:80]!r}, below which the "
            "reply says that it stands, is nowhere in the file"
        )
        return made.refused(Kind.NOT_FOUND, reason, span)
    # A weaker proof has other explanations to fear, and is judged by its own rules.
    if sought.proof is Proof.SHIFTED or sought.damage:
        return _under_a_repair(made, hunk, sought, reading, place, target)
    # Unique now, but not in what the model saw: its own copy may be the one that has since been edited away.
    meant = _several_in_base(hunk, place, target)
    if meant:
        return made.refused(Kind.AMBIGUOUS, meant, span)
    known = bool(target.old_blob) and is_blob(target.live.text, target.old_blob)
    # `a, a` → `b, a`: the one `a` that is left looks unique, but may be the copy that was never meant. It is asked
    # of patches (`ordered`), and in any format once other hunks are done; not where the blob id names this text.
    others = [one for number, one in enumerate(neighbours) if number != position]
    fresh = any(one.fresh for one in others)
    sent_before = any(one.done for one in others) and not fresh
    duplicate = None
    if (hunk.ordered or sent_before) and not known:
        stated = hunk.header.new_start
        duplicate = duplicate_is_done(reading, target.live, sent_before=sent_before, stated=stated)
    # The copy has to lie clear of this place: new text that overlaps it is its own doing.
    beside = duplicate is not None and (duplicate[1] <= span[0] or span[1] <= duplicate[0])
    # Where the new text stands on the very line that the reply states for it, fellows that are still to be made are
    # more copies, not signs that this one is too.
    if (
        duplicate
        and beside
        and (not fresh or duplicate[0] == hunk.header.new_start)
        and not (stands_as_stated(hunk, reading, place) and not target.bases)
    ):
        spans = (span, duplicate)
        return made.refused(
            Kind.AMBIGUOUS, "one copy of what it quotes has been changed so already", spans[0], spans
        )
    return made.placed(reading, place, sought.proof)


def stands_as_stated(hunk: Hunk, reading: Reading, place: int) -> bool:
    """Whether a hunk stands just where it says, with its counts right: had its copy been meant, it would say that
    copy's line."""
    header = hunk.header
    return header.old_start == place and (len(reading.old), len(reading.new)) == (
        header.old_count,
        header.new_count,
    )


def _by_evidence(
    hunk: Hunk, place: int, target: Target, neighbours: Sequence[Neighbour], position: int
) -> Applied:
    """Whether an insertion into a row of equal lines is still to be made, by what is known besides the text."""
    if target.old_blob and is_blob(target.live.text, target.old_blob):
        return Applied.NO
    others = [one for number, one in enumerate(neighbours) if number != position]
    fresh, done = any(one.fresh for one in others), any(one.done for one in others)
    # Patches are applied whole: as its fellows are, so is this one. Fellows of both sorts say nothing.
    if fresh != done:
        return Applied.NO if fresh else Applied.YES
    # Found where it was stated before the change: had it been made, its anchor would stand further down.
    return Applied.NO if hunk.header.old_start == place and not done else Applied.UNCLEAR


def _under_a_repair(
    made: Maker, hunk: Hunk, sought: Sought, reading: Reading, place: int, target: Target
) -> Outcome:
    """A hunk that fits under a shift, or after a repair: a weaker proof, so other explanations come first."""
    span = (place, place + len(reading.old))
    done = applied_somewhere(hunk.readings[0], target.live, hunk.header.new_start)
    if done and done[0] <= place and span[1] <= done[1]:
        return made.done(*done, hunk.readings[0])  # what is quoted stands inside its own replacement
    if done:
        spans = (span, done)
        return made.refused(
            Kind.AMBIGUOUS, "it may be applied already at one place, or fit another", spans[0], spans
        )
    if target.bases:
        merged = _through_bases(made, hunk, target)
        # Spaces at line ends are the least of proofs: there a conflict with the version shown counts for more.
        if merged is not None and (not merged.refused or sought.damage is Damage.TRAILING):
            return merged
    if sought.proof is Proof.SHIFTED and _is_thin(reading):
        return made.refused(
            Kind.NOT_FOUND,
            f"the one short line that it quotes stands at line {place + 1} at another indentation: "
            "that is too little to tell the place",
            span,
        )
    return made.placed(reading, place, sought.proof)


def _is_thin(reading: Reading) -> bool:
    """Whether what is quoted is too little to name a place where anything else speaks against it."""
    lines = [line for line in reading.old if line.strip()]
    return len(lines) == 1 and sum(character.isalnum() for character in lines[0]) < THIN


def _says_plenty(reading: Reading) -> bool:
    """Whether what is quoted is so much that chance does not bring it to another place."""
    lines = [line for line in reading.old if any(map(str.isalnum, line))]
    return len(lines) > 1 and sum(character.isalnum() for line in lines for character in line) >= PLENTY


def _not_in_live(made: Maker, hunk: Hunk, target: Target) -> Outcome:
    live = target.live
    # Having been applied is tried before all else: a merge of what is there already would find a conflict
    # with itself.
    doubt: Outcome | None = None
    for reading in hunk.readings:
        done = applied_somewhere(reading, live, hunk.header.new_start)
        if not done or _stood_before(reading, target):
            continue
        near = (
            None if target.bases or hunk.header.new_start == done[0] else stands_nearly(reading, live, done)
        )
        if near is None:
            return made.done(*done, reading)
        doubt = doubt or made.refused(
            Kind.AMBIGUOUS,
            f"its new lines stand at line {done[0] + 1}, but at line {near[0] + 1} stands all that it quotes but one",
            near,
            (near, done),
        )
    if doubt is not None:
        return doubt
    merged = _through_bases(made, hunk, target)
    if merged is not None and not merged.refused:
        return merged
    reading = hunk.readings[0]
    if has_elision(reading):
        found = elided_changes(reading, live)
        if isinstance(found, str):
            _, place = not_found(reading, live, hunk.header.old_start)
            return merged or made.refused(Kind.ELIDED, found, place)
        changes, span = found
        if not changes:
            return made.done(*span, reading)
        return made.changed(
            reading, changes, span, Proof.MERGED, "the lines behind the elisions were left as they are"
        )
    # Lines left out without a mark, in the hope that they would not matter (blank lines, comments).
    gapped = gapped_changes(reading, live)
    if gapped is not None and gapped[0]:
        return made.changed(reading, gapped[0], gapped[1], Proof.MERGED, gapped[2])
    if merged is not None:
        return merged
    reason, place = not_found(reading, live, hunk.header.old_start)
    return made.refused(Kind.NOT_FOUND, reason, place)


def _stood_before(reading: Reading, target: Target) -> bool:
    """Whether both sides of a hunk stood in the text that the model was shown: then its new side is no sign."""
    return any(base.text.find(reading.old, 1) and base.text.find(reading.new, 1) for base in target.bases)


def _through_bases(made: Maker, hunk: Hunk, target: Target) -> Outcome | None:
    """Prove the hunk in a version that the model was shown, and merge; None where it is proved in none."""
    trouble: Outcome | None = None
    for base in target.bases:
        sought = seek(hunk, base.text)
        chosen: Candidate | None = None
        if len(sought.candidates) == 1:
            chosen = sought.candidates[0]
        elif sought.candidates:
            # No neighbours are passed: they were located in the live text, and say nothing about this one.
            chosen = decide(hunk, sought.candidates, base.text, target.old_blob, (), 0)
        if chosen is None:
            continue
        reading, place = chosen
        # Already so in the version shown: nothing to carry from there.
        if applied_at(reading, base.text, place) is Applied.YES:
            continue
        carried = base.carry(changes_at(reading.lines, place))
        if isinstance(carried, Conflict):
            # A conflict in one version is remembered, but another version may still carry the change cleanly.
            trouble = trouble or made.conflict(carried, base)
            continue
        return made.merged(reading, carried, base, place)
    return trouble


def _several_in_base(hunk: Hunk, place: int, target: Target) -> str:
    """Where what is quoted stood in several places of the text that the model was shown, and now in one:
    the one left may be another than was meant."""
    if not target.bases:
        return ""
    base = target.bases[0]
    sought = seek(hunk, base.text)
    if len(sought.candidates) < 2 or sought.proof is not Proof.EXACT or sought.damage:
        return ""
    chosen = decide(hunk, sought.candidates, base.text, target.old_blob, (), 0)
    if chosen is not None:
        carried = base.carry(changes_at(chosen[0].lines, chosen[1]))
        # The rules name the copy that was meant, and carried forward it is the very place found: no doubt is
        # left.
        if isinstance(carried, Carried) and carried.changes == changes_at(chosen[0].lines, place):
            return ""
    here = changes_at(hunk.readings[0].lines, place)
    for reading, at in sought.candidates:
        carried = base.carry(changes_at(reading.lines, at))
        if not isinstance(carried, Carried) or carried.changes not in ((), here):
            break
    else:
        return ""  # the others have been changed just so: this is the one left to do
    lines = ", ".join(str(at + 1) for _, at in sought.candidates[:6])
    return f"it stood in several places of the text that the model was shown (lines {lines}), and stands in one by now"
