"""Somebody who types one line and takes what is right: how many keys a source of suggestions saves.

After each key the first suggestion is looked at: wholly right, it is taken (one key); else its first word, if
that is right and has two characters or more, is taken (one key); else the next character is typed (one key).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import define

_FIRST_WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)")


@define(slots=True)
class Keys:
    """What came of typing lines. A suggestion counts as shown when it is not the rest of the one before."""

    lines: int = 0
    characters: int = 0
    keys: int = 0
    shown: int = 0
    first_word_right: int = 0
    shown_characters: int = 0
    wrong_characters: int = 0
    """Of those shown, from the first wrong one on."""

    def add(self, other: Keys) -> None:
        for name in self.__slots__:
            if name != "__weakref__":
                setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def saved(self) -> float:
        """1 - keys / characters."""
        return 1 - self.keys / max(1, self.characters)

    def report(self) -> dict[str, float | int]:
        """The figures to print."""
        return {
            "lines": self.lines,
            "characters": self.characters,
            "keys saved": round(self.saved, 4),
            "shown": self.shown,
            "first word right": round(self.first_word_right / max(1, self.shown), 4),
            "wrong characters": round(self.wrong_characters / max(1, self.shown_characters), 4),
        }


class Typist:
    """Types `body`: ask for a suggestion at `column`, tell it with `see`, put in what `see` answers; until `done`."""

    def __init__(self, body: str, tally: Keys) -> None:
        self.body = body
        self.column = 0
        self._tally = tally
        self._last = ""
        tally.lines += 1
        tally.characters += len(body)

    @property
    def done(self) -> bool:
        return self.column >= len(self.body)

    def see(self, suggestion: str) -> str:
        """Look at the first line of `suggestion` ("" for none) and press one key. What comes into the document."""
        text = suggestion.split("\n", 1)[0].rstrip("\r")
        rest = self.body[self.column :]
        tally, step = self._tally, 1
        first = _FIRST_WORD.match(text)
        if first is None:
            self._last = ""
        else:
            word, right = first[0], _common(text, rest)
            # What is left of a suggestion after a key is no new one.
            if not (self._last and self._last.endswith(text)):
                tally.shown += 1
                tally.first_word_right += right >= len(word)
                tally.shown_characters += len(text)
                tally.wrong_characters += len(text) - right
            self._last = text
            # A suggestion of one character saves nothing: taking it is a key as well.
            if right == len(text) > 1:
                step = len(text)
            elif right >= len(word) > 1:
                step = len(word)
        tally.keys += 1
        self.column += step
        return rest[:step]


def mean(tallies: Iterable[Keys]) -> dict[str, float]:
    """The mean of the shares over several repositories."""
    reports = [tally.report() for tally in tallies]
    names = ("keys saved", "first word right", "wrong characters")
    return {name: round(sum(report[name] for report in reports) / max(1, len(reports)), 4) for name in names}


def _common(a: str, b: str) -> int:
    length = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        length += 1
    return length
