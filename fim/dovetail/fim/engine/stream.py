"""One candidate as it comes in: unwrapped, in the buffer's indentation, and cut where the stop rules say."""

from __future__ import annotations

import re

from attrs import define, evolve, field

from dovetail.text import Point, Snapshot, context_at, indent_unit, nesting

from ..anchor import with_plain_ends
from ..rules.echo import WHY, without_said
from ..rules.outdented import Outdented
from ..rules.stop import StopRules
from ..rules.units import Units
from ..rules.wrapping import BACKTICKS_ARE_NO_CODE, Unwrapped, unwrap, without_backticks, without_echo
from ..types import SuggestionRequest

GROWING = "growing"
"""In place of a stop rule's name: a line that is still coming."""
ECHO_LINES = 20
"""Lines over the cursor that an answer in a code fence may say again."""
LONGEST_TOKEN = 32
"""Characters of the longest control token."""
_MARGIN = re.compile(r"(?<=\n)[ \t]+(?=[^\s])")


@define(slots=True)
class CandidateStream:
    """A candidate's text so far. Its pieces may be cut anywhere; what it says only ever grows."""

    rules: StopRules
    units: Units = field(factory=lambda: Units(None))
    outdented: Outdented | None = None
    """Where the cursor's line is blank and indented."""
    head: str = ""
    """The cursor's line up to the cursor."""
    tail: str = ""
    """What stands behind the cursor on its line."""
    above: tuple[str, ...] = ()
    """Some lines over the cursor's."""
    base: int = 0
    """Characters of `text` before the part that `rules` judge."""
    prose: bool = False
    """Whether fences and sentences are what the document consists of."""
    in_text: bool = False
    """Whether the cursor stands in a string or a comment."""
    backticks: str = ""
    """The language in which a pair of backticks around an answer is no code; '' where it may be."""
    text: str = ""
    """All of it, as it goes on from the cursor, with `\\n` for every line end."""
    main: str | None = None
    """The part that was asked for, once it has ended."""
    cut: str | None = None
    """The stop rule that ended `main`; None if the generator did."""
    done: bool = False
    """Whether no more will come."""
    confidence: float | None = None
    wrapped: str = ""
    """What the model sent instead of a text, where nothing was left of it."""
    _held: str = ""
    _unwrapped: bool = False
    _begun: bool = False

    @classmethod
    def of(cls, request: SuggestionRequest, rules: StopRules) -> CandidateStream:
        """A candidate for `request`, of which nothing has come yet."""
        snapshot, position = request.snapshot, request.position
        line = snapshot.line(position.line)
        return cls(
            rules,
            Units.at(snapshot, position, rules.block),
            _outdented(snapshot, rules),
            line[: position.column],
            line[position.column :],
            tuple(snapshot.lines.slice(max(position.line - ECHO_LINES, 0), position.line)),
            prose=snapshot.language is not None and snapshot.language.name == "markdown",
            in_text=context_at(snapshot, position) is not None,
            backticks=_without_backticks(snapshot, position),
        )

    @classmethod
    def seeded(cls, stream: CandidateStream, text: str) -> CandidateStream:
        """`stream` with `text` known already: the generator was asked for what comes after it."""
        seeded = evolve(stream, text=text)
        seeded._unwrapped = seeded._begun = True
        return seeded

    def add(self, text: str, *, done: bool = False, bounded: bool = False) -> None:
        """Take a piece, and look whether the part that was asked for has ended. `bounded`: see `Piece`."""
        self.done = self.done or done
        text = self._take(self._held + text)
        lines = text.count("\n")
        # The first text says where the answer begins; from there on it is only appended.
        if text and not self._begun:
            self._begun = True
            begun = self.rules.from_cursor(text)
            if begun is None:
                self.main, self.cut, self.done = "", "less indentation than the cursor's", True
                return
            if self.rules.head and not self.text:
                self.units.first(text[: len(text) - len(text.lstrip(" \t"))])
            if begun[0] != text:
                self.outdented = None  # it brought the line's indentation: its lines stand as they are meant
            text, self.rules = begun
            text = self._first_margin(text)
        if self.outdented is not None and self._begun:
            text = self.outdented.take(text, self.text, done=self.done)
        self._append(text)
        if bounded and self.main is None:
            # Behind whole lines, what came of the next one is none.
            whole = self.text.rpartition("\n")[0]
            self.text = whole if whole[self.base :].strip() else self.text
        # Rules read whole lines (and the length), so between line ends there is little to look at.
        if self.main is None and (lines or self.done or not self.rules.multiline or len(self.text) > 1_000):
            self._judge()

    def _judge(self) -> None:
        stopped = self.rules.check(self.text[self.base :], whole=self.done, typed=self.text[: self.base])
        if stopped is not None:
            self.main, self.cut = self.text[: self.base] + stopped[0], stopped[1]
        elif self.done:
            self.main = self.text

    def restart(self, base: int, rules: StopRules) -> None:
        """Ask for more: what was asked for now begins at `base` and ends by `rules`."""
        self.base, self.rules, self.main, self.cut = base, rules, None, None
        self._judge()

    def stopped_after(self, typed: int) -> tuple[str, str] | None:
        """Where a request that stands `typed` characters further on would end: the text and the rule, or None.

        What is still on its way ends where the whole of it does; beyond its end what is left stands for itself.
        """
        # It may yet end further on as a whole, and a part of it must not end earlier.
        if self.main is None and self.rules.multiline:
            return None
        return self.rules.check(self.text[typed:], whole=self.done, typed=self.text[:typed])

    def safe(self, start: int) -> str:
        """The text, of which the part from `start` on is a single line that is still coming, as far as it will
        certainly stay: without what may be the beginning of a stop string or a control token, and '' where the rules
        would end that line before it."""
        text = self.text.rstrip("\n")
        if "\n" in text[start:].strip("\n"):
            return ""
        # A `<` may begin a control token as long as no `>` has come and it is not too long for one.
        opened = text.rfind("<", start)
        if opened >= 0 and ">" not in text[opened:] and len(text) - opened < LONGEST_TOKEN:
            text = text[:opened]
        # The longest end of the text that a stop string could begin with.
        for stop in self.rules.stops:
            sizes = range(min(len(stop) - 1, len(text)), 0, -1)
            text = next((text[:-size] for size in sizes if text.endswith(stop[:size])), text)
        stopped = self.rules.check(text[start:], whole=True, typed=text[:start])
        return text if stopped is None or len(stopped[0]) >= len(text) - start else ""

    def _take(self, text: str) -> str:
        """What of `text` can be read now. Held back are: a `\\r` for the `\\n` that may follow, spaces at a line's
        start for what they stand before, and a beginning that may be the model's wrapping."""
        self._held = ""
        # `\r\n` may be cut in two by a piece's end.
        if not self.done and text.endswith("\r"):
            self._held = "\r"
            text = text[:-1]
        text = with_plain_ends(text)
        if not self._unwrapped and not self.prose:
            # In a comment or a long string a fence is text.
            fence = self.in_text and text.lstrip().startswith(("```", "~~~"))
            read = Unwrapped(text) if fence else unwrap(text, whole=self.done)
            if read is None:
                self._held = text + self._held
                return ""
            said: str | None = read.text
            if not read.fenced:
                said = without_said(read.text, self.head, self.above, tail=self.tail, whole=self.done)
                if said and self.backticks and said.lstrip().startswith("`"):
                    said = without_backticks(said, self.backticks, whole=self.done)
                said = self._below_header(said)
            if said is None:
                self._held = text + self._held
                return ""
            self._unwrapped = True
            if read.why:
                self.cut, self.wrapped = read.why, read.why
            elif read.text.strip() and not said.strip():
                self.cut, self.wrapped = WHY, WHY
            text = said
            if read.fenced:
                text = without_echo(text, self.head, self.above)
                if self.head.strip() and text[:1] in (" ", "\t") and not self.head.endswith((" ", "\t")):
                    text = "\n" + text  # an indented line goes below the header, not behind it
                self.done = True
        # Spaces at a line's start: the next piece says whether a line follows, or the text ends with them.
        if not self.done:
            kept = text.rstrip(" \t")
            if kept.endswith("\n") or (not kept and (not self._begun or self.text.endswith("\n"))):
                self._held = text[len(kept) :] + self._held
                text = kept
        return text

    def _below_header(self, text: str | None) -> str | None:
        """A statement that was answered at the end of a block's header goes on the next line, unless it closes the
        block again (`{ run(); }`). None to wait for its end."""
        if self._is_indented_below(text):
            return f"\n{text}"
        # Only a name or a keyword can begin a statement there; brackets and operators go on with the header.
        if not text or not self.rules.multiline or not self.units.header or not text[0].isalpha():
            return text
        if not self.head.rstrip().endswith(("{", ":")) or self.head[-1].isspace():
            return text
        if "\n" not in text and not self.done:
            return None
        first = nesting(self.units.language, text.partition("\n")[0])[-1]
        return text if first.low < 0 else f"\n{self.units.inner}{text}"

    def _is_indented_below(self, text: str | None) -> bool:
        """Whether `text`, at the end of a block's header, is the block without the line end before it: it is indented
        as the block's lines are, and no comment behind the header."""
        if not text or not self.rules.multiline or not self.units.header or self.tail.strip():
            return False
        lead = text[: len(text) - len(text.lstrip(" \t"))]
        own = self.head[: len(self.head) - len(self.head.lstrip())]
        first = text[len(lead) : len(lead) + 1]
        deep = ("\t" in lead or len(lead) > 1) and len(lead.expandtabs(4)) > len(own.expandtabs(4))
        return deep and first.isalpha() and self.head.endswith(("{", ":"))

    def _first_margin(self, text: str) -> str:
        """The answer with its first line's indentation in tabs, where the cursor stands before all of that line and
        the buffer has tabs."""
        body = text.lstrip(" \t")
        if (
            self.head
            or self.tail.strip()
            or body == text
            or body[:1] in ("", "\n")
            or self.units.unit != "\t"
        ):
            return text
        return self.units.margin(text[: len(text) - len(body)], "") + body

    def _append(self, text: str) -> None:
        """Add `text` with each line's margin in the buffer's unit."""
        if self.units.unit is None:
            self.text += text
            return
        at = 0
        joined = self.text + text
        start = len(self.text)
        out = self.text
        # Margins right behind a line end, the one before `text` included; older ones have been written
        # already.
        for margin in _MARGIN.finditer(joined, max(start - 1, 0)):
            if margin.start() < start:
                continue
            out += joined[start + at : margin.start()]
            out += self.units.margin(margin.group(), out)
            at = margin.end() - start
        self.text = out + joined[start + at :]


def _outdented(snapshot: Snapshot, rules: StopRules) -> Outdented | None:
    if not rules.head or rules.block.tag or rules.block.fence or rules.block.language is None:
        return None
    return Outdented(rules.head, rules.block.language, indent_unit(snapshot))


def _without_backticks(snapshot: Snapshot, position: Point) -> str:
    name = snapshot.language.name if snapshot.language is not None else ""
    if name not in BACKTICKS_ARE_NO_CODE or not snapshot.tree_ready:
        return ""
    return name if context_at(snapshot, position) is None else ""
