"""Parts of a text that a name heads and that are no definitions: rules of a style sheet, entries of YAML, blocks in
braces.

Unlike a function, such a part may be shown without all that it holds. So one stands for the part of that name in
another text only where each of its entries comes again, by its key or as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from dovetail.text import Definition, Point

from ..live import indent_of
from .spans import Span, spans

KINDS = frozenset({"section", "field"})
_BY_TREE = (".css", ".yaml", ".yml")
"""Languages whose grammar tells these parts."""
_IN_BRACES = (".scss", ".sass", ".less", ".tf", ".hcl", ".conf", ".proto", ".prisma", ".nix", ".gradle")
"""Languages without a grammar here that put them in braces."""
_KEY = re.compile(r"^([\w$@.\"'-][\w$@.\"' /-]{0,79}?)\s*[:=]")
MAX_PARTS = 2000


def sections(path: str, lines: Sequence[str]) -> list[Span]:
    """The parts of a text that a name heads; none in other languages."""
    lowered = path.lower()
    if lowered.endswith(_BY_TREE):
        return spans(path, lines, KINDS) or []
    return list(_braced(lines)) if lowered.endswith(_IN_BRACES) else []


def _braced(lines: Sequence[str]) -> Iterator[Span]:
    """The blocks whose braces stand at the end of a line and at the start of one, as far in as one another."""
    opened: list[tuple[str, int]] = []
    for number, line in enumerate(lines):
        text = line.strip()
        if not text:
            continue
        depth = indent_of(line)
        while opened and len(depth) < len(opened[-1][0]):
            opened.pop()
        if opened and depth == opened[-1][0]:
            _, start = opened.pop()
            if text == "}":
                yield _part(lines, start, number)
        if text.endswith("{") and len(opened) < MAX_PARTS:
            opened.append((depth, number))


def _part(lines: Sequence[str], start: int, last: int) -> Span:
    head = lines[start].strip()
    name = head[:-1].rstrip()
    place = (Point(start, 0), Point(last, len(lines[last])))
    return Span(Definition(name, "section", place, place, head, None), start, last + 1, start)


def comes_again(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether each entry of a part stands in another as well, with its value or with a new one."""
    return Counter(map(_key, old)) <= Counter(map(_key, new))


def _key(line: str) -> tuple[str, str]:
    found = _KEY.match(line.strip())
    return indent_of(line), found[1] if found else line.strip()
