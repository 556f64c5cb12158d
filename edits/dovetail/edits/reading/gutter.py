"""Line numbers in front of the lines of a listing, as viewers write them: `7 | x`, `7→x`, `     7<TAB>x`, `L7: x`.

Whether a space behind the mark belongs to it is told by all the lines together: code is indented by even numbers of
spaces, so an odd one everywhere is one more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

_NUMBERED = re.compile(r"^[ \t]*(?:L|line )?(\d{1,7})(?:[ \t]*([|│:┃→])|(\t)|([ ]{2}))(.*)$")
_ALONE = re.compile(r"^[ \t]*(?:L|line )?(\d{1,7})[ \t]*[|│:┃→]?[ \t]*$")

MAX_LOOK = 2000
"""Lines that are looked at for a number that is missing."""


def number_of(line: str) -> int | None:
    """The number in front of a line; None where there is none."""
    found = _ALONE.match(line) or _NUMBERED.match(line)
    return int(found[1]) if found else None


def without_numbers(lines: Iterable[str]) -> list[str] | None:
    """The lines without the numbers in front; None where one of them has none."""
    bare: list[str] = []
    marked = True
    for line in lines:
        if _ALONE.match(line):
            bare.append("")
            continue
        found = _NUMBERED.match(line)
        if not found:
            return None
        marked = marked and bool(found[2])
        bare.append(found[5])
    # The least indentation of all lines: if that is odd, one space belongs to the mark.
    depth = min((len(line) - len(line.lstrip(" ")) for line in bare if line.strip()), default=0)
    return [line[1:] if line.strip() else "" for line in bare] if marked and depth % 2 else bare


def numbered_from(lines: Sequence[str]) -> int | None:
    """The first number, where every line has one and each is one more than that above; None otherwise."""
    numbers = [number_of(line) for line in lines]
    if not numbers or numbers[0] is None:
        return None
    first = numbers[0]
    return first if numbers == list(range(first, first + len(numbers))) else None


def number_missing(lines: Sequence[str]) -> int | None:
    """The first number that is left out, where every line has one and they grow; None otherwise."""
    numbers = [number_of(line) for line in lines[:MAX_LOOK] if line.strip()]
    # Two numbers may be anything; and of one line without a number nothing can be missing.
    if len(numbers) < 3 or any(number is None for number in numbers):
        return None
    pairs = list(pairwise(number for number in numbers if number is not None))
    if any(below <= above for above, below in pairs):
        return None
    return next((above + 1 for above, below in pairs if below != above + 1), None)
