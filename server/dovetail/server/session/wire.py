"""Numbers and places as clients send them where no type of the protocol checks them: in arguments of commands, in
requests of our own, in what other language servers said."""

from __future__ import annotations

from dovetail.text import Encoding, Point, Snapshot

MOST = 2**31 - 1
"""The largest number that LSP allows; what is larger counts as this."""


def whole_number(value: object) -> int | None:
    """A number from 0 to `MOST`. Editors written in Lua or JavaScript may send 3.0, some send 1e400 for "the end",
    which is read as infinite. None for what is no number at all."""
    # The last, as `math.isnan` fails for whole numbers that are no floats any more.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return int(max(0, min(value, MOST)))


def place_of(value: object) -> tuple[int, int] | None:
    """The line and the character of an LSP position, both from 0, in the client's units; None if it is none."""
    if not isinstance(value, dict):
        return None
    line, character = whole_number(value.get("line")), whole_number(value.get("character"))
    return None if line is None or character is None else (line, character)


def ends_of(value: object) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Both ends of an LSP range, the earlier one first: some clients send a backward selection as it was made. None if
    it is no range."""
    if not isinstance(value, dict):
        return None
    start, end = place_of(value.get("start")), place_of(value.get("end"))
    return None if start is None or end is None else (min(start, end), max(start, end))


def span_of(snapshot: Snapshot, value: object, encoding: Encoding) -> tuple[Point, Point] | None:
    """An LSP range as places of a document, within it and in order; None if it is no range."""
    ends = ends_of(value)
    if ends is None:
        return None
    (low, left), (high, right) = ends
    return snapshot.point(low, left, encoding), snapshot.point(high, right, encoding)
