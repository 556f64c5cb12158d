"""What deciding between places works on: a hunk's candidates, and the hunks beside it."""

from __future__ import annotations

from attrs import define

from ..model import Reading

Candidate = tuple[Reading, int]


@define(frozen=True, slots=True)
class Neighbour:
    """A hunk of the same change of the same file."""

    place: int | None
    """Where it was found, if once."""
    length: int
    stated: int | None
    growth: int = 0
    """Lines that it adds, less those it removes."""
    fresh: bool = False
    """It was found as it is quoted, and its change is not there yet."""
    done: bool = False
    """Its change is there already."""
    as_stated: bool = False
    """What it quotes stands at the line that it states, among other places or not, and its counts are right."""
