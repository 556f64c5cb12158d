"""Words and signs of any language, such that a line is exactly its indentation and its tokens.

A token carries the spaces before it (" foo" and "foo" are two raw tokens with one canonical token "foo"), so
the text of a line's rest is the plain concatenation of its raw tokens, while contexts are compared without
regard to spaces. A line starts with a raw token of its line end and indentation ("\\n    ", canonical "\\n");
blank lines have no tokens.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]

LONGEST = 2_000
"""Lines of more characters are data, not code: they are neither learnt nor completed."""
_STEP = 20_000

NEWLINE = 0
"""The canonical id of a line start, in every vocabulary."""

_SIGNS = (
    r"\"\"\"|'''|\.\.\.|===|!==|\*\*=|//=|<<=|>>=|&&=|\|\|=|\?\?=|==|!=|<=|>=|->|=>|:=|&&|\|\||\+=|-=|\*=|/=|%=|"
    r"\|=|&=|\^=|\*\*|//|/\*|\*/|::|<<|>>|\+\+|--|\?\.|\?\?|<-|\.\."
)
TOKEN = re.compile(rf"[^\S\r\n]*(?:\w+|{_SIGNS}|[^\w\s])")
_INDENT = re.compile(r"[^\S\r\n]*")

# What stays itself when a line is reduced to its shape: the reserved words of the languages that we know.
_RESERVED = """
    and as assert async await break case catch chan class const continue def default defer del do elif else
    enum except export extends extern false False final finally fn for from func function get global go goto
    if impl implements import in instanceof interface is lambda let loop map match mod module mut namespace
    new nil None nonlocal not null nullptr of or override package pass private protected pub public raise
    range readonly ref return select self Self set static struct super switch template then this throw throws
    trait true True try type typeof undefined union unless until use using val var virtual void when where
    while with yield begin end elsif ensure rescue require include
"""
KEYWORDS = frozenset(_RESERVED.split())

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
    """Raw tokens by number. It only grows; numbers stay valid for its lifetime. Threads may share it."""

    __slots__ = ("_canon", "_ids", "_lock", "_shape", "texts")

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._lock = threading.RLock()
        self._canon: Ids = np.zeros(1024, np.int32)
        self._shape: Ids = np.zeros(1024, np.int32)
        self.texts: list[str] = []
        self.add("\n")

    @classmethod
    def restore(cls, texts: list[str], canon: Ids, shape: Ids) -> Vocabulary:
        """The vocabulary with these tokens and what is known of each."""
        vocabulary = cls()
        vocabulary.texts = texts
        spare = np.zeros(len(texts) // 8 + 1024, np.int32)
        vocabulary._canon = np.concatenate((canon, spare)).astype(np.int32)
        vocabulary._shape = np.concatenate((shape, spare)).astype(np.int32)
        for low in range(0, len(texts), _STEP):  # in steps, so that other threads get their turn
            part = texts[low : low + _STEP]
            vocabulary._ids.update(zip(part, range(low, low + len(part)), strict=True))
        return vocabulary

    def upto(self, count: int) -> Vocabulary:
        """A vocabulary of the first `count` tokens of this one, under the same numbers."""
        return Vocabulary.restore(self.texts[:count], self._canon[:count], self._shape[:count])

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, text: str) -> int:
        """The number of a raw token, new or known."""
        known = self._ids.get(text)
        if known is not None:
            return known
        with self._lock:
            bare = text if text[0] == "\n" else text.lstrip()
            canon = shape = 0
            if text[0] != "\n":
                canon = self.add(bare) if bare != text else len(self.texts)
                shape = int(self._shape[canon]) if bare != text else shape_of(bare, canon)
            number = len(self.texts)
            if number == len(self._canon):
                self._canon = np.concatenate((self._canon, np.zeros(number, np.int32)))
                self._shape = np.concatenate((self._shape, np.zeros(number, np.int32)))
            self._canon[number] = canon
            self._shape[number] = shape
            self.texts.append(text)
            self._ids[text] = number
            return number

    def extend(self, texts: Sequence[str]) -> Ids:
        """The numbers of many raw tokens, in order."""
        ids, add = self._ids, self.add
        return np.array([ids[text] if text in ids else add(text) for text in texts], np.int32)

    def find(self, text: str) -> int:
        """The number of a raw token, or -1."""
        return self._ids.get(text, -1)

    @property
    def canon(self) -> Ids:
        """The canonical number of each raw number."""
        return self._canon

    @property
    def shape(self) -> Ids:
        """The shape of each raw number."""
        return self._shape

    def line(self, line: str) -> list[int]:
        """The raw tokens of one line (its end is ignored), led by its line start; [] for a blank line."""
        if len(line) > LONGEST:
            return []
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

    def file(self, lines: Iterable[str], line: Callable[[str], Sequence[int]] | None = None) -> list[int]:
        """The raw tokens of many lines, closed by a line start. `line` may be a way to ask `self.line` that
        remembers its answers."""
        line = line or self.line
        tokens: list[int] = []
        blank = 0
        for text in lines:
            found = line(text)
            if found:
                tokens += found
                if blank:
                    start = "\n" * blank + self.texts[found[0]]
                    tokens[-len(found)] = self.add(start)
                blank = 0
            elif blank < 2:
                blank += 1
        tokens.append(NEWLINE)
        return tokens

    def look_up(self, words: Iterable[str]) -> tuple[list[int], list[int]]:
        """Canonical numbers and shapes of canonical words, without learning them: a new word is -9."""
        canon = [self._ids.get(word, -9) for word in words]
        shapes = [shape_of(word, number) for word, number in zip(words, canon, strict=True)]
        return canon, shapes


def shape_of(word: str, number: int) -> int:
    """The shape of a canonical token."""
    if word[0].isdigit():
        return NUMBER
    return ID if is_word(word) and word not in KEYWORDS else number


@lru_cache(maxsize=1 << 12)
def words_of(line: str) -> tuple[str, ...]:
    """The canonical tokens of a line, without its line start; none where it is too long."""
    return tuple(map(str.strip, TOKEN.findall(line))) if len(line) <= LONGEST else ()
