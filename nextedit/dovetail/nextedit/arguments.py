"""The arguments of the calls in a line, and the one that an edit replaced.

A rewrite of tokens knows its neighbours, not what they are: where `0` became `margin` in `resize(0, 0, image)` it finds
any `0` between commas. As an argument it is the second of `resize`, whatever the others are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .tokens import KEYWORDS, is_word, tokens

MOST_TOKENS = 12
"""Longer arguments are seldom repeated word for word."""
_OPENING, _CLOSING, _QUOTES = frozenset("([{"), frozenset(")]}"), frozenset("\"'`")
_FIRST = frozenset(["self", "super", "this", "await", "new"])
"""Keywords of some language that may stand before a bracket as a callee does; the others head a statement."""


class Argument(NamedTuple):
    """The tokens `first` to `last` (not included) of a line, in the call of `callee`."""

    callee: str
    slot: str | int
    """Its keyword, or its place from 0."""
    first: int
    last: int


class _Call(NamedTuple):
    callee: str
    starts: list[int]
    """Where its arguments begin, the one under way last."""


def arguments(words: tuple[str, ...]) -> Iterator[Argument]:
    """The arguments of the calls in a line whose brackets close in it, inner calls before outer ones. Linear."""
    # A stack instead of recursion: lines may have hundreds of brackets. None is a bracket that is no call.
    open_calls: list[_Call | None] = []
    quote = ""
    for at, word in enumerate(words):
        # Brackets and commas inside a string are text.
        if quote:
            quote = "" if word == quote and words[at - 1] != "\\" else quote
        elif word in _QUOTES:
            quote = word
        elif word in _OPENING:
            before = words[at - 1] if at and word == "(" else ""
            called = before and is_word(before) and (before not in KEYWORDS or before in _FIRST)
            # `def f(a)` names parameters, not arguments.
            defined = at > 1 and words[at - 2] in ("def", "fn", "func", "function")
            open_calls.append(_Call(before, [at + 1]) if called and not defined else None)
        elif word == "," and open_calls and (call := open_calls[-1]) is not None:
            call.starts.append(at + 1)
        elif word in _CLOSING and open_calls:
            call = open_calls.pop()
            if call is None or word != ")":
                continue
            # Each ends before the comma of the next, the last before the bracket; `f()` and `f(a,)` have an empty one.
            for place, (first, last) in enumerate(
                zip(call.starts, [*(start - 1 for start in call.starts[1:]), at], strict=True)
            ):
                if first < last:
                    yield Argument(call.callee, _keyword(words, first, last) or place, first, last)


def _keyword(words: tuple[str, ...], first: int, last: int) -> str:
    """The name of a keyword argument; '' of one that has its place."""
    named = last - first > 2 and is_word(words[first]) and words[first + 1] == "=" and words[first + 2] != "="
    return words[first] if named else ""


def replaced(old: str, new: str) -> tuple[Argument, Argument] | None:
    """The innermost argument that two lines differ in, and in nothing else: as it was and as it is."""
    a, b = tokens(old).words, tokens(new).words
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    if head + tail == len(a) == len(b):
        return None
    after = {(each.callee, each.slot, each.first): each for each in arguments(b)}
    # Inner calls come first, so that the first that holds the whole difference is the innermost.
    # Callee, slot and start must agree: what stands before the difference is the same in both lines.
    for was in arguments(a):
        now = after.get((was.callee, was.slot, was.first))
        # The argument holds the whole difference: all before it is common head, all behind it common tail.
        if (
            now is not None
            and was.first <= head
            and len(a) - was.last <= tail
            and len(a) - was.last == len(b) - now.last
        ):
            fits = max(was.last - was.first, now.last - now.first) <= MOST_TOKENS
            return (was, now) if fits else None
    return None
