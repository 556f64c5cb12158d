"""The likeliest next tokens of one place, each with the numbers that the ranker judges it by."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from attrs import define

from ..index.lexer import KEYWORDS, is_word
from .counted import COLUMNS, Counted
from .hints import NOTHING, Hints

_SCOPE_NAMES = ("workspace", "folder", "file", "near")
NAMES = (
    *("chance", "rank", "lead", "second", "line end", "whole word", "token's own"),
    *(
        f"{scope} {what}"
        for scope in _SCOPE_NAMES
        for what in (
            "level",
            "total",
            "followers",
            "share",
            "longest level",
            "longest share",
            "count",
            "direct count",
        )
    ),
    *("distance", "direct distance"),
    *("typed", "to come", "kind", "characters", "tokens", "way", "step", "before"),
    *("on this line", "on the line above"),
    *("line share", "line best", "best line"),
    *("gone level", "words gone"),
    *("parameter", "parameters", "member", "members", "bound"),
    *("fitting parameters", "fitting members", "fitting names", "members whole"),
)
SAID = 23
"""Kinds of what the code says of a candidate (see `said_of`)."""
_LEVEL, _TYPED, _PARAMETER, MEMBER, _BOUND, _FITTING, WHOLE = map(
    NAMES.index,
    ("workspace level", "typed", "parameter", "member", "bound", "fitting parameters", "members whole"),
)


@define(frozen=True, slots=True)
class Around:
    """What is known of the place besides the occurrences."""

    characters: int = 0
    """Of the line before it, indentation left out."""
    tokens: int = 0
    way: int = 0
    """0: no word is being typed; 1: the word goes on; 2: what is typed is a whole word."""
    step: int = 0
    """Tokens that are suggested before this one."""
    before: int = 0
    """The kind of the last token (see `kind_of`)."""
    whole: float = 0.0
    """The chance that what is typed of a word is all of it."""
    typed: int = 0
    """Characters of the word that are typed."""
    here: Collection[str] = ()
    """Canonical tokens of the line before it."""
    above: Collection[str] = ()
    """Canonical tokens of the line above."""


@define(slots=True, eq=False)
class Table:
    """Candidates, best first by the mixed chances, and a row of numbers for each."""

    tokens: list[int]
    chances: list[float]
    rows: npt.NDArray[np.float32]
    whole: float
    """The chance of the token that is exactly what is typed (0 where nothing is)."""
    end: float
    """The chance that the line ends here."""


def kind_of(text: str) -> int:
    """What a canonical token is: 0 nothing, 1 name, 2 keyword, 3 number, 4 opening, 5 any other character."""
    if not text or text[0] == "\n":
        return 0
    if is_word(text):
        return 3 if text[0].isdigit() else 2 if text in KEYWORDS else 1
    return 4 if text in "([{" else 5


def said_of(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """What the code says of each candidate, one kind a row: 0 where it says nothing. Of candidates for a word that is
    typed in part, whether each is the only name that fits, or another than the names that do."""
    # The same for all rows; where nothing is named there is nothing to tell.
    if not len(rows) or not (rows[0, WHOLE] or rows[0, _FITTING : _FITTING + 3].any()):
        return np.zeros(len(rows), np.intp)
    typed = rows[:, _TYPED]
    parameters, members, bound = rows[:, _FITTING], rows[:, _FITTING + 1], rows[:, _FITTING + 2]
    is_parameter, is_member, is_bound = (rows[:, column] >= 0 for column in (_PARAMETER, MEMBER, _BOUND))
    whole, part = rows[:, WHOLE] > 0, typed > 0
    # More than three letters tell no more.
    letters = np.minimum(typed, 3).astype(np.intp)
    said = np.zeros(len(rows), np.intp)
    # From what says least to what says most.
    said[part & (bound == 1) & ~is_bound & (typed > 1)] = 11
    only = part & (bound == 1) & is_bound
    said[only] = 4 + letters[only]  # 5, 6, 7
    said[part & (parameters == 1) & ~is_parameter] = 10
    only = part & (parameters == 1) & is_parameter
    said[only] = 2 + np.minimum(letters[only], 2)  # 3, 4
    said[part & (members > 0) & ~is_member] = 8
    said[part & (members > 0) & ~is_member & whole] = 9
    said[whole & ~is_member & ~part] = 12
    said[whole & is_member & ~part] = 13
    said[whole & (members == 0) & part] = 14
    said[part & is_member & (members > 1) & (members < 4)] = 2
    said[part & is_member & (members == 1)] = 1
    # Names that were never seen behind even one of these tokens: 15 to 22 in place of 1 to 7 and 13.
    cold = (rows[:, _LEVEL] <= 0) & (said > 0) & ((said < 8) | (said == 13))
    said[cold] = 14 + np.minimum(said[cold], 8)
    return said


def table_of(
    counted: Counted | None,
    texts: Mapping[int, str],
    around: Around,
    *,
    lines: Sequence[tuple[str, float]] = (),
    gone: Mapping[int, int] = MappingProxyType({}),
    hints: Hints = NOTHING,
    fitting: Hints | None = None,
) -> Table | None:
    """What was counted as a table for one place; None where there is nothing.

    Args:
        texts: of the vocabulary.
        lines: rests of the line that whole-line evidence proposes, with their chances; from the same place on.
        gone: canonical tokens that were just deleted, each with how many tokens of the context it followed.
        hints: what the code says may come.
        fitting: those of them that begin with what is typed (None: all).
    """
    if counted is None:
        return None
    if not counted.tokens:
        return Table([], [], np.empty((0, len(NAMES)), np.float32), counted.whole, counted.end)
    rows = np.zeros((len(counted.tokens), len(NAMES)), np.float32)
    rows[:, :COLUMNS] = counted.rows
    if around.way == 2:
        rows[:, 5] = around.whole
    words = [texts[token] for token in counted.tokens]
    at = COLUMNS
    typed = around.typed if around.way != 2 else 0
    taken = around.typed if around.way == 1 else 0
    bare_words = [word.lstrip() for word in words]
    rows[:, at : at + 10] = [
        (
            typed,
            len(word) - taken,
            kind_of(word),
            around.characters,
            around.tokens,
            around.way,
            around.step,
            around.before,
            word in around.here,
            word in around.above,
        )
        for word in bare_words
    ]
    # The part that is typed already stands before these rests of the line, so it is taken off.
    if lines:
        _lines(rows[:, at + 10 : at + 13], [word[taken:] if taken else word for word in words], lines)
    fitting = hints if fitting is None else fitting
    lost, said = math.log1p(len(gone)), (len(fitting.parameters), len(fitting.members), len(fitting.bound))
    parameters, members, bound = hints.parameters, hints.members, hints.bound
    rows[:, at + 13 : at + 24] = [
        (
            gone.get(token, -1),
            lost,
            parameters.get(token, -1),
            len(parameters),
            members.get(token, -1),
            len(members),
            bound.get(token, -1),
            *said,
            hints.whole,
        )
        for token in counted.symbols
    ]
    return Table(counted.tokens, counted.chances, rows, counted.whole, counted.end)


def _lines(rows: npt.NDArray[np.float32], words: Sequence[str], lines: Sequence[tuple[str, float]]) -> None:
    """The share of the whole-line proposals that begin with each word, the greatest chance among these, and the
    greatest of all."""
    for row, word in zip(rows, words, strict=True):
        share = best = top = 0.0
        for text, chance in lines:
            top = max(top, chance)
            if text.startswith(word):
                share += chance
                best = max(best, chance)
        row[:] = share, best, top
