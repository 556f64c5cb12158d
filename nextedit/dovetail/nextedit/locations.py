"""Where a rule applies: exact matches in texts, and the lines that would stand there instead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from attrs import define

from .anchors import anchors
from .arguments import arguments, replaced
from .model import Text
from .rewriting import rewritten
from .rules import CONTEXT, Rule, Shape, is_import
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
        # What is to be replaced; where a span only inserts, the words on both sides of it.
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
            rule.rewritten[old] = rewritten(rule, old)
        if (found := rule.rewritten[old]) is not None:
            new, left, right = found
            yield EditLocation(text.uri, line, (old,), (new,), left, right)


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
        # Empty lines stay empty: indentation on them would be trailing space.
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
        # Long lines are data or minified code, and tokens cost their length.
        if len(own) > 1_000 or not anchor.fits(own) or (over is not None and own.strip() == known.strip()):
            continue
        # Between the anchor and the place stand as many blank lines as in the examples, and nothing else.
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
        # Here the insertion has been made already.
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
    # The spacing is that of the last example, so that only names differ from what the user wrote.
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
    # As it was written, spaces and all, not joined from tokens.
    new = example.new[0][shown.starts[found[1].first] : shown.ends[found[1].last - 1]]
    for line in text.lines_with(callee):
        old = text.lines[line]
        if len(old) > 1_000:
            continue
        words, starts, ends = tokens(old)
        for each in arguments(words):
            if each[:2] == (callee, slot) and words[each.first : each.last] == wanted:
                now = old[: starts[each.first]] + new + old[ends[each.last - 1] :]
                # Callee and slot are what an argument's context is: they agree in full by definition.
                yield EditLocation(text.uri, line, (old,), (now,), CONTEXT, CONTEXT)
                # One proposal a line; the next look at the changed text finds the rest.
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
