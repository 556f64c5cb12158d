"""Changes of lines as a text again: line ends kept, the last one as it was or as the reply says."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from dovetail.text import Lines, Point, TextEdit, split_lines

from ..live import LiveText
from ..model import Change
from ..tagging import opcodes


@define(frozen=True, slots=True)
class Overlap:
    """Two changes that cannot both be made."""

    first: int
    second: int


def overlap(changes: Sequence[tuple[int, Change]]) -> list[Overlap]:
    """The pairs of hunks whose changes touch the same lines, or add different lines at the same place.

    Args:
        changes: each with the number of its hunk.
    """
    found: list[Overlap] = []
    # Sorted by start, with those that may still reach later ones held open: pairs are found without comparing
    # all.
    ordered = sorted(changes, key=lambda item: (item[1].start, item[1].end, item[0]))
    open_: list[tuple[int, Change]] = []
    for number, change in ordered:
        open_ = [(other, one) for other, one in open_ if one.end >= change.start]
        for other, one in open_:
            # The same change from two hunks is one change (`unique_changes`).
            if one == change:
                continue
            # An insertion at the very start or end of a replaced range lies beside it, not in it.
            inside = change.start < one.end
            same_place = one.start == one.end == change.start == change.end
            if inside or same_place:
                found.append(Overlap(min(other, number), max(other, number)))
        open_.append((number, change))
    return found


def unique_changes(changes: Sequence[Change]) -> list[Change]:
    """In order, each once."""
    return sorted(dict.fromkeys(changes), key=lambda change: (change.start, change.end))


def render(
    live: LiveText, changes: Sequence[Change], ends_bare: bool | None
) -> tuple[str, tuple[TextEdit, ...]]:
    """The text after `changes` (in order, not overlapping), and the edits that make it.

    A new line takes the end of the line it replaces, else of the line before it, else the file's usual one.
    """
    raw = live.raw
    count = len(raw)
    bare = live.ends_bare if ends_bare is None else ends_bare
    # A new file's text, and what is written into an empty one, gets a line end.
    if not live.lines and ends_bare is None:
        bare = False
    pieces: list[tuple[int, int, list[str]]] = []
    for change in changes:
        lines = [line + _end_for(live, change, number) for number, line in enumerate(change.lines)]
        pieces.append((change.start, change.end, lines))
    # From here on it is about the last line alone, which is the only one that may have no end. A piece that reaches
    # it decides; where none does, one is made for the line as it stands if its end has to change.
    touches_end = bool(pieces) and pieces[-1][1] == count
    if count and live.ends_bare and pieces and touches_end:
        start, end, lines = pieces[-1]
        if start == end and lines:  # appended behind a line without an end
            # The line before gets an end, so it is replaced too, unless a piece replaces it already.
            if len(pieces) > 1 and pieces[-2][1] == count:
                before = pieces.pop(-2)
                pieces[-1] = (before[0], count, [*before[2], *lines])
            else:
                pieces[-1] = (count - 1, count, [raw[-1] + live.ending, *lines])
    if ends_bare is not None and not touches_end and count and live.ends_bare != bare:
        last = raw[-1] + live.ending if live.ends_bare else live.lines[-1]
        pieces.append((count - 1, count, [last]))
        touches_end = True
    if touches_end:
        start, end, lines = pieces[-1]
        # `start > 0`: with nothing left in front, the file becomes empty, and an empty file has no last line.
        if not lines and start > 0 and bare:  # the last lines go: the one before them becomes the last
            if len(pieces) > 1 and pieces[-2][1] == start:
                before = pieces.pop(-2)
                start, lines = before[0], before[2]
            else:
                start, lines = start - 1, [live.lines[start - 1] + live.ending]
        if lines and bare:
            lines = [*lines[:-1], lines[-1].rstrip("\r\n")]
        pieces[-1] = (start, end, lines)
    return _assembled(raw, pieces)


def _end_for(live: LiveText, change: Change, number: int) -> str:
    # Line for line while the old lines last: a file with mixed line ends keeps each where it was.
    at = change.start + number
    if at < change.end:
        end = live.end_of(at)
    elif change.end > change.start:
        end = live.end_of(change.end - 1)
    elif change.start > 0:
        end = live.end_of(change.start - 1)
    else:
        end = live.end_of(0) if live.raw else "\n"
    # The last line of the file may have none to copy.
    return end or live.ending


def _assembled(
    raw: Sequence[str], pieces: Sequence[tuple[int, int, list[str]]]
) -> tuple[str, tuple[TextEdit, ...]]:
    out: list[str] = []
    edits: list[TextEdit] = []
    at = 0
    for start, end, lines in pieces:
        out += raw[at:start]
        out += lines
        # What is replaced by itself is no edit: clients would show it, and undo would count it.
        if list(raw[start:end]) != lines:
            edits.append(TextEdit(_point(raw, start), _point(raw, end), "".join(lines)))
        at = end
    out += raw[at:]
    return "".join(out), tuple(edits)


def _point(raw: Sequence[str], line: int) -> Point:
    # Behind the last line: LSP has a line there to point at only where that one has an end.
    if line < len(raw) or not raw or raw[-1].endswith(("\n", "\r")):
        return Point(line, 0)
    return Point(len(raw) - 1, len(raw[-1]))


def line_edits(before: str, after: str) -> tuple[TextEdit, ...]:
    """The lines that differ between two texts, as edits of the first."""
    old, new = split_lines(before), split_lines(after)
    # An empty last line is what stands behind the last line end.
    for lines in (old, new):
        if lines[-1] == "":
            lines.pop()
    return tuple(
        TextEdit(_point(old, i), _point(old, j), "".join(new[k:m]))
        for tag, i, j, k, m in opcodes(old, new)
        if tag != "equal"
    )


def inverse(before: Lines, edits: Sequence[TextEdit]) -> tuple[TextEdit, ...]:
    """The edits that take `edits` back, speaking of the text after them."""
    ordered = sorted(edits, key=lambda one: (one.start, one.end))
    # Rows that the edits before have added: `edits` speak of the old text, their inverse of the new one.
    shift = 0
    turned: list[TextEdit] = []
    for edit in ordered:
        new_lines = split_lines(edit.text)
        start = Point(edit.start.line + shift, edit.start.column)
        rows = len(new_lines) - 1
        # Text on one line ends behind its start column; of several lines, the last one starts at column 0.
        end = Point(start.line + rows, len(new_lines[-1]) + (start.column if rows == 0 else 0))
        turned.append(TextEdit(start, end, before.between(edit.start, edit.end)))
        shift += rows - (edit.end.line - edit.start.line)
    return tuple(turned)
