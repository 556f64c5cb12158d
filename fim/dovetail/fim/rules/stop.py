"""When to stop listening to a generator: judged on the text so far, the same for every generator.

One line: it ends at its line end; where nothing stands behind the cursor the line may be the next one. Many lines
end where they leave the block that the cursor is in, where they reach what already stands below the cursor, and
at a bound of lines, tokens (estimated) and characters.
"""

from __future__ import annotations

import re
from collections import Counter

from attrs import define, evolve

from dovetail.text import Point, Snapshot

from ..prompt.window import CHARS_PER_TOKEN

CLOSERS = (")", "]", "}", "end", "</")
_BLANK_LINES = re.compile(r"(?:[ \t]*\n){0,3}")
_LOOPS = re.compile(r"(.{1,20}?)\1{7,}\Z", re.DOTALL)
"""The same piece of at most 20 characters for the eighth time, at the end of a text."""

Stopped = tuple[str, str]
"""The text to keep, and the name of the rule that ended it."""


@define(frozen=True, slots=True)
class StopRules:
    """The rules for one cursor; `check` is a pure function of the text so far."""

    multiline: bool
    floor: int
    """Smallest indentation, in columns, that still belongs to the block."""
    header: int | None
    """Indentation of the line that opens the block, where the cursor stands on it: its closer may follow."""
    below: str
    """The next line below the cursor that is not blank, stripped."""
    max_lines: int = 24
    max_chars: int = 2_000
    next_line: bool = False
    """Whether one line may be the line after the cursor's."""
    stops: tuple[str, ...] = ()
    """Strings at which a text ends."""
    head: str = ""
    """The blanks before the cursor on an otherwise blank line."""
    offside: bool = False
    """Whether indentation alone delimits blocks."""

    @classmethod
    def at(
        cls,
        snapshot: Snapshot,
        position: Point,
        *,
        multiline: bool,
        max_lines: int = 24,
        max_tokens: int = 512,
        next_line: bool = False,
        stops: tuple[str, ...] = (),
    ) -> StopRules:
        """The rules for a cursor. `next_line` holds only where text stands before and nothing behind it."""
        line = snapshot.line(position.line)
        head = line[: position.column]
        following = snapshot.lines.slice(position.line + 1, position.line + 20)
        below = next((text.strip() for text in following if text.strip()), "")
        blank = not head.strip()
        width = _width(line)
        return cls(
            multiline,
            _width(head) if blank else width + 1,
            None if blank else width,
            below,
            max_lines,
            # More characters a token than the estimate has: this is a bound, the generator has its own.
            min(2_000, int(max_tokens * CHARS_PER_TOKEN * 1.5)),
            next_line and not blank and not line[position.column :].strip(),
            stops,
            head if blank else "",
            snapshot.language is not None and snapshot.language.offside,
        )

    def from_cursor(self, text: str) -> tuple[str, StopRules] | None:
        """An answer's beginning as it goes on from the cursor, and the rules for it.

        On a blank line an answer may bring the line's whole indentation. What the cursor already stands behind is
        taken off; None where the answer wants less than that in a language where it matters.
        """
        body = text.lstrip(" \t")
        blanks = text[: len(text) - len(body)]
        if not self.head or not blanks or not body or body[0] == "\n":
            return text, self
        own, here = _width(blanks), _width(self.head)
        # An answer in its own unit: its first line says which width is the block's.
        rules = evolve(self, floor=min(self.floor, own))
        if blanks.startswith(self.head):
            return text[len(self.head) :], rules
        if own < here and self.offside:
            return None
        return body, rules

    def check(self, text: str, *, whole: bool = False) -> Stopped | None:
        """The text to keep and the rule that ended it, or None to go on. `whole`: no more will come."""
        if self.stops:
            cut = min((at for stop in self.stops if stop and (at := text.find(stop)) >= 0), default=-1)
            if cut >= 0:
                kept = text[:cut]
                return (self._check(kept, True) or (kept, "stop string")) if kept else ("", "stop string")
        return self._check(text, whole)

    def _check(self, text: str, whole: bool) -> Stopped | None:
        stopped = self._lines(text, whole) if self.multiline else self._line(text)
        if stopped is None and len(text) > 64 and repeats_itself(text):
            return text, "repetition"
        return stopped

    def _line(self, text: str) -> Stopped | None:
        start = 0
        if self.next_line and (blank := _BLANK_LINES.match(text)) is not None:
            start = blank.end()
        end = text.find("\n", start)
        if end >= 0:
            if start and self.below and text[start:end].strip() == self.below:
                return "", "reached the text below"
            return text[:end], "line"
        return (text[: self.max_chars], "length") if len(text) > self.max_chars else None

    def _lines(self, text: str, whole: bool) -> Stopped | None:
        lines = text.split("\n")
        complete = len(lines) if whole else len(lines) - 1
        said: Counter[str] = Counter()
        for index in range(1, complete):
            line = lines[index].strip()
            if not line:
                continue
            width = _width(lines[index])
            if len(line) > 3 and line == self.below:
                return "\n".join(lines[:index]), "reached the text below"
            if width < self.floor:
                if width == self.header and line.startswith(CLOSERS) and line != self.below:
                    return "\n".join(lines[: index + 1]), "block closed"
                return "\n".join(lines[:index]), "block left"
            said[line] += len(line) >= 8
            if said[line] == 3:
                return "\n".join(lines[:index]), "repetition"
        if complete > self.max_lines:
            return "\n".join(lines[: self.max_lines]), "lines"
        if len(text) > self.max_chars:
            return "\n".join(lines[: max(complete, 1)])[: self.max_chars], "length"
        return None

    def clean(self, text: str) -> str:
        """The part of an unfinished text that can be shown as it is, '' if there is none yet: whole lines of
        many; of one line what ends with a closed bracket or a semicolon and leaves nothing open."""
        if self.multiline:
            return text.rpartition("\n")[0].rstrip()
        depth, end = 0, 0
        quote = ""
        for index, character in enumerate(text):
            if quote:
                quote = "" if character == quote and text[index - 1] != "\\" else quote
            elif character in "\"'`":
                quote = character
            elif character in "([{":
                depth += 1
            elif character in ")]}":
                depth -= 1
                end = index + 1 if depth <= 0 else end
            elif character == ";" and depth <= 0:
                end = index + 1
        return text[:end]


def repeats_itself(text: str) -> bool:
    """Whether the same few characters come over and over at the end; a rule of one sign (-----) is no such thing."""
    found = _LOOPS.search(text.rstrip()[-400:])
    return found is not None and len(set(found[1].strip())) > 1


def _width(line: str) -> int:
    blanks = line[: len(line) - len(line.lstrip(" \t"))]
    return len(blanks.expandtabs(4))
