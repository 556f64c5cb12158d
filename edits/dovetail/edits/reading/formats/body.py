"""The lines of a hunk in a diff, in all the ways that they may be read.

A line of a diff says by its first character what it is. Models forget it: context comes without its blank,
added lines without their plus. A line without a marker is kept as such (`BARE`); `readings` then gives what
the lines may mean, nearest to what was written first.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...model import ADD, KEEP, REMOVE, Header, Reading, Tagged

BARE = "?"
"""A line that has no marker at all."""

BodyLine = tuple[str, str, str]
"""Tag, text behind the marker, the line as it was written."""


def body_line(raw: str) -> BodyLine:
    """What a line of a hunk says by its first character."""
    # An empty line is context whose only character, a blank, was trimmed.
    if raw == "":
        return KEEP, "", raw
    if raw[0] in " +-":
        return raw[0], raw[1:], raw
    return BARE, raw, raw


class Tally:
    """The lines of a hunk, counted as they come: a hunk of many lines is not counted again for each."""

    def __init__(self, header: Header) -> None:
        self.lines: list[BodyLine] = []
        self.old = self.new = self.bare = 0
        self.header = header

    def add(self, line: BodyLine) -> None:
        self.lines.append(line)
        self._count(line[0], 1)

    def take_plain(self, lines: Sequence[str], at: int) -> int:
        """Add the lines from `at` on that can be nothing but lines of a hunk; the first line that may be more."""
        taken, old, new = self.lines, self.old, self.new
        for number in range(at, len(lines)):
            raw = lines[number]
            head = raw[:1]
            if head == " ":
                old, new = old + 1, new + 1
            # `++` and `--` may start a header, and are looked at by the reader.
            elif head == "+" and raw[1:2] != "+":
                new += 1
            elif head == "-" and raw[1:2] != "-":
                old += 1
            else:
                break
            taken.append((head, raw[1:], raw))
        # Ran out of lines: without this the last one would be read again.
        else:
            number = len(lines)
        self.old, self.new = old, new
        return number if at < len(lines) else at

    def _count(self, tag: str, by: int) -> None:
        self.old += by * (tag != ADD)
        self.new += by * (tag != REMOVE)
        self.bare += by * (tag == BARE)

    @property
    def full(self) -> bool:
        """Whether the counts of the header are right for the lines so far, bare ones read as context."""
        return self.header.old_count is not None and (self.old, self.new) == (
            self.header.old_count,
            self.header.new_count,
        )

    def full_with(self, line: BodyLine) -> bool:
        """Whether they are right with one more line."""
        old, new = self.old + (line[0] != ADD), self.new + (line[0] != REMOVE)
        return self.header.old_count is not None and (old, new) == (
            self.header.old_count,
            self.header.new_count,
        )

    @property
    def short(self) -> bool:
        """Whether the header states more lines than there are."""
        old, new = self.header.old_count, self.header.new_count
        return old is not None and new is not None and (self.old < old or self.new < new)

    @property
    def missing(self) -> int:
        """How many more lines the header states, where it states as many more of the old text as of the new; else 0."""
        old, new = self.header.old_count, self.header.new_count
        if old is None or new is None or old - self.old != new - self.new:
            return 0
        return max(old - self.old, 0)

    def trim(self) -> list[BodyLine]:
        """The lines without the empty ones at the end that only part the hunk from what follows it."""
        # Never below what the header counts: then the empty lines are the hunk's.
        while self.lines and self.lines[-1][2] == "" and not self.full:
            self._count(self.lines.pop()[0], -1)
        return self.lines


def agrees(lines: Sequence[BodyLine], header: Header, bare: str = KEEP) -> bool:
    """Whether the counts of the header are right."""
    if header.old_count is None:
        return False
    tags = [bare if tag == BARE else tag for tag, _, _ in lines]
    return (sum(tag != ADD for tag in tags), sum(tag != REMOVE for tag in tags)) == (
        header.old_count,
        header.new_count,
    )


def readings(lines: Sequence[BodyLine], header: Header) -> tuple[tuple[Reading, ...], tuple[Reading, ...]]:
    """The reading as written, and weaker ones, in the order in which they may be tried."""
    bare = any(tag == BARE for tag, _, _ in lines)
    first = Reading(
        tuple((KEEP if tag == BARE else tag, text) for tag, text, _ in lines),
        "read lines without a marker as context" if bare else "",
    )
    weaker: list[Reading] = []

    def add(tagged: Tagged, repaired: str) -> None:
        if tagged != first.lines and all(tagged != known.lines for known in weaker):
            weaker.append(Reading(tagged, repaired))

    # Lines without a marker are context, unless the counts hold only if they were added.
    if bare and agrees(lines, header, ADD):
        add(
            tuple((ADD if tag == BARE else tag, text) for tag, text, _ in lines),
            "read lines without a marker as added, as the counts of the header say",
        )
    end = len(lines)
    while end and lines[end - 1][2] == "":
        end -= 1
    # Weaker ones only where nothing fits as written: empty lines at the end, then context without its blank.
    if 0 < end < len(lines):
        add(
            tuple((KEEP if tag == BARE else tag, text) for tag, text, _ in lines[:end]),
            "read the empty lines below the hunk as no lines of it",
        )
    if any(tag == KEEP and raw for tag, _, raw in lines):
        add(
            tuple((KEEP, raw) if tag in (KEEP, BARE) else (tag, text) for tag, text, raw in lines),
            "read context lines as written without the leading blank",
        )
    between = _between_added(lines)
    if between:
        filled = Reading(
            tuple(
                (ADD, "") if index in between else (KEEP if tag == BARE else tag, text)
                for index, (tag, text, _) in enumerate(lines)
            ),
            "read empty lines between added lines as added",
        )
        # Either may be meant. The counts may tell; otherwise the file has to, by holding only one of them.
        if agrees([*(("+", "", "") if n in between else line for n, line in enumerate(lines))], header):
            return (filled,), tuple(weaker)
        if not agrees(lines, header):
            return (first, filled), tuple(weaker)
    return (first,), tuple(weaker)


def _between_added(lines: Sequence[BodyLine]) -> set[int]:
    """Lines without any character, or runs of them, that stand between added lines."""
    found: set[int] = set()
    run: list[int] = []
    before = ""
    for index, (tag, _, raw) in enumerate(lines):
        if raw == "":
            run.append(index)
            continue
        if run and before == ADD and tag == ADD:
            found |= set(run)
        run, before = [], tag
    return found
