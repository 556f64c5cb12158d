"""Names that a text binds outside its functions (`LIMIT = 3`, `const sub = (a, b) => a - b;`) as definitions: which
of a file one of a block stands for, and what a new value would lose.

Chat models show a list to which one entry is to be added as that entry alone about as often as in whole. So a value
that holds others keeps every word of them, or is refused; a number, a string or a function is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from attrs import evolve

from dovetail.text import Definition, Point, Snapshot, definitions, error_count

from ..live import LiveText, indent_of
from .spans import Span, tree_of

KINDS = frozenset({"variable", "constant", "field"})
_LANGUAGES = frozenset(
    {"python", "javascript", "typescript", "tsx", "go", "rust", "c", "cpp"}
    | {"ruby", "java", "csharp", "kotlin", "swift", "scala", "php"}
)
"""Where a line that binds a name stands for itself. In YAML or TOML what is above it says whose it is, and a shell
script sets its variables one after the other."""
_FIELDS_IN_A_CLASS = (".java", ".cs")
_CLASS = "__shown_without_its_class"
_WORDS = re.compile(r"[^\W\d]\w*")
_NUMBERS = re.compile(r"(?<!\w)\d[\w.]*")
_VALUE = re.compile(r"(?<![=!<>:])=(?![=>])|:=")
_STRING = re.compile(r"[A-Za-z]{0,2}[\"'`]")
_FUNCTION = re.compile(
    r"(?:[\w.]+(?:<[^<>()]*>)?\(\s*)*(?:async\b\s*)?(?:function\b|\w+\s*=>|\([^()]*\)\s*(?::[^=()]*)?=>|lambda\b)"
)
"""`(a, b) =>`, `async function`, and those that are given to a wrapper, as `memo(function Item`."""
_COMMENTS = ("#", "//", "/*", "--")


def bindings(snapshot: Snapshot | None, lines: Sequence[str]) -> list[Span]:
    """The names that a text binds outside its functions, each alone on its lines."""
    if snapshot is None or snapshot.language is None or snapshot.language.name not in _LANGUAGES:
        return []
    found: list[Span] = []
    shared: set[int] = set()
    for one in definitions(snapshot):
        if one.kind not in KINDS:
            continue
        start, end = one.range[0].line, one.range[1].line + (one.range[1].column > 0)
        # `a = b = 3`, `let a = 1, b = 2;`: no line of these is one name's alone.
        if found and start < found[-1].end:
            shared.update(range(start, end), range(found[-1].start, found[-1].end))
        found.append(Span(one, start, end, start))
    return [
        one
        for one in found
        if shared.isdisjoint(range(one.start, one.end)) and _alone(one.one, lines) and _has_value(one, lines)
    ]


def bindings_of_block(path: str, lines: Sequence[str]) -> list[Span]:
    """The names that a block binds outside its functions; what a class holds may be shown without the class."""
    found = _in_sound(path, lines)
    if found or not path.lower().endswith(_FIELDS_IN_A_CLASS):
        return found
    wrapped = [f"class {_CLASS} {{", *lines, "}"]
    return [
        Span(_above(one.one), one.start - 1, one.end - 1, one.bare - 1)
        for one in _in_sound(path, wrapped)
        if one.one.parent == _CLASS
    ]


def _in_sound(path: str, lines: Sequence[str]) -> list[Span]:
    """The names that a text binds which parses; none where it does not."""
    snapshot = tree_of(path, lines)
    tree = snapshot.tree() if snapshot is not None else None
    return [] if tree is None or error_count(tree) else bindings(snapshot, lines)


def _above(one: Definition) -> Definition:
    """A definition of a text without the line that was put above it."""

    def up(found: tuple[Point, Point]) -> tuple[Point, Point]:
        return Point(found[0].line - 1, found[0].column), Point(found[1].line - 1, found[1].column)

    return evolve(one, range=up(one.range), name_range=up(one.name_range), parent=None)


def _alone(one: Definition, lines: Sequence[str]) -> bool:
    """Whether nothing but a semicolon or a comment stands behind it on its last line."""
    end = one.range[1]
    behind = lines[end.line][end.column :].strip().lstrip(";,").lstrip() if end.column else ""
    return not behind or behind.startswith(_COMMENTS)


def _has_value(span: Span, lines: Sequence[str]) -> bool:
    return bool(_VALUE.search("\n".join(lines[span.start : span.end])))


def _head(span: Span, lines: Sequence[str]) -> str:
    """What stands on its first line up to the end of its name: `export const LIMIT`."""
    end = span.one.name_range[1]
    return " ".join(lines[end.line][: end.column].split())


def bound_at(
    span: Span, lines: Sequence[str], there: Sequence[Span], live: LiveText, margin: str
) -> Span | str:
    """The one binding of the file that a binding of a block is the new text of, or why there is none.

    Args:
        margin: the indentation that was taken off the block.
    """
    name = span.one.name
    named = [one for one in there if one.one.name == name]
    if not named:
        return f"{name} is not in the file, and nothing says where it goes"
    place, head = named[0], _head(span, lines)
    # A local of a function may have the name as well, and the block may show that one.
    behind = r"(?!\w)" if head != name else r" ?(?::[^=]+)?:?=(?!=)"
    starts = re.compile(re.escape(head) + behind)
    same = [number + 1 for number, line in enumerate(live.lines) if starts.match(" ".join(line.split()))]
    if len(named) > 1 or len(same) > 1:
        at = ", ".join(str(number) for number in same[:6] or [one.start + 1 for one in named[:6]])
        return f"{name} stands in the file several times (lines {at})"
    known = _head(place, live.lines)
    if known != head:
        return f"{known!r} stands in the file, not {head!r}"
    indent = indent_of(live.lines[place.start])
    # What a class holds, shown at the left margin, could be a local's line as well, unless it says `private`.
    if margin != indent and (margin or head == name):
        return f"{name} stands in the file at another indentation"
    return place


def value_loses(old: Sequence[str], new: Sequence[str], goes: Collection[str]) -> str:
    """What the new text of a binding lacks of the old one, in words; '' where it lacks nothing that a new value
    keeps."""
    before, after = "\n".join(old), "\n".join(new)
    (was, value), (now, other) = _parts(before), _parts(after)
    lost = [word for word in _WORDS.findall(was) if word not in _WORDS.findall(now)]
    if not lost and not _STRING.match(value) and not _FUNCTION.match(value) and not _FUNCTION.match(other):
        holds = "\n" in value or any(sign in value for sign in "[{") or value.startswith("(")
        if holds or value.count(",") > other.count(","):
            lost = [word for word in _WORDS.findall(value) if word not in _WORDS.findall(other)]
            if not lost and len(_NUMBERS.findall(value)) > len(_NUMBERS.findall(other)):
                lost = [word for word in _NUMBERS.findall(value) if word not in _NUMBERS.findall(other)]
                lost = lost or ["a number"]
    if not lost and _comment(old) and not _comment(new):
        return _comment(old)[:60]
    return ", ".join([word for word in dict.fromkeys(lost) if word not in goes][:4])


def _parts(text: str) -> tuple[str, str]:
    found = _VALUE.search(text)
    assert found is not None  # bindings without a value are not taken
    return text[: found.start()], text[found.end() :].strip()


def _comment(lines: Sequence[str]) -> str:
    """The comment behind the last line of a binding."""
    found = re.search(r"[;,\])}\s\w\"'`](\s*(?:#|//)\s.*)$", lines[-1])
    return found[1].strip() if found else ""
