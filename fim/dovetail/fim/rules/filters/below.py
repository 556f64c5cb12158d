"""Filters that keep what already stands behind the cursor from being proposed again."""

from __future__ import annotations

import re

from attrs import evolve

from dovetail.text import Point, block_header, context_at, nesting

from ..twice import goes_on_otherwise, width
from .brackets import scan
from .contract import Draft, Dropped, FilterContext
from .tail import PATTERNS, closers_of, overlap

SHORT = 12
"""Characters of a line that may well come twice."""
LOOK_ABOVE = 200
"""Lines among which what a word may close is looked for."""
_WORD_CLOSES = re.compile(r"(?:end|fi|done|esac)[;,]?")
_ONLY_CLOSERS = re.compile(r"\s*(?:[)\]};,]+|end|fi|done|esac|</[\w:.-]+>)[;,]?\s*\Z")


def equal_next_line(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Never the line that already follows: drop it where it is all, cut there where more came before it.

    A line of closing brackets alone is the same line only where it is indented the same.
    """
    below = context.next_line()
    if below is None or context.tail.strip():
        return draft
    follows = below[1].rstrip()
    language = context.request.snapshot.language
    # Where indentation is syntax, the same words further in are another line.
    exact = _ONLY_CLOSERS.match(follows) is not None or (language is not None and language.offside)
    lines = (context.head + draft.text).split("\n")
    # Still growing: it may become the line below with the next characters.
    if context.growing and follows.strip().startswith(lines[-1].strip()):
        return Dropped("it may become the line that already follows")
    for index, line in enumerate(lines):
        # A short line (`0,`) often comes twice; further down it is the same one only at the same indentation.
        close = exact or (index > 0 and len(line.strip()) < SHORT)
        if (line.rstrip() != follows) if close else (line.strip() != follows.strip()):
            continue
        if index and line.strip()[:1] in tuple(")]}") and _closes_own(lines, index, context):
            continue
        if index and _in_own_string(draft.text, index, context):
            continue
        # With more of the same shape behind it, it is a line of its own.
        if index + 1 < len(lines) and goes_on_otherwise(lines[index + 1], context.line_behind(below[0])):
            continue
        kept = "\n".join(lines[:index])[len(context.head) :].rstrip() if index else ""
        return draft.with_text(kept) if kept else Dropped("it is the line that already follows")
    return draft


def _closes_own(lines: list[str], index: int, context: FilterContext) -> bool:
    """Whether line `index`, which begins with a closing bracket, closes what the lines before it in the text opened."""
    first, *rest = lines[:index]
    text = "\n".join([first[len(context.head) :], *rest])
    return nesting(context.request.snapshot.language, text)[-1].depth > 0


def _in_own_string(text: str, index: int, context: FilterContext) -> bool:
    """Whether line `index` of `text` stands within a string that the text itself opens: there it is no code."""
    request = context.request
    if context_at(request.snapshot, request.position) is not None:
        return False
    lines = nesting(request.snapshot.language, text + "\n\n")
    return lines[index].inside == lines[index + 1].inside == "string"


def suffix_overlap(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Where the text brings what stands behind the cursor on its line, replace that, or leave it out."""
    tail = context.tail.rstrip()
    if not tail:
        return draft
    language = context.request.snapshot.language
    patterns = language is not None and language.name in PATTERNS
    shared = overlap(context.head, draft.text, tail, patterns=patterns)
    # A closer for each opener of its own is no repetition.
    if shared is None:
        if "".join(closers_of(context.head, tail, patterns=patterns)) == "".join(tail.split()):
            return draft  # it closes what it opened itself
        return _plain_overlap(draft, context, tail)
    position = context.request.position
    if draft.text.strip() == tail[: shared.covered].strip():
        return Dropped("it stands behind the cursor already")
    if shared.covered and context.request.replace_range:
        return evolve(draft, end=Point(position.line, position.column + shared.covered))
    kept = draft.text[: shared.first].rstrip(" \t")
    return draft.with_text(kept) if kept else Dropped("it stands behind the cursor already")


def _plain_overlap(draft: Draft, context: FilterContext, tail: str) -> Draft | Dropped:
    """The end of the text is the start of the tail, character by character."""
    text, position = draft.text, context.request.position
    # The longest overlap first; one character, or a part of a word, agrees by chance.
    for size in range(min(len(tail), len(text)), 0, -1):
        if not text.endswith(tail[:size]):
            continue
        if size < len(tail) and (
            size < 2 or _inside_word(tail, size) or _inside_word(text, len(text) - size)
        ):
            continue
        if context.request.replace_range and size == len(tail):
            return evolve(draft, end=Point(position.line, position.column + size))
        kept = text[: len(text) - size]
        return draft.with_text(kept) if kept.strip() else Dropped("it stands behind the cursor already")
    return draft


def _inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and (text[at - 1] + text[at]).replace("_", "a").isalnum()


def extra_closer(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Cut a closing bracket at the end that the line below already brings."""
    below = context.next_line()
    if below is None:
        return draft
    if _word_closes_nothing(draft, context, below[1]):
        return Dropped("what closes the block is already there")
    if below[1].strip()[:1] not in tuple(")]}"):
        return draft
    head = context.head.lstrip()
    brackets = scan(head + draft.text)
    # What it closes it opens again (`}, {` between two elements): the line below goes on as it did.
    if not brackets.closers or len(brackets.openers) >= len(brackets.closers):
        return draft
    at = brackets.closers[0] - len(head)
    if at < 0 or draft.text[at] != below[1].strip()[0]:
        return draft
    # The line below closes with the same bracket: then it is the one that this text must not bring.
    # A closer on the cursor's own line may well be meant; one that stands where the next line's does is not.
    if "\n" not in draft.text[:at] and context.head.strip():
        return draft
    if "\n" not in draft.text[:at] and not draft.text[:at].strip() and not _as_deep(context, below[1]):
        return draft
    kept = draft.text[:at].rstrip()
    return draft.with_text(kept) if kept else Dropped("the closing bracket is already there")


def _word_closes_nothing(draft: Draft, context: FilterContext, below: str) -> bool:
    """Whether the text is a word alone that ends a block, where none is open at the cursor's depth and the line below
    ends the one around it."""
    if not _WORD_CLOSES.fullmatch(draft.text.strip()) or context.head.strip() or context.tail.strip():
        return False
    depth = width(context.head)
    if not _WORD_CLOSES.fullmatch(below.strip()) or width(below) >= depth:
        return False
    snapshot, line = context.request.snapshot, context.request.position.line
    # Upwards to a line at the cursor's depth or further out: if it opens a block, the word closes that one.
    for above in range(line - 1, max(line - LOOK_ABOVE, -1), -1):
        text = snapshot.line(above)
        if text.strip() and width(text) <= depth:
            return width(text) < depth or block_header(snapshot, Point(above, len(text))) is None
    return False


def _as_deep(context: FilterContext, line: str) -> bool:
    return len(context.head.expandtabs(4)) <= len(line[: len(line) - len(line.lstrip())].expandtabs(4))
