"""One line rewritten by a rule: where each of its spans stands, and the new text spaced as the example was."""

from __future__ import annotations

from collections.abc import Iterator

from .rules import CONTEXT, Rule, Span, gap_columns
from .tokens import is_word, tokens


def rewritten(rule: Rule, old: str) -> tuple[str, int, int] | None:
    """A line rewritten at the best match of each span, with the tokens that agree on the left and the right of it.

    None where a span does not stand, or stands twice alike.
    """
    # Longer lines are data or minified.
    if len(old) > 1_000:
        return None
    found, at, left, right = tokens(old), 0, CONTEXT, CONTEXT
    parts, written = [], 0
    for number, span in enumerate(rule.spans[-1]):
        best: tuple[int, int, int, int] | None = None
        twice = False
        # `at` only grows: the spans of a rule stand in the line in their order.
        places = _occurrences(found.words, span.old, at) if span.old else _gaps(rule, number, found.words, at)
        for index in places:
            before, behind = _agreement(rule, number, found.words, index, index + len(span.old))
            if not span.old and (before == 0 or (behind == 0 and index < len(found.words))):
                continue  # nothing was replaced: only both neighbours say where
            if _already(found.words, index, span):
                continue
            score = (before + behind, before, behind, index)
            if best is None or score[0] > best[0]:
                best, twice = score, False
            elif score[0] == best[0]:
                twice = True
        # With several spans a choice would have to be right for each; one span alone takes the first of
        # equals.
        if best is None or (twice and len(rule.spans[-1]) > 1):
            return None
        _, before, behind, index = best
        start, end = gap_columns(old, found, index, index + len(span.old))
        # The gap is the example's, so its spaces are known; otherwise they are made up from the neighbours.
        if old[start:end] == span.gap_old:
            parts += [old[written:start], span.gap_new]  # spaced as the example was
        else:
            start, end = _columns(old, found.starts, found.ends, index, index + len(span.old), span)
            parts += [old[written:start], _fitted(old, start, end, span)]
        written, at = end, index + max(len(span.old), 0)
        # The rule is as sure as its weakest span.
        left, right = min(left, before), min(right, behind)
    new = "".join([*parts, old[written:]]).rstrip()
    return (new, left, right) if new != old else None


def _gaps(rule: Rule, number: int, words: tuple[str, ...], at: int) -> Iterator[int]:
    """Where a pure insertion could have a neighbour in common with an example on each side."""
    lefts, rights = rule.beside(number)
    for index in range(at, len(words) + 1):
        if (words[index - 1] if index else "") in lefts and (index == len(words) or words[index] in rights):
            yield index


def _occurrences(words: tuple[str, ...], wanted: tuple[str, ...], at: int) -> Iterator[int]:
    size = len(wanted)
    for index in range(at, len(words) - size + 1):
        if words[index : index + size] == wanted:
            yield index


def _agreement(rule: Rule, number: int, words: tuple[str, ...], start: int, end: int) -> tuple[int, int]:
    """How many tokens on each side agree with an example, for the example that agrees most. Remembered, since the same
    neighbours stand in many lines."""
    before, behind = words[max(start - CONTEXT, 0) : start][::-1], words[end : end + CONTEXT]
    first, last = start == len(before), len(words) - end == len(behind)
    key = (number, before, behind, first, last)
    known = rule.agreed.get(key)
    if known is not None:
        return known
    best, most = (0, 0), 0
    for left_side, right_side in rule.sides(number, before[:1], behind[:1]):
        left, right = _alike(left_side, before), _alike(right_side, behind)
        # Nothing before it on either side agrees as far as can be: counted as full agreement.
        if first and left == len(left_side) == len(before):
            left = CONTEXT  # both reach the start of the line
        if last and right == len(right_side) == len(behind):
            right = CONTEXT
        if left + right > most:
            best, most = (left, right), left + right
    rule.agreed[key] = best
    return best


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many tokens two runs have in common at their start."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _already(words: tuple[str, ...], index: int, span: Span) -> bool:
    """Whether the new text stands here already: the old one may be a part of it (`a` → `a, b`)."""
    new, old = span.new_tokens, span.old
    if len(new) <= len(old):
        return False
    for offset in range(len(new) - len(old) + 1):
        # The old text as a part of the new one, at each offset that it can have there.
        if new[offset : offset + len(old)] == old and index >= offset:
            begin = index - offset
            if words[begin : begin + len(new)] == new:
                return True
    return False


def _columns(
    line: str, starts: tuple[int, ...], ends: tuple[int, ...], first: int, last: int, span: Span
) -> tuple[int, int]:
    """The characters that a span's tokens take; for a pure insertion the gap behind the token on its left."""
    if last > first:
        start, end = starts[first], ends[last - 1]
        # `f(a, b)` without `b` must not become `f(a,  )`: a pure deletion takes the space on its left along.
        if not span.new and first and start > ends[first - 1] and (last == len(starts) or starts[last] > end):
            start = ends[first - 1]  # what goes takes one of its two gaps along
        return start, end
    at = ends[first - 1] if first else len(line) - len(line.lstrip())
    return at, at


def _fitted(line: str, start: int, end: int, span: Span) -> str:
    """The new text with a space where two words would run together, or where the example had one."""
    new = span.new
    if not new or end > start:
        return new
    before, after = line[:start], line[end:]
    # Between two words a space is needed; behind a comma and the like it is the custom.
    lead = " " if before and is_word(before[-1:]) and is_word(new[:1]) else ""
    if before and not lead and before[-1:] in ",;=:" and not new.startswith((",", ";", ")")):
        lead = " "
    trail = " " if after and not after[0].isspace() and is_word(new[-1:]) and is_word(after[:1]) else ""
    return lead + new + trail
