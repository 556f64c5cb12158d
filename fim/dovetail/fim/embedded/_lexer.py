"""Words and signs of any language, such that a line is exactly its indentation and its tokens.

A token carries the blanks before it (" foo" and "foo" are two raw tokens with one canonical token "foo"), so
the text of a line's rest is the plain concatenation of its raw tokens, while contexts are compared without
regard to blanks. A line starts with a raw token of its line end and indentation ("\\n    ", canonical "\\n");
blank lines have no tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]

NEWLINE = 0
"""The canonical id of a line start, in every vocabulary."""

_SIGNS = (
    r"\"\"\"|'''|\.\.\.|===|!==|\*\*=|//=|<<=|>>=|&&=|\|\|=|\?\?=|==|!=|<=|>=|->|=>|:=|&&|\|\||\+=|-=|\*=|/=|%=|"
    r"\|=|&=|\^=|\*\*|//|/\*|\*/|::|<<|>>|\+\+|--|\?\.|\?\?|<-|\.\."
)
TOKEN = re.compile(rf"[^\S\r\n]*(?:\w+|{_SIGNS}|[^\w\s])")
_INDENT = re.compile(r"[^\S\r\n]*")

# What stays itself when a line is reduced to its shape: the reserved words of the languages that we know.
KEYWORDS = frozenset(
    """and as assert async await break case catch chan class const continue def default defer del do elif else
    enum except export extends extern false False final finally fn for from func function get global go goto if
    impl implements import in instanceof interface is lambda let loop map match mod module mut namespace new nil
    None nonlocal not null nullptr of or override package pass private protected pub public raise range readonly
    ref return select self Self set static struct super switch template then this throw throws trait true True
    try type typeof undefined union unless until use using val var virtual void when where while with yield
    begin end elsif ensure rescue require include
    """.split()
)

ID, NUMBER = -1, -2
"""Shapes of names and numbers; every other token is its own shape."""


def split_indent(line: str) -> tuple[str, str]:
    """A line without its end as (indentation, the rest)."""
    end = _INDENT.match(line).end()  # type: ignore[union-attr]
    return line[:end], line[end:]


def is_word(text: str) -> bool:
    """Whether a canonical token is a name or a number."""
    return text[:1].isalnum() or text[:1] == "_"


class Vocabulary:
    """Raw tokens by number. It only grows; numbers stay valid for its lifetime."""

    __slots__ = ("_canon", "_canon_array", "_ids", "_shape", "_shape_array", "texts")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._ids: dict[str, int] = {}
        self.texts: list[str] = []
        self._canon: list[int] = []
        self._shape: list[int] = []
        self._canon_array: Ids = np.empty(0, np.int32)
        self._shape_array: Ids = np.empty(0, np.int32)
        self.add("\n")
        for text in texts:
            self.add(text)

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, text: str) -> int:
        """The number of a raw token, new or known."""
        known = self._ids.get(text)
        if known is not None:
            return known
        bare = text.lstrip()
        if text[0] == "\n":
            canon, shape = NEWLINE, NEWLINE
        elif bare != text:
            canon = self.add(bare)
            shape = self._shape[canon]
        else:
            canon = shape = len(self.texts)
            if bare[0].isdigit():
                shape = NUMBER
            elif is_word(bare) and bare not in KEYWORDS:
                shape = ID
        number = self._ids[text] = len(self.texts)
        self.texts.append(text)
        self._canon.append(canon)
        self._shape.append(shape)
        return number

    def find(self, text: str) -> int:
        """The number of a raw token, or -1."""
        return self._ids.get(text, -1)

    def canon_of(self, number: int) -> int:
        return self._canon[number]

    def shape_of(self, number: int) -> int:
        return self._shape[number]

    @property
    def canon(self) -> Ids:
        """Canonical number of each raw number."""
        if len(self._canon_array) != len(self.texts):
            self._canon_array = np.array(self._canon, np.int32)
        return self._canon_array

    @property
    def shape(self) -> Ids:
        """Shape of each raw number."""
        if len(self._shape_array) != len(self.texts):
            self._shape_array = np.array(self._shape, np.int32)
        return self._shape_array

    def line(self, line: str) -> list[int]:
        """The raw tokens of one line (its end is ignored), led by its line start; [] for a blank line."""
        indent, rest = split_indent(line)
        words = TOKEN.findall(rest)
        if not words:
            return []
        ids, add = self._ids, self.add
        start = "\n" + indent
        return [
            ids[start] if start in ids else add(start),
            *[ids[word] if word in ids else add(word) for word in words],
        ]

    def file(self, lines: Iterable[str]) -> list[int]:
        """The raw tokens of many lines, closed by a line start."""
        tokens: list[int] = []
        for line in lines:
            tokens += self.line(line)
        tokens.append(NEWLINE)
        return tokens
