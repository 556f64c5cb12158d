"""Hunks and texts as these tests write them: lines with their tags in front, files as words."""

from __future__ import annotations

from dovetail.edits.live import LiveText
from dovetail.edits.model import Header, Hunk, Reading


def reading(*lines: str) -> Reading:
    """Lines as a diff has them: ` kept`, `-removed`, `+added`."""
    return Reading(tuple((line[0], line[1:]) for line in lines))


def text(*lines: str) -> LiveText:
    return LiveText("".join(f"{line}\n" for line in lines))


def hunk(*lines: str, **rest: object) -> Hunk:
    return Hunk((reading(*lines),), **rest)  # type: ignore[arg-type]


def numbered(start: int, *lines: str, new_start: int | None = None, **rest: object) -> Hunk:
    """A hunk with the header that a tool writes: its counts are right, lines count from 0."""
    one = reading(*lines)
    header = Header(start, len(one.old), len(one.new), start if new_start is None else new_start)
    return Hunk((one,), header=header, **rest)  # type: ignore[arg-type]
