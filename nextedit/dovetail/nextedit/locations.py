"""Where a rule applies: exact matches in texts, and the lines that would stand there instead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from attrs import define

from .anchors import anchors
from .arguments import arguments, replaced
from .model import Text
from .rules import CONTEXT, Rule, Shape, Span, gap_columns, is_import
from .tokens import is_word, tokens

MAX_LOCATIONS = 200
"""A rule with more locations is about something common; it is counted no further."""


@define(frozen=True, slots=True)
class EditLocation:
    """Where a rule applies. `left` and `right` count the tokens (or lines) of an example's context that agree."""

    uri: str
    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    left: int
    right: int
    anchored: bool = False
    """An insertion where the lines beside it are like those beside three others, not the same."""


def locations(rule: Rule, text: Text) -> list[EditLocation]:
    """All edit locations of a rule in a text, at most 200."""
    finders = {
        "rewrite": _rewrites,
        "block": _blocks,
        "insertion": _insertions,
        "template": _templates,
        "argument": _arguments,
        "import": _imports,
    }
    found = []
    for location in finders[rule.kind](rule, text):
        found.append(location)
        if len(found) >= MAX_LOCATIONS:
            break
    return found


def needle_of(rule: Rule) -> str:
    """A text that stands in every file in which the rule applies; '' where none is known."""
    if rule.kind == "rewrite":
        searched = [span.old or span.left[-2:] + span.right[:2] for span in rule.spans[-1]]
        return max((_needle(words) for words in searched), key=len, default="")
    if rule.kind == "block":
        stripped = rule.key[1]
        assert isinstance(stripped, tuple)
        return str(max(stripped, key=len))
    if rule.kind == "argument":
        return str(rule.key[1])
    if rule.kind == "insertion":
        above, below = anchors(rule.examples)
        if above is not None or below is not None:
            return "" if above is None else above.needle
        return next((line.strip() for line in reversed(rule.examples[-1].above) if line.strip()), "")
    if rule.kind == "template":
        shape = rule.key[1]
        assert isinstance(shape, tuple)
        return _needle(tuple(word for word in shape if isinstance(word, str)))
    return str(rule.key[2])


def _needle(words: tuple[str, ...]) -> str:
    """The token to search for: the longest, since it is the rarest as a rule."""
    return max(words, key=len, default="")


def _rewrites(rule: Rule, text: Text) -> Iterator[EditLocation]:
    needle = needle_of(rule)
    if not needle:
        return
    for line in text.lines_with(needle):
        old = text.lines[line]
        if old not in rule.rewritten:
            rule.rewritten[old] = _rewrite(rule, old)
        if (rewritten := rule.rewritten[old]) is not None:
            new, left, right = rewritten
            yield EditLocation(text.uri, line, (old,), (new,), left, right)


def _rewrite(rule: Rule, old: str) -> tuple[str, int, int] | None:
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


def _blocks(rule: Rule, text: Text) -> Iterator[EditLocation]:
    _, stripped, relative = rule.key
    assert isinstance(stripped, tuple)
    assert isinstance(relative, tuple)
    # The longest line is the rarest, and found by plain search.
    longest = max(range(len(stripped)), key=lambda index: len(stripped[index]))
    for line in text.lines_with(stripped[longest]):
        first = line - longest
        old = text.lines[first : first + len(stripped)] if first >= 0 else ()
        if tuple(each.strip() for each in old) != stripped:
            continue
        indent = old[0][: len(old[0]) - len(old[0].lstrip())]
        new = tuple(indent + each if each else each for each in relative)
        if new == old:
            continue
        above, below = neighbours(rule, text, first, first + len(old))
        yield EditLocation(text.uri, first, tuple(old), new, above, below)


def _insertions(rule: Rule, text: Text) -> Iterator[EditLocation]:
    _, stripped = rule.key
    assert isinstance(stripped, tuple)
    example = rule.examples[-1]
    above = next((line for line in reversed(example.above) if line.strip()), "")
    yield from _anchored(rule, text, stripped, above)
    if not above.strip():
        return
    for line in text.lines_with(above.strip()):
        if text.lines[line].strip() != above.strip():
            continue
        # The same number of blank lines stands between the anchor and what was inserted.
        skip = 0
        for each in reversed(example.above):
            if each.strip():
                break
            skip += 1
        at = line + 1 + skip
        ahead = tuple(each.strip() for each in text.lines[at : at + len(stripped)])
        if at > len(text.lines) or ahead == stripped:
            continue
        own = text.lines[line]
        shift = own[: len(own) - len(own.lstrip())], above[: len(above) - len(above.lstrip())]
        new = tuple(_moved(each, *shift) for each in example.new)
        left, right = neighbours(rule, text, at, at)
        yield EditLocation(text.uri, at, (), new, left, right)


def _anchored(rule: Rule, text: Text, stripped: tuple[object, ...], known: str) -> Iterator[EditLocation]:
    """Where the lines beside have what those beside three insertions have in common. `known` is the line above the last
    one: where it stands word for word is found anyway."""
    over, under = anchors(rule.examples)
    example = rule.examples[-1]
    size, count = len(stripped), len(text.lines)
    if over is not None:
        anchor, beside = over, example.above[-1 - over.blank]
    elif under is not None:
        anchor, beside = under, example.below[under.blank]
    else:
        return
    for line in text.lines_with(anchor.needle):
        own = text.lines[line]
        if len(own) > 1_000 or not anchor.fits(own) or (over is not None and own.strip() == known.strip()):
            continue
        at = line + 1 + over.blank if over is not None else line - anchor.blank
        if (
            at < 0
            or at > count
            or any(
                text.lines[each].strip() for each in (range(line + 1, at) if at > line else range(at, line))
            )
        ):
            continue
        # Both sides say where, if both say anything.
        if over is not None and under is not None:
            beneath = at + under.blank
            if beneath >= count or not under.fits(text.lines[beneath]):
                continue
        around = (text.lines[at : at + size], text.lines[max(at - size, 0) : at])
        if any(tuple(each.strip() for each in lines) == stripped for lines in around):
            continue
        shift = own[: len(own) - len(own.lstrip())], beside[: len(beside) - len(beside.lstrip())]
        new = tuple(_moved(each, *shift) for each in example.new)
        left, right = neighbours(rule, text, at, at)
        yield EditLocation(text.uri, at, (), new, left, right, anchored=True)


def _moved(line: str, indent: str, was: str) -> str:
    return indent + line.removeprefix(was) if line.strip() and line.startswith(was) else line


def neighbours(rule: Rule, text: Text, first: int, last: int) -> tuple[int, int]:
    """Lines above and below that agree with an example's, for the example that agrees most."""
    best = (0, 0)
    for example in rule.examples:
        above = 0
        while (
            above < len(example.above)
            and first - 1 - above >= 0
            and example.above[-1 - above].strip() == text.lines[first - 1 - above].strip()
        ):
            above += 1
        below = 0
        while (
            below < len(example.below)
            and last + below < len(text.lines)
            and example.below[below].strip() == text.lines[last + below].strip()
        ):
            below += 1
        if above + below > sum(best):
            best = (above, below)
    return best


def _templates(rule: Rule, text: Text) -> Iterator[EditLocation]:
    if len(rule.examples) < 2:
        return  # a template is armed by its second instance
    _, left, right = rule.key
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    needle = _needle(tuple(word for word in left if isinstance(word, str)))
    if not needle:
        return
    for line in text.lines_with(needle):
        old = text.lines[line]
        names = _bound(left, tokens(old).words) if len(old) <= 1_000 else None
        if names is None:
            continue
        new = _filled(rule, old, right, names)
        if new is not None and new != old:
            yield EditLocation(text.uri, line, (old,), (new,), len(left), len(names))


def _bound(shape: Shape, words: tuple[str, ...]) -> dict[int, str] | None:
    """What each hole of a shape stands for in a line; None where the line has another shape."""
    if len(shape) != len(words):
        return None
    names: dict[int, str] = {}
    for part, word in zip(shape, words, strict=True):
        if isinstance(part, str):
            if part != word:
                return None
        # A hole takes a name or a number, and the same one wherever it stands in the shape.
        elif not (is_word(word) or word[0].isdigit()) or names.setdefault(part, word) != word:
            return None
    return names


def _filled(rule: Rule, old: str, right: Shape, names: dict[int, str]) -> str | None:
    """The new line: the last example's, its names replaced token by token, in this line's indentation."""
    example = rule.examples[-1].new[0]
    found = tokens(example)
    if len(found.words) != len(right):
        return None
    parts, at = [old[: len(old) - len(old.lstrip())]], found.starts[0]
    for part, start, end in zip(right, found.starts, found.ends, strict=True):
        parts += [example[at:start], names[part] if isinstance(part, int) else example[start:end]]
        at = end
    return "".join(parts)


def _arguments(rule: Rule, text: Text) -> Iterator[EditLocation]:
    """The same argument of another call of the same name, whatever its other arguments are."""
    if len(rule.examples) < 2:
        return  # once it is a value; twice it is what this call is given
    _, callee, slot, wanted, _ = rule.key
    assert isinstance(callee, str)
    example = rule.examples[-1]
    found = replaced(example.old[0], example.new[0])
    if found is None:
        return
    shown = tokens(example.new[0])
    new = example.new[0][shown.starts[found[1].first] : shown.ends[found[1].last - 1]]
    for line in text.lines_with(callee):
        old = text.lines[line]
        if len(old) > 1_000:
            continue
        words, starts, ends = tokens(old)
        for each in arguments(words):
            if each[:2] == (callee, slot) and words[each.first : each.last] == wanted:
                now = old[: starts[each.first]] + new + old[ends[each.last - 1] :]
                yield EditLocation(text.uri, line, (old,), (now,), CONTEXT, CONTEXT)
                break


def _imports(rule: Rule, text: Text) -> Iterator[EditLocation]:
    """The import of a name that nothing uses any more: the whole line, or the name within it."""
    _, uri, name = rule.key
    if uri != text.uri:
        return
    assert isinstance(name, str)
    uses = (line for line in text.lines_with(name) if name in tokens(text.lines[line]).words)
    # Two uses are enough: the import is the only one, or it is still needed.
    used = list(islice(uses, 2))
    if len(used) != 1 or not is_import(text.lines[used[0]]):
        return
    line = used[0]
    old = text.lines[line]
    found = tokens(old)
    at = found.words.index(name)
    names = [
        w for w in found.words[found.words.index("import") if "import" in found.words else 0 :] if is_word(w)
    ]
    if "," not in found.words:
        # `import a` or `from m import a` alone: the line goes. `import a.b.c` has more words, and may be
        # needed for `a`.
        if len(names) <= 3 and found.words[-1] not in "({":
            yield EditLocation(uri, line, (old,), (), 0, 0)
        return
    # `x as name`, `m.name`: taking the name alone would leave half of it.
    if found.words.count(name) != 1 or (at and found.words[at - 1] in ("as", ".")):
        return
    # Of a list the name goes with one of its commas.
    if at + 1 < len(found.words) and found.words[at + 1] == ",":
        end = found.starts[at + 2] if at + 2 < len(found.words) else found.ends[at + 1]
        new = old[: found.starts[at]] + old[end:]
    elif found.words[at - 1] == "," and (at + 1 == len(found.words) or found.words[at + 1] in ")}"):
        new = old[: found.starts[at - 1]] + old[found.ends[at] :]
    else:
        return
    yield EditLocation(uri, line, (old,), (new,), 0, 0)
