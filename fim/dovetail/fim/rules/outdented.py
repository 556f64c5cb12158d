"""Answers whose lines are written from the margin on, though they go where the cursor's line is indented.

Chat models begin at the cursor (`if x:`) and indent what follows as if that line stood at the margin. The first line
opens a block, and the next one stands no further in than the cursor does: no language reads that as the block. From
there on each line gets what stands before the cursor in front.
"""

from __future__ import annotations

import re

from attrs import define, field

from dovetail.text import Language, nesting

_NEXT = re.compile(r"\n(?:[ \t]*\n)*([ \t]*)(\S[^\n]*)")
_LABEL = re.compile(
    r"case\b|default\b|when\b|in\b|else\b|public\b|private\b|protected\b|[\w.]+:\s*\Z|[#)\]}*/;-]"
)
"""How a line begins that may stand as far out as what opens its block."""
_CLOSES = re.compile(r"[)\]}]|end\b|fi\b|done\b|esac\b")
TAB = 4
"""Columns of a tab."""


def _columns(margin: str) -> int:
    return len(margin.expandtabs(TAB))


@define(slots=True)
class Outdented:
    """Reads an answer piece by piece, and puts its lines where they belong. Nothing is held back but what follows the
    first line, until the next one has come as far as it tells."""

    head: str
    """The spaces before the cursor on its otherwise blank line."""
    language: Language | None
    unit: str
    """One level of indentation in the buffer."""
    _own: int | None = field(init=False, default=None)
    """Columns of a level in the answer, where its lines are to be moved; 0: they stand right; None: not known yet."""
    _waiting: str = field(init=False, default="")
    _starts: bool = field(init=False, default=False)
    """Whether what comes next begins a line."""

    def __attrs_post_init__(self) -> None:
        if self.head and not self.head.strip("\t"):
            self.unit = "\t"  # the cursor's line may be the first that shows it

    def take(self, text: str, before: str, *, done: bool) -> str:
        """What of an answer may go on behind `before`, its lines in place."""
        if self._own == 0:
            return text
        text = self._waiting + text
        self._waiting = ""
        if self._own is None:
            first, end, rest = text.partition("\n")
            if not end:
                return text
            found = _NEXT.match(end + rest)
            # How the next line begins decides, and where it stands no further in, what it is.
            ended = found is not None and (
                found.end() < len(end + rest) or self._depth(found[1]) > self._here()
            )
            if not ended and not done:
                self._waiting = end + rest
                return first
            self._own = self._level(before + first, found) if found is not None else 0
            if not self._own:
                return text
        return self._moved(text, before)

    def _here(self) -> int:
        return _columns(self.head)

    def _depth(self, margin: str) -> int:
        """Columns of a margin. A tab is one level, however wide the buffer's levels are."""
        return (
            margin.count("\t") * len(self.unit) if self.unit != "\t" and "\t" in margin else _columns(margin)
        )

    def _level(self, first: str, found: re.Match[str]) -> int:
        """Columns of a level, where the line behind `first` shows that the answer starts at the margin; else 0."""
        margin, line = _columns(found[1]), found[2]
        state = nesting(self.language, first)[-1]
        offside = self.language is not None and self.language.offside and first.rstrip().endswith(":")
        if state.inside or not (state.depth > 0 or offside) or first[:1] in " \t":
            return 0
        if not margin:
            # Nothing but the end of what was opened: `if (a) {` and `}`.
            return len(self.unit.expandtabs(TAB)) if _CLOSES.match(line) and state.depth > 0 else 0
        deep, here = self._depth(found[1]), self._here()
        if deep > here or (deep == here and _LABEL.match(line) and not (offside and line[0] != "-")):
            return 0
        return margin

    def _moved(self, text: str, before: str) -> str:
        lines, out = text.split("\n"), before
        for number, line in enumerate(lines):
            bare = line.lstrip(" \t")
            if bare and (number or self._starts) and not nesting(self.language, f"{out}x")[-1].inside:
                levels, rest = divmod(_columns(line[: len(line) - len(bare)]), self._own or 1)
                line = self.head + self.unit * levels + " " * rest + bare
            out += line + ("\n" if number < len(lines) - 1 else "")
        if text:
            self._starts = text.endswith("\n")
        return out[len(before) :]
