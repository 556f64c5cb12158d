"""What is never proposed, however likely it looks. Each refusal is a sentence; None is no objection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from dovetail.text import Point, TextEdit, error_count

from .locations import EditLocation
from .model import Edit, Text
from .tokens import is_name, is_word, tokens

_DEFINES = frozenset(
    [
        "class",
        "const",
        "def",
        "enum",
        "fn",
        "func",
        "function",
        "interface",
        "let",
        "struct",
        "trait",
        "type",
        "var",
    ]
)


def refuse(
    kind: str, examples: int, location: EditLocation, text: Text, history: Iterable[Edit]
) -> str | None:
    """Why a place is refused by what can be seen without parsing.

    Args:
        kind: of the rule, or "model".
        examples: edits that the rule was seen in.
        history: the edits that were made.
    """
    edits = list(history)
    checks: tuple[Callable[[], str | None], ...] = (
        lambda: _counter(kind, examples, location),
        lambda: _undoes(location, edits),
        lambda: _defined_twice(location, text),
        lambda: _inside_new_name(location, text),
        lambda: _await(location, text),
    )
    # From cheap to dear, the first reason wins.
    for check in checks:
        reason = check()
        if reason is not None:
            return reason
    return None


def _counter(kind: str, examples: int, location: EditLocation) -> str | None:
    """A rewrite of digits alone is a running number, not a pattern."""
    if kind in ("import", "insertion") or len(location.old) != len(location.new):
        return None
    for old, new in zip(location.old, location.new, strict=True):
        # By tokens: the number may stand anywhere in the lines.
        a, b = tokens(old).words, tokens(new).words
        if len(a) != len(b):
            return None
        for one, other in zip(a, b, strict=True):
            if one != other and not (one[0].isdigit() and other[0].isdigit()):
                return None
    # A value that was spelled out the same way twice is a value; once only, it counts.
    return None if examples > 1 else "it changes nothing but a number"


def _undoes(location: EditLocation, edits: list[Edit]) -> str | None:
    for edit in edits:
        # Also in another file: what was taken out here is not put in there, but for insertions, whose old
        # side is nothing in every file.
        if edit.old == location.new and edit.new == location.old and (edit.old or edit.uri == location.uri):
            return "it would undo an edit that was just made"
        here = edit.uri == location.uri and edit.line == location.line
        # The line has just been written so; taking words out of it again would be a step back.
        if (
            here
            and edit.new
            and location.old == edit.new
            and len(location.old) == 1
            and _words(location.new) <= _words(edit.old)
        ):
            return "it would undo an edit that was just made"
    return None


def _words(lines: tuple[str, ...]) -> set[str]:
    return {word for line in lines for word in tokens(line).words}


def defined(line: str) -> str | None:
    """The name that a line defines, if it reads like a definition; None if it does not."""
    words = tokens(line).words
    # Modifiers may stand in front (`export default async function f`): within the first five words.
    for index, word in enumerate(words[:5]):
        if word in _DEFINES and index + 1 < len(words) and is_name(words[index + 1]):
            return words[index + 1]
    return None


def _defined_twice(location: EditLocation, text: Text) -> str | None:
    before = {defined(line) for line in location.old}
    for line in location.new:
        name = defined(line)
        # A line that defined the name before may go on doing so, and a name the text does not hold is not
        # there twice.
        if name is None or name in before or not text.holds(name):
            continue
        own = range(location.line, location.line + len(location.old))
        if any(at not in own and defined(text.lines[at]) == name for at in text.lines_with(name)):
            return f"it would define {name} a second time"
    return None


def _header(location: EditLocation, text: Text) -> str:
    """The nearest line above that is indented less and reads like a definition."""
    own = location.old[0] if location.old else next(iter(location.new), "")
    width = len(own) - len(own.lstrip())
    for at in range(location.line - 1, max(location.line - 400, -1), -1):
        line = text.lines[at]
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        if indent < width:
            if any(word in tokens(line).words for word in ("def", "function", "fn", "func", "=>", "class")):
                return line
            # A line in between, such as an `if`: only what is indented less than it can still be around the
            # place.
            width = indent
        if width == 0:
            break
    return ""


@lru_cache(maxsize=1_024)
def _coming(old: tuple[str, ...], new: tuple[str, ...]) -> frozenset[str]:
    """The words that come in: of the new lines and of none of the old. Remembered, since a rule's places are alike."""
    return frozenset(word for word in _words(new) - _words(old) if is_word(word))


def _inside_new_name(location: EditLocation, text: Text) -> str | None:
    """A name that comes in is not put into its own definition."""
    new = {word for word in _coming(location.old, location.new) if is_name(word)}
    if not new:
        return None
    name = defined(_header(location, text))
    return f"it stands inside the definition of {name}" if name in new else None


def _await(location: EditLocation, text: Text) -> str | None:
    if not any("await" in line or "async" in line for line in (*location.old, *location.new)):
        return None
    had = any("await" in tokens(line).words for line in location.old)
    has = any("await" in tokens(line).words for line in location.new)
    # As many as before: only `async` may have gone, with an `await` left below.
    if has == had:
        if any("async" in tokens(line).words for line in location.old) and not any(
            "async" in tokens(line).words for line in location.new
        ):
            # Thirty lines below: the function's body as a rule; without a tree its end is not known.
            body = text.lines[location.line + len(location.old) : location.line + len(location.old) + 30]
            if any("await" in line for line in body):
                return "an await below would be left in a function that is not async"
        return None
    header = _header(location, text)
    if (
        has
        and header
        and "async" not in tokens(header).words
        and text.suffix in (".py", ".js", ".ts", ".tsx", ".jsx")
    ):
        return "it puts an await into a function that is not async"
    return None


def breaks_syntax(location: EditLocation, text: Text) -> str | None:
    """Whether the text would have more syntax errors than it has: for the best few alone.

    The tree of the text as it is is the document's own, so that only the change is parsed: a fresh parse takes about
    1 ms in 10 KB.
    """
    before = text.snapshot
    tree = before.tree()
    if tree is None:
        return None
    first, last = location.line, location.line + len(location.old)
    new = "".join(f"{line}\n" for line in location.new)
    # Behind the last line there is no start of a line to insert at.
    if first >= len(text.lines):
        new = f"\n{new}"
    after = before.edit(TextEdit(Point(first, 0), Point(last, 0), new)).tree()
    return "it would bring a syntax error" if error_count(after) > error_count(tree) else None


def names_known(location: EditLocation, texts: Mapping[str, Text]) -> float:
    """The share of the names that come in which the place's own text holds already; 1 where none comes in."""
    new = _coming(location.old, location.new)
    if not new:
        return 1.0
    text = texts[location.uri]
    return sum(text.holds(word) for word in new) / len(new)
