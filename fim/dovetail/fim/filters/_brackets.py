"""Brackets in a piece of code, read without a grammar: strings are skipped, nothing else is understood."""

from __future__ import annotations

PAIRS = {")": "(", "]": "[", "}": "{"}


def unmatched_closers(text: str) -> list[int]:
    """Where closing brackets stand that nothing in `text` opens."""
    stack: list[str] = []
    found: list[int] = []
    quote = ""
    skip = False
    for index, character in enumerate(text):
        if skip:
            skip = False
        elif quote:
            if character == "\\":
                skip = True
            elif character == quote or character == "\n":
                quote = ""
        elif character in "\"'`":
            # An apostrophe inside a word ("don't") opens no string.
            if character != "'" or index == 0 or not text[index - 1].isalnum():
                quote = character
        elif character in "([{":
            stack.append(character)
        elif character in ")]}":
            if stack and stack[-1] == PAIRS[character]:
                stack.pop()
            elif not stack:
                found.append(index)
    return found
