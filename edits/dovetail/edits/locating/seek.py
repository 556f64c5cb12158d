"""The places where a hunk's lines stand: of the strongest kind of match that there is, never of two kinds."""

from __future__ import annotations

from attrs import define

from ..live import LiveText, Shift
from ..model import ADD, Change, Hunk, Proof, Reading
from ..reading.repair import Damage, loose_reading, repaired_readings
from ..tagging import changes_at
from .candidate import Candidate


@define(frozen=True, slots=True)
class Sought:
    """What a search came to: candidates of one strength."""

    candidates: tuple[Candidate, ...]
    proof: Proof = Proof.EXACT
    damage: Damage | None = None


def seek(hunk: Hunk, text: LiveText) -> Sought:
    """The places of the strongest kind that there are."""
    if hunk.malformed:
        return Sought(())
    # Strongest first, and the first kind that finds anything ends the search: a hunk found exactly in two
    # places is ambiguous, and must not become "unique" because a weaker reading happens to fit a third.
    exact = _distinct(
        (reading, place) for reading in hunk.readings if quotes(reading) for place in text.find(reading.old)
    )
    if exact:
        return Sought(_longest(exact) if len(hunk.readings) > 1 else exact)
    # Before shifts: context that lost its blank would pass for context shifted by one, its added lines not.
    for reading in hunk.weaker:
        if quotes(reading) and (found := _distinct((reading, place) for place in text.find(reading.old))):
            return Sought(found)
    shifted = _distinct(
        (moved, place)
        for reading in hunk.readings
        if quotes(reading)
        for place, shift in text.find_shifted(reading.old)
        if (moved := _shifted(reading, shift, text, place)) is not None
    )
    if shifted:
        return Sought(shifted, Proof.SHIFTED)
    # One damage at a time, the likeliest first (`repaired_readings`). Tabs and spaces change the indentation
    # of what is written, so they prove no more than a shift does.
    for reading in hunk.readings:
        if not quotes(reading):
            continue
        for repaired in repaired_readings(reading, text):
            found = _distinct((repaired.reading, place) for place in text.find(repaired.reading.old))
            if found:
                proof = Proof.SHIFTED if repaired.damage in (Damage.TABS, Damage.BLANKS) else Proof.EXACT
                return Sought(found, proof, repaired.damage)
    # Last, because spaces at line ends say least; the kept lines are then taken from the file as they are
    # there.
    for reading in hunk.readings:
        if quotes(reading) and len(places := text.find_loose_ends(reading.old)) >= 1:
            loose = [(one, place) for place in places if (one := loose_reading(reading, text, place))]
            if loose:
                return Sought(_distinct(loose), Proof.EXACT, Damage.TRAILING)
    return Sought(())


def quotes(reading: Reading) -> bool:
    """Whether a reading quotes a line that says something."""
    return any(line.strip() for line in reading.old)


def _distinct(candidates: object) -> tuple[Candidate, ...]:
    """Candidates that differ in place or in what they would make of it."""
    known: dict[tuple[int, tuple[Change, ...]], Candidate] = {}
    for reading, place in candidates:  # type: ignore[attr-defined]
        known.setdefault((place, changes_at(reading.lines, place)), (reading, place))
    return tuple(known.values())


def _longest(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Of readings that quote more and less of the same place, the one that quotes most: the start of a quote
    stands wherever the quote stands."""
    # At each place the reading that quotes most. Two of one length that differ are two opinions: all are kept.
    best: dict[int, Candidate] = {}
    for reading, place in candidates:
        known = best.get(place)
        if known is None or len(reading.old) > len(known[0].old):
            best[place] = (reading, place)
        elif len(reading.old) == len(known[0].old) and reading.lines != known[0].lines:
            return candidates
    # Where the shorter quotes are but beginnings of the longest, its places are the ones that are meant.
    most = max(len(reading.old) for reading, _ in best.values())
    longest = tuple(one for one in best.values() if len(one[0].old) == most)
    if all(
        reading.old[: len(other.old)] == other.old for reading, _ in longest for other, _ in best.values()
    ):
        return longest
    return candidates


def _shifted(reading: Reading, shift: Shift, text: LiveText, place: int) -> Reading | None:
    """The reading moved by `shift`; None where an added line cannot be moved, or may not be meant to be."""
    lines: list[tuple[str, str]] = []
    # `at` walks over the old lines only: those are taken from the file, so that its own spaces survive.
    at = place
    for tag, written in reading.lines:
        if tag == ADD:
            moved = shift.apply(written)
            if moved is None:
                return None
            lines.append((tag, moved))
        else:
            lines.append((tag, text.lines[at]))
            at += 1
    added = [line for tag, line in reading.lines if tag == ADD and line.strip()]
    # Only the first line may have lost its indentation: then the others are where they belong.
    alone = shift.add and len(reading.old) == 1 and len(added) > 1 and added[0] == added[0].lstrip(" \t")
    if alone and all(line.startswith(shift.add) for line in added[1:]):
        return None
    return Reading(tuple(lines), reading.repaired)
