"""Words and signs of any language, such that a line is exactly its indentation and its tokens.

A token carries the spaces before it (" foo" and "foo" are two raw tokens with one canonical token "foo"), so
the text of a line's rest is the plain concatenation of its raw tokens, while contexts are compared without
regard to spaces. A line starts with a raw token of its line end and indentation ("\\n    ", canonical "\\n");
blank lines have no tokens.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .texts import NO_TEXTS, StoredTexts, Texts

Ids = npt.NDArray[np.int32]

LONGEST = 2_000
"""Lines of more characters are data, not code: they are neither learnt nor completed."""
_MOST_ABSENT = 1 << 12
_UNKNOWN = -9
"""The number of a word that is not known: no symbol that anything is sorted by."""

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

    __slots__ = ("_absent", "_canon", "_ids", "_lock", "_shape", "_size", "stored", "texts")

    def __init__(self, stored: StoredTexts = NO_TEXTS) -> None:
        """A vocabulary with the tokens of `stored`, of which nothing else is known yet (see `restore`)."""
        self._ids: dict[str, int] = {}
        self._absent: set[str] = set()
        """Some that are not among the stored ones: the same words are asked for at each question."""
        self._lock = threading.RLock()
        self._canon: Ids = np.zeros(1024, np.int32)
        self._shape: Ids = np.zeros(1024, np.int32)
        self.stored = stored
        """The first tokens, as far as they lie in a file."""
        self.texts = Texts(stored)
        """The text of each raw token."""
        self._size = len(stored)
        if not stored:
            self.add("\n")

    @classmethod
    def restore(cls, stored: StoredTexts, canon: Ids, shape: Ids) -> Vocabulary:
        """The vocabulary with these tokens and what is known of each."""
        vocabulary = cls(stored)
        # Room for the words of open documents, so that the first new one does not copy all that is known.
        spare = np.zeros(len(stored) // 8 + 1024, np.int32)
        vocabulary._canon = np.concatenate((canon, spare)).astype(np.int32)
        vocabulary._shape = np.concatenate((shape, spare)).astype(np.int32)
        return vocabulary

    def upto(self, count: int) -> Vocabulary:
        """A vocabulary of the first `count` tokens of this one, under the same numbers; at least of those stored."""
        size = len(self.stored)
        vocabulary = Vocabulary.restore(self.stored, self._canon[:size], self._shape[:size])
        for number in range(len(vocabulary), count):
            vocabulary.add(self.texts[number])
        return vocabulary

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[str]:
        """The texts of all tokens by number. Does not keep those that are only stored."""
        for number in range(self._size):
            text = self.texts.get(number)
            yield text if text is not None else self.stored.bytes_of(number).decode("utf-8")

    def add(self, text: str) -> int:
        """The number of a raw token, new or known."""
        known = self.find(text)
        if known >= 0:
            return known
        with self._lock:
            # Another thread may have been here meanwhile.
            known = self._ids.get(text, -1)
            if known >= 0:
                return known
            bare = text if text[0] == "\n" else text.lstrip()
            canon = shape = 0
            if text[0] != "\n":
                # The canonical token is entered first, if it is not there yet: the raw one points at it.
                canon = self.add(bare) if bare != text else self._size
                shape = int(self._shape[canon]) if bare != text else shape_of(bare, canon)
            number = self._size
            # Twice as long, in a new array: whoever reads the old one goes on with it undisturbed.
            if number == len(self._canon):
                self._canon = np.concatenate((self._canon, np.zeros(number, np.int32)))
                self._shape = np.concatenate((self._shape, np.zeros(number, np.int32)))
            self._canon[number] = canon
            self._shape[number] = shape
            self.texts[number] = text
            self._size += 1
            self._ids[text] = number
            return number

    def extend(self, texts: Sequence[str]) -> Ids:
        """The numbers of many raw tokens, in order."""
        ids, add = self._ids, self.add
        return np.array([ids[text] if text in ids else add(text) for text in texts], np.int32)

    def find(self, text: str) -> int:
        """The number of a raw token, or -1."""
        known = self._ids.get(text, -1)
        if known < 0 and self.stored and text not in self._absent:
            known = self.stored.find(text)
            if known >= 0:
                self._ids[text] = known
            else:
                if len(self._absent) >= _MOST_ABSENT:
                    self._absent.clear()
                self._absent.add(text)
        return known

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
        rest = line.lstrip()
        if not rest:
            return []
        words = TOKEN.findall(rest)
        words.insert(0, "\n" + line[: len(line) - len(rest)])
        # All of them known: nothing is done for each but to look it up.
        found = [*map(self._ids.get, words)]
        if None in found:
            add = self.add
            return [
                add(word) if number is None else number for number, word in zip(found, words, strict=True)
            ]
        return found  # type: ignore[return-value]

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
                # Blank lines go into the line start of the next line, two at most: more say nothing more.
                if blank:
                    start = "\n" * blank + self.texts[found[0]]
                    tokens[-len(found)] = self.add(start)
                blank = 0
            elif blank < 2:
                blank += 1
        tokens.append(NEWLINE)
        return tokens

    def look_up(self, words: Iterable[str]) -> tuple[list[int], list[int]]:
        """Canonical numbers and shapes of canonical words, without learning them: a new word is `_UNKNOWN`."""
        ids, find = self._ids, self.find
        canon = [ids[word] if word in ids else find(word) for word in words]
        canon = [number if number >= 0 else _UNKNOWN for number in canon]
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
