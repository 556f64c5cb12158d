"""What is checked of a plan's texts before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from attrs import define

from dovetail.text import Lines, Snapshot, SyntaxProblem, TextEdit, apply_edits, error_count, syntax_errors

from .render import inverse

DEADLINE = 2.0
"""Seconds that parsing one file may take; past that the syntax is not checked, and the plan says so."""


@define(frozen=True, slots=True)
class SyntaxVerdict:
    """What the edit did to the syntax of a file."""

    grew: bool = False
    problems: tuple[SyntaxProblem, ...] = ()
    """The errors within what was touched, in the new text."""
    checked: bool = True


def syntax_delta(
    before: Snapshot | None, after: Snapshot, touched: Sequence[tuple[int, int]]
) -> SyntaxVerdict:
    """Whether there are more errors than before, within what was touched.

    Args:
        before: None for a new file.
        touched: line ranges of the new text (from 0, end exclusive).
    """
    # One deadline for both trees: what the plan waits for is the sum.
    deadline = perf_counter() + DEADLINE
    tree = after.tree(deadline=deadline, whole=True)
    if tree is None:
        return SyntaxVerdict(checked=after.language is None)
    if not tree.root_node.has_error:
        return SyntaxVerdict()
    now = error_count(tree)
    then = 0
    if before is not None:
        old = before.tree(deadline=deadline, whole=True)
        if old is None:
            return SyntaxVerdict(checked=False)
        then = error_count(old)
    # No more errors than before is good enough, wherever they are: a file that is broken may be edited.
    if now <= then:
        return SyntaxVerdict()
    problems = syntax_errors(after)
    inside = tuple(problem for problem in problems if _touches(problem, touched))
    if then == 0:
        return SyntaxVerdict(True, inside or tuple(problems[:1]))
    assert before is not None
    # The file had errors: count those near the touched lines only, in both texts.
    # Above the edits lines keep their numbers; the end of the touched range is shifted back into the old
    # text.
    shift = len(after.lines) - len(before.lines)
    low = min(start for start, _ in touched)
    high = max(end for _, end in touched)
    had = sum(_touches(problem, [(low, high - shift)]) for problem in syntax_errors(before))
    has = sum(_touches(problem, [(low, high)]) for problem in problems)
    return SyntaxVerdict(has > had, inside or tuple(problems[:1])) if has > had else SyntaxVerdict()


def _touches(problem: SyntaxProblem, ranges: Sequence[tuple[int, int]]) -> bool:
    # One line of margin either way: where an error is reported is the parser's guess.
    return any(
        problem.start.line <= max(end - 1, start) + 1 and problem.end.line >= start - 1
        for start, end in ranges
    )


def round_trip(before: Lines, after: str, edits: Sequence[TextEdit]) -> bool:
    """Whether the edits make `after` of `before`, and their inverse makes `before` of that."""
    new = apply_edits(before, edits)
    return new.text == after and apply_edits(new, inverse(before, edits)).text == before.text
