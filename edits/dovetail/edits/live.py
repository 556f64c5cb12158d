"""A text in which hunks are looked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from attrs import define

from dovetail.text import split_lines, without_end

MAX_PLACES = 200
"""Places that are looked at before a hunk is called ambiguous."""


@define(frozen=True, slots=True)
class Shift:
    """One change of indentation: take `remove` off the front of each line, then put `add` there."""

    remove: str = ""
    add: str = ""

    def apply(self, line: str) -> str | None:
        """The line shifted; None where it does not start with what is to be removed. Blank lines stay."""
        if not line.strip(" \t"):
            return line
        return self.add + line[len(self.remove) :] if line.startswith(self.remove) else None


class LiveText:
    """A text as lines without their ends, with the indexes that finding needs, made when first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Without `\r` a plain split does the same, several times faster; this is made for every file of a
        # plan.
        if "\r" in text:
            self.lines = [without_end(line) for line in self.raw]
        else:
            self.lines = text.split("\n")
            if self.lines[-1] == "":
                self.lines.pop()
        self._found: dict[tuple[str, int], list[int]] = {}
        self.ends_bare = bool(text) and text[-1] not in "\r\n"

    @cached_property
    def raw(self) -> list[str]:
        """The lines with their ends."""
        raw = split_lines(self.text)
        if raw[-1] == "":
            raw.pop()
        return raw

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def joined(self) -> str:
        """The lines with `\\n` between them, whatever their ends are."""
        return "\n".join(self.lines)

    @cached_property
    def _hay(self) -> str:
        # Line ends on both sides, so that a needle with line ends around it finds whole lines only, the first
        # and the last one included.
        return "\n" + self.joined + "\n"

    @cached_property
    def _stripped(self) -> dict[str, list[int]]:
        index: dict[str, list[int]] = {}
        for number, line in enumerate(self.lines):
            key = line.strip()
            if key in index:
                index[key].append(number)
            else:
                index[key] = [number]
        return index

    @cached_property
    def ending(self) -> str:
        """The line end that most lines have."""
        if "\r" not in self.text:
            return "\n"
        counts = Counter(raw[len(line) :] for raw, line in zip(self.raw, self.lines, strict=True))
        counts.pop("", None)
        return counts.most_common(1)[0][0] if counts else "\n"

    def end_of(self, line: int) -> str:
        """The line end of a line, '' where it has none."""
        return self.raw[line][len(self.lines[line]) :]

    def positions(self, stripped: str) -> Sequence[int]:
        """The lines whose text, without spaces around it, is `stripped`."""
        return self._stripped.get(stripped, ())

    def find(self, old: Sequence[str], limit: int = MAX_PLACES) -> list[int]:
        """The lines where `old` starts, compared character by character."""
        if not old or len(old) > len(self.lines):
            return []
        needle = "\n" + "\n".join(old) + "\n"
        # The same quotes are looked for by several proofs, and again for the report.
        known = self._found.get((needle, limit))
        if known is None:
            known = self._found[(needle, limit)] = self._find(needle, limit)
        return known

    def _find(self, needle: str, limit: int) -> list[int]:
        places: list[int] = []
        line = counted = 0
        # Line numbers are counted on from the last place instead of from the top each time.
        at = self._hay.find(needle)
        while at >= 0 and len(places) < limit:
            line += self._hay.count("\n", counted, at)
            counted = at
            places.append(line)
            # By one character: the line end that closes one place may open the next.
            at = self._hay.find(needle, at + 1)
        return places

    def _anchor(self, old: Sequence[str]) -> tuple[int, Sequence[int]] | None:
        """The rarest line of `old` and where it stands, ignoring surrounding spaces; None where one is missing."""
        best: tuple[int, Sequence[int]] | None = None
        for number, line in enumerate(old):
            key = line.strip()
            if not key:
                continue
            places = self._stripped.get(key)
            if places is None:
                return None
            # The rarest line gives the fewest places to try, whatever its number in the quote.
            if best is None or len(places) < len(best[1]):
                best = (number, places)
        return best

    def find_shifted(self, old: Sequence[str], limit: int = MAX_PLACES) -> list[tuple[int, Shift]]:
        """Where `old` stands under one uniform indentation shift other than none."""
        anchor = self._anchor(old)
        if anchor is None:
            return []
        number, places = anchor
        found: list[tuple[int, Shift]] = []
        for place in places:
            start = place - number
            if start < 0 or start + len(old) > len(self.lines):
                continue
            shift = _shift_between(old[number], self.lines[place])
            if shift is not None and shift != Shift() and self._fits(old, start, shift):
                found.append((start, shift))
                if len(found) >= limit:
                    break
        return found

    def _fits(self, old: Sequence[str], start: int, shift: Shift) -> bool:
        for number, line in enumerate(old):
            there = self.lines[start + number]
            if not line.strip(" \t"):
                if there.strip(" \t"):
                    return False
            elif shift.apply(line) != there:
                return False
        return True

    def find_loose_ends(self, old: Sequence[str], limit: int = MAX_PLACES) -> list[int]:
        """Where `old` stands, spaces at the ends of lines aside."""
        anchor = self._anchor(old)
        if anchor is None:
            return []
        number, places = anchor
        bare = [line.rstrip(" \t") for line in old]
        found: list[int] = []
        for place in places:
            start = place - number
            if start < 0 or start + len(old) > len(self.lines):
                continue
            if all(self.lines[start + k].rstrip(" \t") == line for k, line in enumerate(bare)):
                found.append(start)
                if len(found) >= limit:
                    break
        return found


def indent_of(line: str) -> str:
    """The tabs and spaces a line starts with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def margin_of(block: Sequence[str]) -> str:
    """The least indentation of a block's lines."""
    margins = [indent_of(line) for line in block if line.strip()]
    return min(margins, key=len) if margins else ""


def at_indentation(lines: Sequence[str], indent: str) -> list[str]:
    """A block's lines, all but the empty ones behind `indent`."""
    return [indent + line if line else line for line in lines]


def _shift_between(written: str, there: str) -> Shift | None:
    """The shift that turns the one indentation into the other: one of them must end with the other."""
    a, b = indent_of(written), indent_of(there)
    if written[len(a) :] != there[len(b) :]:
        return None
    if a == b:
        return Shift()
    # All spaces of one kind: whatever is added may as well stand behind what is there.
    if b.startswith(a) and set(b) <= {b[0]}:
        return Shift("", b[len(a) :])
    if a.startswith(b) and set(a) <= {a[0]}:
        return Shift(a[len(b) :], "")
    # Mixed indentation (`\t` then spaces, say): only a difference at the front is one shift for all lines.
    if b.endswith(a):
        return Shift("", b[: len(b) - len(a)])
    if a.endswith(b):
        return Shift(a[: len(a) - len(b)], "")
    return None
