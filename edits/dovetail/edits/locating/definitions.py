"""A block of code that is nothing but whole definitions, laid over the ones of the same names in a file.

The proof is the syntax tree's: each definition of the block stands in the file once, by name (and by its first
line, where several have the name), and nothing else stands in the block but blank lines, comments, and imports; those
that the file lacks only above the first definition. What a class of the block lacks is not taken away in silence:
such a block is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from attrs import define, evolve

from dovetail.text import Definition, Snapshot, definitions, error_count, syntax_errors

from ..live import LiveText, indent_of
from ..model import Change
from ..reading.elision import elision
from ..reading.going import DECORATORS
from ..tagging import changes_between
from .imports import Brought, brought

_WHOLE_KINDS = frozenset({"function", "class", "method", "type", "module"})
_OWNERS = frozenset({"class", "type", "module"})
_COMMENTS = ("#", "//", "/*", "*", "--", ";", "%", '"""', "'''")
_WORDS = re.compile(r"[^\W\d]\w*")
_IMPORTS = re.compile(r"^\s*(?:import|from|#include|using|use|require|const .{1,80} = require)\b")
_HEAD = re.compile(
    r"^(?:<\?php$|package\s+[\w.]+;?$|namespace\s+[\w.\\]+;$|#!|[\"']use \w{1,20}[\"'];?$|declare\()"
)
"""What stands at the top of a file and is often shown above a part of it."""
_METHODS_IN_A_CLASS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".php")
"""Languages in which what a class holds means something else, or nothing, outside of one."""
_CLASS = "__shown_without_its_class"
MAX_LINES = 50_000
MAX_TOLD = 10_000
"""Lines of a file of which it is told in which definitions they stand."""


@define(frozen=True, slots=True)
class Replaced:
    """Definitions of a block, each in the place of the one that it replaces."""

    changes: tuple[Change, ...]
    names: tuple[str, ...]
    imports: tuple[str, ...] = ()
    """The imports that the file gets with them."""


@define(frozen=True, slots=True)
class Span:
    """A definition with the decorators above it: lines from `start`, `end` exclusive."""

    one: Definition
    start: int
    end: int
    bare: int
    """The first line without the decorators."""


def names_lost(path: str, old: Sequence[str], new: Sequence[str], goes: Collection[str] = ()) -> list[str]:
    """Functions and classes of the old text, outside all others or in a class, that the new text lacks.

    Args:
        goes: names that are said to go.
    """
    had, has = spans(path, old), spans(path, new)
    if had is None or has is None:
        return []
    # A method is compared together with its class, so that `B.run` does not stand in for a lost `A.run`. A
    # function may have moved into a class, or out of one: that is no loss.
    names = {(span.one.name, span.one.parent) for span in has}
    plain = {span.one.name for span in has}
    lost = [span.one for span in had if (span.one.name, span.one.parent) not in names]
    return [
        one.name
        for one in lost
        if (one.name not in plain or one.kind != "function") and not {one.name, one.parent} & {*goes}
    ]


def lost_beside(path: str, old: Sequence[str], new: Sequence[str], goes: Collection[str] = ()) -> list[str]:
    """The lines of the old text beside its definitions, imports and comments aside, that a new text of nothing but
    definitions lacks: it may be the new text of those alone.

    Args:
        goes: names that are said to go.
    """
    tops = tops_of(path, new)
    inside = {number for span in tops for number in range(span.start, span.end)}
    beside = [line for number, line in enumerate(new) if number not in inside and line.strip()]
    if not tops or not all(_no_statement(line) for line in beside) or _begins_like(new, tops, old):
        return []
    there = spans(path, old)
    within = {number for span in there or () for number in range(span.start, span.end)}
    kept = {line.strip() for line in new}
    head = _head_lost(old, new, within)
    return [
        line.strip()
        for number, line in enumerate(old)
        if number not in within
        and (number == head or not _no_statement(line))
        and line.strip() not in kept
        and _WORDS.search(line)
        and not {*goes} & {*_WORDS.findall(line)}
    ]


def _head_lost(old: Sequence[str], new: Sequence[str], within: Collection[int]) -> int:
    """The first line of the old text, where it is a comment that a new text lacks which begins with code; else -1."""
    first = next((number for number, line in enumerate(old) if line.strip()), -1)
    begins = next((line.strip() for line in new if line.strip()), "")
    # A comment right above a definition is about that.
    below = old[first + 1 : first + 2]
    if first < 0 or first in within or begins.startswith(_COMMENTS) or not any(map(str.isalnum, old[first])):
        return -1
    comment = old[first].lstrip().startswith(_COMMENTS) and not old[first].startswith("#include")
    return first if comment and below and first + 1 not in within else -1


def left_beside(path: str, old: Sequence[str], new: Sequence[str]) -> str:
    """The first statement of the old text beside its definitions that a text lacks which shows all its imports and
    all its definitions, so that it may be all of the new text as well; '' for none."""
    brought = {line.strip() for line in old if _IMPORTS.match(line)}
    if not brought or not brought <= {line.strip() for line in new} or names_lost(path, old, new):
        return ""
    within = {number for span in spans(path, old) or () for number in range(span.start, span.end)}
    kept = {line.strip() for line in new}
    beside = (
        line.strip() for number, line in enumerate(old) if number not in within and not _no_statement(line)
    )
    return next((line for line in beside if line not in kept and _WORDS.search(line)), "")


def _begins_like(block: Sequence[str], tops: Sequence[Span], file: Sequence[str]) -> bool:
    """Whether a block shows the file from its first line on, which belongs to no definition: a licence, an import."""
    first = next((number for number, line in enumerate(block) if line.strip()), 0)
    top = next((line.strip() for line in file if line.strip()), "")
    return (
        bool(block)
        and block[first].strip() == top
        and not any(span.start <= first < span.end for span in tops)
    )


def _no_statement(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith(_COMMENTS) or bool(_IMPORTS.match(line))


def replaced(path: str, live: LiveText, block: Sequence[str], goes: Collection[str] = ()) -> Replaced | str:
    """The changes that put a block's definitions in place, or why it is not one of definitions ("" where it does
    not look like one).

    Args:
        goes: names that the reply says are to go; what goes without a word is missing by mistake, as far as can be
            told.
    """
    margin = margin_of(block)
    # Spaces on blank lines are text like any other: they stay, in strings above all.
    lines = [line[len(margin) :] if line.startswith(margin) else line.lstrip(" \t") for line in block]
    tops = tops_of(path, lines)
    if not tops:
        return ""
    there = spans(path, live.lines)
    if there is None:
        return ""
    known = frozenset(one.one.name for one in there if not one.one.parent)
    trees = _snapshot(path, lines), _snapshot(path, live.lines)
    added = brought(trees[0], lines, trees[1], live, tops[0].start, known)
    if isinstance(added, str) and added:
        return added
    rest = _besides(lines, tops, live, frozenset() if isinstance(added, str) else added.lines)
    if rest:
        stands = "as it does in the file" if live.positions(rest) else "and the file does not have it"
        return f"{rest[:80]!r} stands beside the definitions, {stands}"
    broken = _broken_lines(path, live)
    changes: list[Change] = []
    taken: list[tuple[int, int]] = []
    for span in tops:
        place = place_of(span, lines, there, live)
        if isinstance(place, str):
            return place
        if any(low < place.end and place.start < high for low, high in taken):
            return f"{span.one.name} stands in the block twice"
        # One line of margin: a missing bracket is often reported at the definition next to it.
        if any(place.start - 1 <= line <= place.end for line in broken):
            return f"the file does not parse at {span.one.name}, so where that ends cannot be told"
        taken.append((place.start, place.end))
        body = at_indentation(lines[span.start : span.end], indent_of(live.lines[place.bare]))
        lost = [name for name in _lost_members(path, span, place, lines, live) if name not in goes]
        if lost:
            return f"{span.one.name} would lose {', '.join(lost[:4])}"
        if _is_stub(body) and not _is_stub(live.lines[place.start : place.end]):
            return f"{span.one.name} would lose its body"
        # Where the block has decorators of its own, the old ones are replaced with the rest of the
        # definition.
        if not goes and _is_excerpt(body, live.lines[place.bare : place.end]):
            return f"it shows the beginning of {span.one.name} just so: is the rest to go?"
        low = place.start if span.start < span.bare else place.bare
        if low > place.start:
            # Decorators that the block leaves out stay, where nothing says that it is they that go.
            above = live.lines[place.start : place.bare]
            kept = _kept_decorators(above, goes)
            if kept is None:
                return f"the reply says that a decorator goes, and {span.one.name} has one: is that to go?"
            if kept == above and body == live.lines[place.bare : place.end]:
                return (
                    f"{span.one.name} stands in it just so, below {above[0].strip()[:60]!r}: is that to go?"
                )
            low, body = place.start, [*kept, *body]
        old = live.lines[low : place.end]
        # Line by line, not as one piece: a change of one line then leaves the rest of the body to other
        # hunks.
        changes += [Change(low + one.start, low + one.end, one.lines) for one in changes_between(old, body)]
    # With no definition changed, an import more is what an excerpt begins with.
    more = added if changes and not isinstance(added, str) else Brought()
    return Replaced(
        tuple(sorted((*changes, *more.changes), key=lambda one: one.start)),
        tuple(span.one.name for span in tops),
        more.said,
    )


def _kept_decorators(lines: Sequence[str], goes: Collection[str]) -> list[str] | None:
    """The decorators of a definition, those left out that are said to go; None where it is said of one that is not
    named."""
    groups: list[list[str]] = []
    for line in lines:
        if line.lstrip().startswith("@") or not groups:
            groups.append([])
        groups[-1].append(line)
    if DECORATORS not in goes:
        return list(lines)
    kept = [one for one in groups if not {*_WORDS.findall(one[0].partition("(")[0])} & {*goes}]
    return None if len(kept) == len(groups) else [line for one in kept for line in one]


def _broken_lines(path: str, live: LiveText) -> list[int]:
    """The lines of a file at which its syntax tree has errors."""
    snapshot = _snapshot(path, live.lines)
    if snapshot is None:
        return []
    return [line for one in syntax_errors(snapshot) for line in range(one.start.line, one.end.line + 1)]


def _snapshot(path: str, lines: Sequence[str]) -> Snapshot | None:
    if len(lines) > MAX_LINES:
        return None
    text = "\n".join(lines) + "\n"
    if path.lower().endswith(".php") and "<?" not in text:
        text = "<?php " + text  # a part of such a file; on its first line, so that lines keep their numbers
    snapshot = Snapshot.open(path, text)
    return snapshot if snapshot.language is not None and snapshot.tree() is not None else None


def spans(path: str, lines: Sequence[str]) -> list[Span] | None:
    """The functions and classes of a text; None where its language is not known."""
    snapshot = _snapshot(path, lines)
    if snapshot is None:
        return None
    return [_span(one, lines) for one in definitions(snapshot) if one.kind in _WHOLE_KINDS]


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
    snapshot = _snapshot(path, lines)
    tree = snapshot.tree() if snapshot is not None else None
    return None if snapshot is None or tree is None or error_count(tree) else definitions(snapshot)


def _besides(lines: Sequence[str], tops: Sequence[Span], live: LiveText, brings: Collection[int]) -> str:
    """The first line of a block that belongs to no definition and is not in the file.

    Args:
        brings: the lines of the block that are imports which the file has or gets.
    """
    inside = {line for span in tops for line in range(span.start, span.end)}
    # Comments beside definitions are the answer's own words, but for those at the top of the file, where it shows that.
    head = 0
    if _begins_like(lines, tops, live.lines):
        head = next((n for n, line in enumerate(lines) if not line.strip().startswith(_COMMENTS)), 0)
    for number, line in enumerate(lines):
        text = line.strip()
        if not text or number in inside or number in brings:
            continue
        if text.startswith(_COMMENTS) and not elision(line) and (number >= head or live.positions(text)):
            continue
        if _HEAD.match(text) and live.positions(text):
            continue
        return text
    return ""


def place_of(span: Span, lines: Sequence[str], there: Sequence[Span], live: LiveText) -> Span | str:
    """The one definition of the file that a definition of the block is the new text of."""
    name = span.one.name
    named = [one for one in there if one.one.name == name]
    owner = span.one.kind in _OWNERS
    alike = [one for one in named if (one.one.kind in _OWNERS) == owner]
    if span.one.parent:
        # A block that says whose method it is means no other's: `func (t *Tree) Size()` beside `(s *Store)`.
        alike = [one for one in alike if one.one.parent in (None, span.one.parent)]
    # Overloads: of several with one name, the one with the same first line.
    if len(alike) > 1:
        head = lines[span.bare].strip()
        alike = [one for one in alike if live.lines[one.bare].strip() == head] or alike
    if not alike:
        return f"{name} is not in the file, and nothing says where it goes"
    if len(alike) > 1:
        at = ", ".join(str(one.start + 1) for one in alike[:6])
        return f"{name} stands in the file several times (lines {at})"
    return alike[0]


def _lost_members(path: str, span: Span, place: Span, lines: Sequence[str], live: LiveText) -> list[str]:
    # A function may lose what it defines inside: that is how its body changed.
    if span.one.kind not in _OWNERS:
        return []
    had = {one.one.name for one in spans(path, live.lines[place.start : place.end]) or ()}
    has = {one.one.name for one in spans(path, lines[span.start : span.end]) or ()}
    return sorted(had - has)


def _is_excerpt(body: Sequence[str], there: Sequence[str]) -> bool:
    """Whether a definition is the beginning of the one in the file, word for word: it brings nothing, and is shown
    for what it says rather than for what it lacks. One that ends with its bracket was written out on purpose."""
    shown = [line.rstrip() for line in body if line.strip()]
    known = [line.rstrip() for line in there if line.strip()]
    return len(shown) < len(known) and known[: len(shown)] == shown and any(map(_says, known[len(shown) :]))


def _says(line: str) -> bool:
    return any(map(str.isalnum, line))


def _is_stub(lines: Sequence[str]) -> bool:
    """Whether a definition is a signature with `...` for its body."""
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return last == "..." or last.endswith((": ...", "{ ... }", "{...}"))


def margin_of(block: Sequence[str]) -> str:
    margins = [indent_of(line) for line in block if line.strip()]
    return min(margins, key=len) if margins else ""


def at_indentation(lines: Sequence[str], indent: str) -> list[str]:
    return [indent + line if line else line for line in lines]
