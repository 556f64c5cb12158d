"""A line as tokens: words, numbers, single characters. Spaces are no tokens, but each token knows where it stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(r"[^\W\d][\w$]*|\d[\w.]*|[^\w\s]|\S")
_WORD = re.compile(r"[^\W\d][\w$]*")
KEYWORDS = frozenset(
    """
    and as async await break case catch class const continue def default defer del do else enum except
    export extends False final finally fn for from func function go goto if impl implements import in
    instanceof interface is lambda let loop match mod mut new nil None nonlocal not null or package pass
    private protected pub public raise return select self static struct super switch this throw throws
    trait true True false try type typeof undefined unless until use var void where while with yield
    """.split()  # noqa: SIM905 - fewer lines to read than a list
)
"""Words that no rule takes for a name, of all languages together."""


class Tokens(NamedTuple):
    """The tokens of one line; token `i` is `line[starts[i]:ends[i]]`."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


_LONG = 400
"""Code points of a line whose tokens are kept: what is kept has a bound in bytes, not only in lines."""


def tokens(line: str) -> Tokens:
    """The tokens of a line; columns are code points. Linear in its length."""
    return _kept_tokens(line) if len(line) <= _LONG else _tokens(line)


def _tokens(line: str) -> Tokens:
    found = [match.span() for match in _TOKEN.finditer(line)]
    return Tokens(
        tuple(line[start:end] for start, end in found),
        tuple(start for start, _ in found),
        tuple(end for _, end in found),
    )


_kept_tokens = lru_cache(maxsize=16_384)(_tokens)


@lru_cache(maxsize=16_384)
def is_word(token: str) -> bool:
    """Whether a token is an identifier or a keyword."""
    return _WORD.match(token) is not None


def is_name(token: str) -> bool:
    """Whether a token is an identifier and no keyword."""
    return is_word(token) and token not in KEYWORDS


def words_of(lines: Iterable[str]) -> Counter[str]:
    """The tokens of some lines, counted."""
    return Counter(word for line in lines for word in tokens(line).words)


def likeness(one: str, other: str) -> float:
    """How alike two lines are: shared tokens (as multisets) to all, 0 to 1."""
    a, b = Counter(tokens(one).words), Counter(tokens(other).words)
    total = sum(a.values()) + sum(b.values())
    return 2 * sum((a & b).values()) / total if total else 1.0
