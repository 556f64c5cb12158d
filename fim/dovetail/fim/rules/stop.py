"""When to stop listening to a generator: judged on the text so far, the same for every generator.

One line: it ends at its line end, unless the line goes on (a `\\` before its end) or is half a statement (see
`statement`); where nothing stands behind the cursor it may be the next line. Many lines
end where they leave the block that the cursor is in, where they reach what already stands below the cursor, and
at a bound of lines, tokens (estimated) and characters.
"""

from __future__ import annotations

import re

from attrs import define, evolve

from dovetail.text import Point, Snapshot, context_at, nesting

from ..prompt.window import CHARS_PER_TOKEN
from .block import Block
from .repeats import repeated_lines, repeats_itself
from .statement import WAIT, Statement
from .twice import goes_on_otherwise, width

_CLOSER = re.compile(r"\s*([)\]}]|</[\w:.\-]*)")
_PROSE = frozenset({"markdown", "plaintext", ""})
_BLANK_LINES = re.compile(r"(?:[ \t]*\n){0,3}")

Stopped = tuple[str, str]
"""The text to keep, and the name of the rule that ended it."""


@define(frozen=True, slots=True)
class StopRules:
    """The rules for one cursor; `check` is a pure function of the text so far."""

    multiline: bool
    block: Block
    max_lines: int = 24
    max_chars: int = 2_000
    next_line: bool = False
    """Whether one line may be the line after the cursor's."""
    stops: tuple[str, ...] = ()
    """Strings at which a text ends."""
    head: str = ""
    """The spaces before the cursor on an otherwise blank line."""
    offside: bool = False
    """Whether indentation alone delimits blocks."""
    closer: str = ""
    """The bracket or tag behind the cursor that closes what it stands in: what the text opens has to end before it."""
    margin: int = 0
    """Indentation of the cursor's line, in columns."""
    statement: Statement | None = None
    """Where one line may go on until the statement that it begins has ended."""

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
        """The rules for a cursor. `next_line` holds only where nothing stands behind it, and before it text or nothing:
        spaces before it are where the line itself begins."""
        line = snapshot.line(position.line)
        head = line[: position.column]
        blank = not head.strip()
        block = Block.at(snapshot, position)
        # More characters a token than the estimate has: this is a bound, the generator has its own.
        # Past 2,000 characters nobody reads a suggestion.
        max_chars = min(2_000, int(max_tokens * CHARS_PER_TOKEN * 1.5))
        goes_on = (
            next_line
            and not line[position.column :].strip()
            and snapshot.language_id not in _PROSE
            and snapshot.tree_ready
            and context_at(snapshot, position) is None
        )
        return cls(
            multiline,
            block,
            max_lines,
            max_chars,
            next_line and not (blank and head) and not line[position.column :].strip(),
            stops,
            head if blank else "",
            snapshot.language is not None and snapshot.language.offside,
            _closer(snapshot, line[position.column :]),
            width(line),
            Statement(snapshot, position, block.language, max_lines, max_chars) if goes_on else None,
        )

    def from_cursor(self, text: str) -> tuple[str, StopRules] | None:
        """An answer's beginning as it goes on from the cursor, and the rules for it.

        On a blank line an answer may bring the line's whole indentation. Indentation that
        stands before the cursor already is taken off; None where the answer is indented less in an offside language.
        """
        body = text.lstrip(" \t")
        spaces = text[: len(text) - len(body)]
        # Only where indentation stands on both sides of the cursor is there something to reconcile.
        if not self.head or not spaces or not body or body[0] == "\n":
            return text, self
        own, here = width(spaces), width(self.head)
        # An answer in its own unit: its first line says which width is the block's.
        rules = evolve(self, block=evolve(self.block, floor=min(self.block.floor, own)))
        opened = self.block.header
        # Deeper than the cursor, which is deeper than the header: `if x:` with the cursor at 2 spaces and an
        # answer at 4.
        if opened is not None and own > here > opened:
            return (
                body,
                rules,
            )  # the block's first line stands where the cursor is; the answer has a unit of its own
        if spaces.startswith(self.head):
            return text[len(self.head) :], rules
        if own < here and self.offside:
            return None
        return body, rules

    def check(self, text: str, *, whole: bool = False, typed: str = "") -> Stopped | None:
        """The text to keep and the rule that ended it, or None to go on. `whole`: no more will come. `typed`: what of
        the answer stands between the cursor and `text`."""
        if (stop := self.stop_in(text)) is not None:
            kept = text[: text.find(stop)]
            # What comes before it is complete now, and may end earlier by another rule.
            return (self._check(kept, True, typed) or (kept, "stop string")) if kept else ("", "stop string")
        return self._check(text, whole, typed)

    def stop_in(self, text: str) -> str | None:
        """The stop string that comes first in `text`: the first of all, not the first that is found."""
        found = [(at, stop) for stop in self.stops if stop and (at := text.find(stop)) >= 0]
        return min(found)[1] if found else None

    def _check(self, text: str, whole: bool, typed: str) -> Stopped | None:
        stopped = self._lines(text, whole) if self.multiline else self._line(text, whole, typed)
        # Short texts repeat by nature (`    `, `0, 0, 0`).
        if stopped is None and len(text) > 64 and repeats_itself(text):
            return text, "repetition"
        return stopped

    def _line(self, text: str, whole: bool, typed: str) -> Stopped | None:
        start = 0
        # A line after the cursor's starts with line ends, and up to three blank lines may part it from the
        # cursor.
        if self.next_line and (blank := _BLANK_LINES.match(text)) is not None:
            start = blank.end()
        end = text.find("\n", start)
        if end >= 0:
            own = bool(start) or self.block.blank
            if own and self.block.below and text[start:end].strip() == self.block.below.strip():
                return self._below_or_more(text, start, end, whole)
            if self.block.is_fence(text[start:end]):
                return "", "code fence"
            goes_on = self._goes_on(text, end, whole)
            if goes_on == end and self.statement is not None:
                goes_on = self.statement.end(text, end, whole, typed)
            return None if goes_on == WAIT else (text[:goes_on], "line" if goes_on == end else "statement")
        return (text[: self.max_chars], "length") if len(text) > self.max_chars else None

    def _below_or_more(self, text: str, start: int, end: int, whole: bool) -> Stopped | None:
        """What ends a text whose line from `start` to `end` says the same as the one below the cursor: that line, or
        where it is another one the line behind it; None to wait for that."""
        following = text.find("\n", end + 1)
        if self.block.after_below and following < 0 and not whole and len(text) <= self.max_chars:
            return None
        after = text[end + 1 : following] if following >= 0 else text[end + 1 :]
        if goes_on_otherwise(after, self.block.after_below):
            return (text[:following] if following >= 0 else text), "line"
        return ("" if start else text[:end]), "reached the text below"

    def _goes_on(self, text: str, end: int, whole: bool) -> int:
        """Where the line that ends at `end` of `text` ends with all that belongs to it; WAIT until that has come."""
        # Between a pair that the editor closed, an answer may begin on the next line: it ends with the pair.
        below = bool(self.closer) and not text[:end].strip()
        last = end
        for _ in range(self.max_lines):
            line = text[:last]
            continued = (len(line) - len(line.rstrip("\\"))) % 2 == 1
            if below:
                continued = not self._closes(line)
            elif self.closer and not continued:
                continued = nesting(self.block.language, line)[-1].depth > 0
            if not continued:
                return last
            if last == len(text):
                # All of it, where it ends just before what stands behind the cursor.
                return last if below and (not text.rpartition("\n")[2].strip() or self._hangs(text)) else end
            following = text.find("\n", last + 1)
            if following < 0 and not whole:
                return WAIT if len(text) <= self.max_chars else end
            last = len(text) if following < 0 else following
        return end

    def _hangs(self, text: str) -> bool:
        """Whether `text` is the inside of the pair that the cursor stands in: indented further than the cursor's line,
        and nothing in it left open."""
        inside = all(width(line) > self.margin for line in text.split("\n") if line.strip())
        return inside and nesting(self.block.language, text)[-1].depth == 0

    def _closes(self, text: str) -> bool:
        """Whether the last line of `text` closes the pair that the cursor stands in."""
        line = text.rpartition("\n")[2]
        if self.closer.startswith("</"):
            return line.strip().startswith(self.closer) and width(line) <= self.margin
        return nesting(self.block.language, text)[-1].low < 0

    def _lines(self, text: str, whole: bool) -> Stopped | None:
        lines = text.split("\n")
        # The last line may still grow: only what is complete is judged.
        complete = len(lines) if whole else len(lines) - 1
        # Line by line, as they came, so that an answer ends at the same place however it was cut into pieces.
        for count in range(1, complete + 1):
            if (keep := repeated_lines([self.head + lines[0], *lines[1:count]])) is not None:
                # What is left before the repetition may end by another rule, further up.
                lines = lines[:keep]
                return self._lines("\n".join(lines), True) or ("\n".join(lines), "repetition")
        # The block's rules read indentation, so the first line gets back what stands before the cursor.
        ended = self.block.end([self.head + lines[0], *lines[1:]], complete)
        if ended is not None:
            return self._ended(lines, *ended)
        if complete > self.max_lines:
            return "\n".join(lines[: self.max_lines]), "lines"
        if len(text) > self.max_chars:
            return "\n".join(lines[: max(complete, 1)])[: self.max_chars], "length"
        return None

    def _ended(self, lines: list[str], how: str, index: int, kept: int) -> Stopped:
        before = "\n".join(lines[:index])
        if how == "below":
            return before, "reached the text below"
        if how == "left":
            return before, "block left"
        if how == "fence":
            return before.rstrip("\n"), "code fence"
        # Without the cursor's own spaces, which were put in front of the first line above.
        kept = max(kept - (len(self.head) if index == 0 else 0), 0)
        line = lines[index][:kept]
        if line.strip():
            return "\n".join([*lines[:index], line]), "block closed"
        # The closer stands below already, or belongs to what the cursor is inside of.
        return before, "block left"

    def whole_lines(self, text: str) -> str:
        """The whole lines of a text that is still coming: what may be shown of it. '' of a single line."""
        if self.multiline:
            return text.rpartition("\n")[0].rstrip()
        blank = _BLANK_LINES.match(text) if self.next_line else None
        start = blank.end() if blank is not None else 0
        # Of a statement over several lines those that are there; a single line is shown when it has ended.
        return (
            text.rpartition("\n")[0].rstrip()
            if self.statement is not None and text.find("\n", start) >= 0
            else ""
        )


def _closer(snapshot: Snapshot, tail: str) -> str:
    """What stands at the beginning of `tail` and closes a pair; in prose nothing does."""
    found = _CLOSER.match(tail)
    return found[1] if found is not None and snapshot.language_id not in _PROSE else ""
