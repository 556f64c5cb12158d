"""Brackets in a piece of code, read without a grammar: strings are skipped, nothing else is understood."""

from __future__ import annotations

import re

from attrs import define

PAIRS = {")": "(", "]": "[", "}": "{"}
QUOTES = "\"'`"
_PREFIX = re.compile(r"(?<!\w)[rbuf]{1,2}\Z", re.IGNORECASE)
"""Before a string: raw, of bytes, formatted."""


@define(frozen=True, slots=True)
class Scan:
    """What a piece of code leaves open, and what it closes that it did not open."""

    closers: tuple[int, ...]
    """Where it closes something that stands before it: brackets, and the string it begins in."""
    openers: tuple[int, ...]
    """Where brackets stand that it does not close."""
    quote: str
    """The quote of the string that it ends in, or ''."""
    wrong: tuple[int, ...] = ()
    """Where it closes with the wrong kind what it opened itself."""


def scan(text: str, inside: str = "", behind: str = "") -> Scan:
    """Read `text`, which begins inside a string of quote `inside` if that is given. `behind` is what follows: it tells
    an apostrophe from a quote."""
    seen = text + behind
    stack: list[int] = []
    closers: list[int] = []
    wrong: list[int] = []
    quote, ours = inside, bool(inside)
    skip = False
    after = 0
    for index, character in enumerate(text):
        if index < after:
            continue
        if skip:
            skip = False
        elif quote == "`" and character == "$" and text[index + 1 : index + 2] == "{":
            after = _behind_value(text, index + 2)
        elif quote:
            if character == "\\":
                skip = True
            # Only a backtick's string goes over the end of a line; others are unfinished there.
            elif character == quote or (character == "\n" and quote != "`"):
                if ours and character == quote:
                    closers.append(index)
                quote, ours = "", False
        elif character in QUOTES:
            # An apostrophe inside a word ("don't") or before a name ("'a", a lifetime) opens no string.
            if character != "'" or _opens(seen, index):
                quote = character
        elif character in "([{":
            stack.append(index)
        elif character in PAIRS:
            if stack and text[stack[-1]] == PAIRS[character]:
                stack.pop()
            # A closer of the wrong kind is left alone: in code that is being written it says nothing of what
            # stands before it.
            elif not stack:
                closers.append(index)
            else:
                wrong.append(index)
    return Scan(tuple(closers), tuple(stack), quote, tuple(wrong))


def _behind_value(text: str, at: int) -> int:
    """Behind the `}` of a value in a template string (`${…}`) that begins at `at`, whatever strings and templates
    it holds; `at` where it does not end."""
    open_: list[str] = ["}"]
    index = at
    while index < len(text):
        character, inside = text[index], open_[-1]
        if character == "\\" and inside != "}":
            index += 1
        elif character == inside:
            open_.pop()
            if not open_:
                return index + 1
        elif inside == "}":
            if character in QUOTES or character == "{":
                open_.append("}" if character == "{" else character)
        elif inside == "`" and text.startswith("${", index):
            open_.append("}")
            index += 1
        index += 1
    return at


def _opens(text: str, index: int) -> bool:
    if index and (text[index - 1].isalnum() or text[index - 1] == "_"):
        return _PREFIX.search(text, max(index - 3, 0), index) is not None
    # Before a letter it needs another one on the line to be a quote; else it is a lifetime or a label.
    return "'" in text[index + 1 :].split("\n", 1)[0] or not text[index + 1 : index + 2].isalpha()


def quote_at(head: str, tail: str) -> str:
    """The quote of the string that the cursor between `head` and `tail` stands in, where `tail` closes it."""
    quote = tail.lstrip()[:1]
    if quote and quote in QUOTES and scan(head, behind=tail).quote == quote:
        return quote
    return ""
