"""The nouns: a text, an edit that was made, an edit that is proposed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from pathlib import PurePosixPath

from attrs import define, field

from dovetail.text import Snapshot

NEIGHBOURS = 4
"""Lines above and below that an edit remembers."""
MAX_HELD = 200
"""Searches whose outcome a text remembers."""


@define(frozen=True, slots=False, eq=False)
class Text:
    """One file at one moment. `lines` have no ends. Two texts of the same file are told apart by identity."""

    uri: str
    lines: tuple[str, ...]
    language_id: str = ""
    document: Snapshot | None = None
    """The document that `lines` are of, where there is one: its syntax tree is used instead of another."""

    @cached_property
    def snapshot(self) -> Snapshot:
        """The text as a document; its tree is made when it is first asked for, and kept."""
        if self.document is not None:
            return self.document
        return Snapshot.open(self.uri, "\n".join(self.lines), language_id=self.language_id)

    @cached_property
    def joined(self) -> str:
        """All lines, each behind a line feed, so that a search finds whole lines as well."""
        return "\n" + "\n".join(self.lines) + "\n"

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each line starts in `joined`."""
        # The 1 is the line feed that each line stands behind.
        return tuple(accumulate(map((1).__add__, map(len, self.lines[:-1])), initial=1)) if self.lines else ()

    @cached_property
    def _held(self) -> dict[str, bool]:
        return {}

    def holds(self, text: str) -> bool:
        """Whether `text`, without a line end, stands anywhere in it; remembered."""
        known = self._held.get(text)
        if known is None:
            if len(self._held) >= MAX_HELD:
                self._held.clear()
            known = self._held[text] = text in self.joined
        return known

    def lines_with(self, text: str) -> Iterator[int]:
        """Numbers of the lines that hold `text`, each once, in order. Lines without it are not looked at."""
        joined, starts = self.joined, self.starts
        at = joined.find(text, 1)
        while at >= 0:
            line = bisect_right(starts, at) - 1
            yield line
            # From the end of this line on: a line with several is given once.
            at = joined.find(text, starts[line] + len(self.lines[line]))

    @cached_property
    def suffix(self) -> str:
        return PurePosixPath(self.uri).suffix.lower()


@define(frozen=True, slots=True)
class Edit:
    """Lines that became others. `line` counts from 0 in the text after the edit."""

    uri: str
    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    above: tuple[str, ...] = ()
    """Up to four lines above it, the nearest last."""
    below: tuple[str, ...] = ()
    """Up to four lines below it, the nearest first."""
    accepted: bool = False
    """It was a proposal that the user took."""
    was: int = -1
    """The line of `old` in the text before the edit, where it is known."""


@define(frozen=True, slots=True)
class Proposal:
    """An edit that follows from edits that were made. Nothing is written unless `old` still stands there."""

    uri: str
    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    rule: str
    """The kind of rule: rewrite, block, insertion, argument, template, import; "model" where a model said so."""
    examples: tuple[Edit, ...]
    """The edits that it follows from, oldest first."""
    places: int
    """Places in all texts where the rule applies, this one among them."""
    chance: float
    """How likely it is that the user would make this edit, 0 to 1, calibrated on recorded commits; 0: not known."""

    @property
    def key(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """What it is known by after lines were inserted further up: file, old lines, new lines."""
        return self.uri, self.old, self.new


@define(frozen=True, slots=True)
class Rename:
    """A definition has another name now, and the old one is still used."""

    uri: str
    line: int
    """Of the definition, from 0."""
    column: int
    """Where the new name begins, in code points."""
    old: str
    new: str
    uses: int
    """Lines that hold the old name."""


@define(frozen=True, slots=True)
class Silence:
    """Why nothing is proposed, with the best that was held back."""

    reason: str
    best: Proposal | None = None
    refused: tuple[tuple[str, str], ...] = field(default=())
    """(what was refused, why), for `why`."""
    rename: Rename | None = None
    """What is for the editor's own rename."""
