"""Definitions that leave parts of themselves out ("class A:", "# ... existing methods ...", one method), made whole.

What such a block leaves out is looked for in the one definition of the file that it is the new text of, not in all of
the file: there its first line and its last close it in, and a method beside what is left out names its own place
even where it was changed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from attrs import define

from ..live import LiveText, at_indentation, indent_of, margin_of
from .expanded import anchor_of, gaps, trimmed
from .spans import Span, place_of, spans, tops_of

_COMMENTS = ("#", "//", "/*", "*", "--", ";", '"""')


@define(frozen=True, slots=True)
class _Piece:
    """The lines of a definition between two gaps, from `start`, blank lines beside the gaps aside."""

    start: int
    lines: list[str]


def made_whole(
    path: str, live: LiveText, block: Sequence[str], goes: Collection[str] = ()
) -> list[str] | None:
    """The block with what its definitions leave out put back from the file; None where one of them cannot be.

    Lines at the block's margin that stand for others are left away: what lies between definitions stays as it is.

    Args:
        goes: names that the reply says are to go; with them nothing is put back unasked.
    """
    margin = margin_of(block)
    lines = [line[len(margin) :] if line.startswith(margin) else line.lstrip(" \t") for line in block]
    left_out = gaps(live, lines)
    # Outside comments, dots are no code: the block is parsed without them.
    bare = ["" if number in left_out else line for number, line in enumerate(lines)]
    tops = tops_of(path, bare)
    there = spans(path, live.lines)
    # With names that go, what is left out and what is dropped look the same.
    if not tops or there is None or goes:
        return None
    bare = _without_wrappers(bare, tops, left_out, live)
    result: list[str] = []
    at = 0
    for span in tops:
        # What stands between definitions is the block's own; a mark there stands for what lies between them
        # in the file.
        result += bare[at : span.start]
        at = end = _end_with_gaps(lines, span, left_out)
        if left_out.isdisjoint(range(span.start, end)):
            result += lines[span.start : end]
            continue
        place = place_of(span, bare, there, live)
        if isinstance(place, str):
            return None
        indent = indent_of(live.lines[place.bare])
        old = LiveText("\n".join(live.lines[place.bare : place.end]) + "\n")
        filled = _filled(path, old, at_indentation(lines[span.bare : end], indent))
        if filled is None:
            return None
        result += lines[span.start : span.bare]
        result += [line[len(indent) :] if line.startswith(indent) else line for line in filled]
    return [margin + line if line else line for line in [*result, *bare[at:]]]


def _without_wrappers(
    lines: list[str], tops: Sequence[Span], left_out: Collection[int], live: LiveText
) -> list[str]:
    """The block without heads of what is no definition itself, such as `impl Store {`, and without their ends.

    A head may go where it stands in the file once and says that it leaves something out; what is shown inside it
    names its own place.
    """
    inside = {number for span in tops for number in range(span.start, span.end)}
    kept = list(lines)
    for number, line in enumerate(lines):
        if number in inside or not line.endswith("{") or len(live.positions(line.strip())) != 1:
            continue
        ends = (at for at in range(number + 1, len(lines)) if lines[at].rstrip(";") == indent_of(line) + "}")
        end = next(ends, number)
        if any(number < gap < end and gap not in inside for gap in left_out):
            kept[number] = kept[end] = ""
    return kept


def _end_with_gaps(lines: Sequence[str], span: Span, left_out: Collection[int]) -> int:
    """Where a definition ends, with what it leaves out at its own end, which no tree counts in."""
    end, depth = span.end, len(indent_of(lines[span.bare]))
    for number in range(span.end, len(lines)):
        if number in left_out and len(indent_of(lines[number])) > depth:
            end = number + 1
        elif lines[number].strip():
            break
    return end


def _filled(path: str, old: LiveText, new: Sequence[str]) -> list[str] | None:
    """One definition with what it leaves out put back."""
    left_out = sorted(gaps(old, new))
    bounds = [-1, *left_out, len(new)]
    last = len(bounds) - 2
    pieces = [
        _trimmed(new, low + 1, high, start=number > 0, end=number < last)
        for number, (low, high) in enumerate(pairwise(bounds))
    ]
    if (
        len(left_out) == 1
        and new[left_out[0]].strip() == "..."
        and not pieces[-1].lines
        and len(pieces[0].lines) == 1
    ):
        return None  # a head with dots for its body may be meant as just that
    bare = ["" if number in left_out else line for number, line in enumerate(new)]
    had, has = _members(path, old.lines), _members(path, bare)
    result = list(pieces[0].lines)
    at = -1
    # Each gap is closed between the end of the piece above it and the start of the piece below.
    for number, (before, after) in enumerate(pairwise(pieces)):
        depth = len(indent_of(new[left_out[number]]))
        low = _end_before(old, before, had, has, first=number == 0, depth=depth)
        found = _start_behind(old, after, had, has, last=number == last - 1)
        if low is None or found is None:
            return None
        high, parted = found
        # The pieces must stand in the file in the order in which they are shown.
        if low < at or high <= low:
            return None
        result += old.lines[low + 1 : high]
        # New members are set apart as the block sets them apart.
        if parted and result and result[-1].strip() and new[after.start - 1].strip() == "":
            result.append("")
        result += after.lines
        at = high
    return result


def _trimmed(new: Sequence[str], low: int, high: int, *, start: bool, end: bool) -> _Piece:
    lines = list(new[low:high])
    kept = trimmed(lines, start=start, end=end)
    first = next((number for number, line in enumerate(lines) if line.strip()), 0) if start else 0
    return _Piece(low + first, kept)


def _members(path: str, lines: Sequence[str]) -> list[Span]:
    """The definitions inside the one that a text begins with."""
    margin = margin_of(lines)
    inside = spans(
        path, [line[len(margin) :] if line.startswith(margin) else line.lstrip() for line in lines]
    )
    return [one for one in inside or () if one.bare > 0]


def _same(one: Span, had: Sequence[Span]) -> Span | None:
    """The one member of the file's text with the name of a block's."""
    named = [other for other in had if other.one.name == one.one.name]
    return named[0] if len(named) == 1 else None


def _end_before(
    old: LiveText, piece: _Piece, had: Sequence[Span], has: Sequence[Span], *, first: bool, depth: int
) -> int | None:
    """The last line of the file's definition that the piece above a gap stands for.

    Args:
        depth: the gap's indentation in characters; a member that is indented less goes on behind the gap.
    """
    end = piece.start + len(piece.lines)
    at_end = [one for one in has if one.end == end and one.start >= piece.start]
    inside = [one for one in at_end if len(indent_of(piece.lines[one.bare - piece.start])) >= depth]
    if inside:
        known = _same(inside[0], had)
        return known.end - 1 if known is not None else None
    # The head alone: what is left out begins right below it.
    if first and len(piece.lines) == 1:
        return 0
    found = anchor_of(old, piece.lines[::-1], backwards=True) if piece.lines else ""
    return None if isinstance(found, str) else found


def _start_behind(
    old: LiveText, piece: _Piece, had: Sequence[Span], has: Sequence[Span], *, last: bool
) -> tuple[int, bool] | None:
    """The first line of the file's definition that the piece below a gap stands for, and whether the piece is new."""
    if not piece.lines:
        return (len(old), False) if last else None
    end = piece.start + len(piece.lines)
    # Comments above a member belong to it; the first line of code tells whether the piece begins with a
    # member.
    code = next(
        (piece.start + n for n, line in enumerate(piece.lines) if not line.strip().startswith(_COMMENTS)), end
    )
    mine = [one for one in has if piece.start <= one.start < end]
    known = _same(mine[0], had) if mine and mine[0].start <= code <= mine[0].bare else None
    if known is not None:
        return (known.start if mine[0].start < mine[0].bare else known.bare), False
    closing = _closing(piece, mine)
    if last and closing == old.lines[len(old) - len(closing) :]:
        # Nothing but what closes it, or new members in front of that: all that is left out lies above.
        behind = len(old) - len(closing)
        if not mine:
            return (behind, False) if len(closing) == len(piece.lines) and closing else _by_anchor(old, piece)
        if all(all(other.one.name != one.one.name for other in had) for one in mine):
            return (behind, True) if mine[0].start <= code else None
        return None
    return _by_anchor(old, piece) if not mine or mine[0].start > code else None


def _by_anchor(old: LiveText, piece: _Piece) -> tuple[int, bool] | None:
    found = anchor_of(old, piece.lines, backwards=False)
    return None if isinstance(found, str) else (found, False)


def _closing(piece: _Piece, mine: Sequence[Span]) -> list[str]:
    """The lines of a piece that close the definition around its members: `}`, `end`."""
    below = max((one.end for one in mine), default=piece.start) - piece.start
    return [line for line in piece.lines[below:] if line.strip()]
