"""Hunks and texts as these tests write them: lines with their tags in front, files as words."""

from __future__ import annotations

from dovetail.edits.live import LiveText
from dovetail.edits.locating.locate import locate
from dovetail.edits.locating.merge import BaseText
from dovetail.edits.locating.outcome import Target
from dovetail.edits.model import Header, Hunk, Outcome, Reading


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


def located(live: LiveText, *hunks: Hunk, base: LiveText | None = None) -> list[Outcome]:
    bases = [BaseText(base.text, live)] if base is not None else []
    return locate(list(enumerate(hunks)), Target("x.py", live, bases))


FILE = text(
    "alpha = first(1)",
    "    beta = second(2)",
    "gamma = third(3)",
    "",
    "alpha = first(1)",
    "delta = fourth(4)",
)
