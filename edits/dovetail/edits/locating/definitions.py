"""A block of code that is nothing but whole definitions, laid over the ones of the same names in a file.

The proof is the syntax tree's: each definition of the block stands in the file once, by name (and by its first
line, where several have the name), and nothing else stands in the block but blank lines, comments, and imports; those
that the file lacks only above the first definition. What a class of the block lacks is not taken away in silence:
such a block is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from attrs import define

from dovetail.text import syntax_errors

from ..live import LiveText, at_indentation, indent_of, margin_of
from ..model import Change
from ..reading.elision import elision
from ..reading.going import DECORATORS
from ..tagging import changes_between
from .bindings import bindings, bindings_of_block, bound_at, value_loses
from .imports import Brought, brought
from .spans import COMMENTS, OWNERS, Span, begins_like, place_of, spans, tops_of, tree_of

_WORDS = re.compile(r"[^\W\d]\w*")
_HEAD = re.compile(
    r"^(?:<\?php$|package\s+[\w.]+;?$|namespace\s+[\w.\\]+;$|#!|[\"']use \w{1,20}[\"'];?$|declare\()"
)
"""What stands at the top of a file and is often shown above a part of it."""


@define(frozen=True, slots=True)
class Replaced:
    """Definitions of a block, each in the place of the one that it replaces."""

    changes: tuple[Change, ...]
    names: tuple[str, ...]
    imports: tuple[str, ...] = ()
    """The imports that the file gets with them."""
    bound: tuple[tuple[int, int], ...] = ()
    """The lines of the file that bind a name anew, outside of functions: each a pair, the second one exclusive."""


def replaced(
    path: str, live: LiveText, block: Sequence[str], goes: Collection[str] = (), words: str = ""
) -> Replaced | str:
    """The changes that put a block's definitions in place, or why it is not one of definitions ("" where it does
    not look like one).

    Args:
        goes: names that the reply says are to go; what goes without a word is missing by mistake, as far as can be
            told.
        words: what is said above the block.
    """
    margin = margin_of(block)
    # Spaces on blank lines are text like any other: they stay, in strings above all.
    lines = [line[len(margin) :] if line.startswith(margin) else line.lstrip(" \t") for line in block]
    trees = tree_of(path, lines), tree_of(path, live.lines)
    tops = tops_of(path, lines)
    there = spans(path, live.lines)
    bound = bindings_of_block(path, lines)
    bound = _new_values(lines, bound, tops, live) if _is_a_part(lines, tops, bound, there or (), live) else []
    tops = sorted((*tops, *bound), key=lambda one: one.start)
    if not tops or there is None:
        return ""
    bound_there = bindings(trees[1], live.lines)
    known = frozenset(one.one.name for one in there if not one.one.parent)
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
        binds = span in bound
        if binds:
            place = bound_at(span, lines, bound_there, live, margin)
        else:
            place = place_of(span, lines, there, live, words)
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
        if binds and (loses := value_loses(live.lines[place.start : place.end], body, goes)):
            return f"{span.one.name} would lose {loses}"
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
        tuple(where for where, span in zip(taken, tops, strict=True) if span in bound),
    )


def _is_a_part(
    lines: Sequence[str], tops: Sequence[Span], bound: Sequence[Span], there: Sequence[Span], live: LiveText
) -> bool:
    """Whether a block is surely less than the file, not all of it with an end cut off."""
    if begins_like(lines, [*tops, *bound], live.lines):
        return False
    shown = {span.one.name for span in tops}
    return not tops or any(one.one.name not in shown for one in there if not one.one.parent)


def _new_values(
    lines: Sequence[str], bound: Sequence[Span], tops: Sequence[Span], live: LiveText
) -> list[Span]:
    """Those of the names that a block binds beside its functions and classes which the file binds otherwise."""
    inside = {number for span in tops for number in range(span.start, span.end)}
    # One that is as it is in the file says nothing: it may as well be what a cut text of the whole file begins with.
    return [one for one in bound if one.start not in inside and not _stands(lines[one.start : one.end], live)]


def _stands(lines: Sequence[str], live: LiveText) -> bool:
    """Whether lines stand in the file just so, their indentation aside."""
    bare = [line.strip() for line in lines]
    places = live.positions(bare[0])
    return any([line.strip() for line in live.lines[at : at + len(bare)]] == bare for at in places)


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
    snapshot = tree_of(path, live.lines)
    if snapshot is None:
        return []
    return [line for one in syntax_errors(snapshot) for line in range(one.start.line, one.end.line + 1)]


def _besides(lines: Sequence[str], tops: Sequence[Span], live: LiveText, brings: Collection[int]) -> str:
    """The first line of a block that belongs to no definition and is not in the file.

    Args:
        brings: the lines of the block that are imports which the file has or gets.
    """
    inside = {line for span in tops for line in range(span.start, span.end)}
    # Comments beside definitions are the answer's own words, but for those at the top of the file, where it shows that.
    head = 0
    if begins_like(lines, tops, live.lines):
        head = next((n for n, line in enumerate(lines) if not line.strip().startswith(COMMENTS)), 0)
    for number, line in enumerate(lines):
        text = line.strip()
        if not text or number in inside or number in brings:
            continue
        if text.startswith(COMMENTS) and not elision(line) and (number >= head or live.positions(text)):
            continue
        if _HEAD.match(text) and live.positions(text):
            continue
        return text
    return ""


def _lost_members(path: str, span: Span, place: Span, lines: Sequence[str], live: LiveText) -> list[str]:
    # A function may lose what it defines inside: that is how its body changed.
    if span.one.kind not in OWNERS:
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
