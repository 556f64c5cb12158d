"""The definitions of a text as spans of its lines, and which of a file one of a block stands for."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from attrs import define, evolve

from dovetail.text import Definition, Snapshot, definitions, error_count

from ..live import LiveText

_WHOLE_KINDS = frozenset({"function", "class", "method", "type", "module"})
OWNERS = frozenset({"class", "type", "module"})
COMMENTS = ("#", "//", "/*", "*", "--", ";", "%", '"""', "'''")
_METHODS_IN_A_CLASS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".php")
"""Languages in which what a class holds means something else, or nothing, outside of one."""
_CLASS = "__shown_without_its_class"
MAX_LINES = 50_000
MAX_TOLD = 10_000
"""Lines of a file of which it is told in which definitions they stand."""


@define(frozen=True, slots=True)
class Span:
    """A definition with the decorators above it: lines from `start`, `end` exclusive."""

    one: Definition
    start: int
    end: int
    bare: int
    """The first line without the decorators."""


def tree_of(path: str, lines: Sequence[str]) -> Snapshot | None:
    if len(lines) > MAX_LINES:
        return None
    text = "\n".join(lines) + "\n"
    if path.lower().endswith(".php") and "<?" not in text:
        text = "<?php " + text  # a part of such a file; on its first line, so that lines keep their numbers
    snapshot = Snapshot.open(path, text)
    return snapshot if snapshot.language is not None and snapshot.tree() is not None else None


def spans(path: str, lines: Sequence[str], kinds: Collection[str] = _WHOLE_KINDS) -> list[Span] | None:
    """The functions and classes of a text, or what is of other `kinds`; None where its language is not known."""
    snapshot = tree_of(path, lines)
    if snapshot is None:
        return None
    return [_span(one, lines) for one in definitions(snapshot) if one.kind in kinds]


def owners_of(path: str, live: LiveText) -> tuple[Span, ...]:
    """The definitions of a file as it is, for telling places apart; kept for the text that was asked for last."""
    # A file so long is not parsed for the sake of a message.
    return _owners(path, tuple(live.lines)) if len(live) <= MAX_TOLD else ()


@lru_cache(maxsize=2)
def _owners(path: str, lines: tuple[str, ...]) -> tuple[Span, ...]:
    return tuple(spans(path, lines) or ())


def owner_at(owners: Sequence[Span], low: int, high: int) -> str:
    """` (in Store.get)` for lines inside a definition, the innermost of `owners`; '' for those in none."""
    around = [one for one in owners if one.start <= low and high <= one.end]
    if not around:
        return ""
    inner = max(around, key=lambda one: one.start).one
    return f" (in {inner.parent}.{inner.name})" if inner.parent else f" (in {inner.name})"


def _span(one: Definition, lines: Sequence[str]) -> Span:
    # An end at column 0 is the start of the next line, which is no part of the definition.
    start, end = one.range[0].line, one.range[1].line + (one.range[1].column > 0)
    # Some grammars count decorators as part of a definition, others put them above it: look both ways.
    bare = start
    while bare < end - 1 and lines[bare].lstrip().startswith("@"):
        bare += 1
    while start > 0 and lines[start - 1].lstrip().startswith("@"):
        start -= 1
    return Span(one, start, min(max(end, bare + 1), len(lines)), bare)


def tops_of(path: str, lines: Sequence[str]) -> list[Span]:
    """The outermost definitions of a block that parses; none where it does not."""
    found = _parsed(path, lines)
    if found is None and path.lower().endswith(_METHODS_IN_A_CLASS):
        # A method shown without its class is no code by itself.
        found = _parsed(path, [f"class {_CLASS} {{ {lines[0]}", *lines[1:], "}"]) if lines else None
    tops: list[Span] = []
    for one in found or ():
        if one.name == _CLASS:
            continue
        span = _span(evolve(one, parent=None) if one.parent == _CLASS else one, lines)
        # In document order, so whatever starts before the last one ends is nested in it.
        if one.kind in _WHOLE_KINDS and (not tops or span.start >= tops[-1].end):
            tops.append(span)
    return tops


def _parsed(path: str, lines: Sequence[str]) -> Sequence[Definition] | None:
    """The definitions of a text that parses; None where it does not."""
    snapshot = tree_of(path, lines)
    tree = snapshot.tree() if snapshot is not None else None
    return None if snapshot is None or tree is None or error_count(tree) else definitions(snapshot)


def begins_like(block: Sequence[str], tops: Sequence[Span], file: Sequence[str]) -> bool:
    """Whether a block shows the file from its first line on, which belongs to no definition: a licence, an import."""
    first = next((number for number, line in enumerate(block) if line.strip()), 0)
    top = next((line.strip() for line in file if line.strip()), "")
    return (
        bool(block)
        and block[first].strip() == top
        and not any(span.start <= first < span.end for span in tops)
    )


def _says_whose(words: str, one: Definition) -> bool:
    """Whether words name a method by its class: `Store.get`, `Store::get`, "the `Store` class"."""
    if not one.parent:
        return False
    parent, name = re.escape(one.parent), re.escape(one.name)
    return bool(
        re.search(rf"(?<!\w){parent}(?:\.|::|#){name}(?!\w)|`{parent}`|\bclass\s+{parent}(?!\w)", words)
    )


def place_of(
    span: Span, lines: Sequence[str], there: Sequence[Span], live: LiveText, words: str = ""
) -> Span | str:
    """The one definition of the file that a definition of the block is the new text of.

    Args:
        words: what is said above the block; it may say whose method it is, as code does (`Store.get`).
    """
    name = span.one.name
    named = [one for one in there if one.one.name == name]
    owner = span.one.kind in OWNERS
    alike = [one for one in named if (one.one.kind in OWNERS) == owner]
    if span.one.parent:
        # A block that says whose method it is means no other's: `func (t *Tree) Size()` beside `(s *Store)`.
        alike = [one for one in alike if one.one.parent in (None, span.one.parent)]
    # Overloads: of several with one name, the one with the same first line, or the same header at least.
    if len(alike) > 1:
        head, header = lines[span.bare].strip(), span.one.signature
        same = [one for one in alike if live.lines[one.bare].strip() == head]
        alike = same or [one for one in alike if one.one.signature == header] or alike
    if len(alike) > 1 and words:
        alike = [one for one in alike if _says_whose(words, one.one)] or alike
    if not alike:
        return f"{name} is not in the file, and nothing says where it goes"
    if len(alike) > 1:
        at = ", ".join(str(one.start + 1) for one in alike[:6])
        return f"{name} stands in the file several times (lines {at})"
    return alike[0]
