"""What a document defines and imports."""

from __future__ import annotations

import re
from bisect import bisect_left

from tree_sitter import Node

from .._positions import Point
from .._snapshot import Snapshot
from ..languages import Language
from ._captures import Match, captures, matches
from ._types import Definition, Import

SIGNATURE_LIMIT = 300
_NEST = frozenset({"class", "type", "module", "section", "impl"})
_CALLED = frozenset({"function", "method"})
_TYPES = frozenset({"class", "type"})
_OWNERS = frozenset({"class", "type", "impl"})


def definitions(snapshot: Snapshot) -> tuple[Definition, ...]:
    """Functions, classes, methods, types, constants and variables, in order of the text, without the
    variables local to a function. Visits the whole tree: keep the answer with the snapshot. Empty without a
    tree."""
    return _definitions(snapshot, matches(snapshot, "definition"))


def enclosing(snapshot: Snapshot, point: Point) -> list[Definition]:
    """The definitions that `point` stands in, outermost first; in an offside language a blank line belongs to
    the definition that its column is indented under."""
    point = snapshot.lines.clamp(point)
    anchor = anchor_of(snapshot, point)
    byte = snapshot.lines.byte_offset(anchor)
    found = _definitions(snapshot, matches(snapshot, "definition", start=max(byte - 1, 0), end=byte + 1))
    inside = [d for d in found if d.range[0] <= anchor <= d.range[1]]
    # On a blank line in Python the column tells what the next statement belongs to.
    if anchor != point:
        inside = [d for d in inside if snapshot_column(snapshot, d.range[0]) < point.column]
    return inside


def kinds_around(snapshot: Snapshot, point: Point) -> list[tuple[str, Point]]:
    """The definitions that `point` stands in as `enclosing` has them, outermost first, each by its kind and where it
    begins: for whoever needs no more, and asks when nobody waits. In a large grammar that is told by the types of
    nodes, where these tell it (a method may be called a function then): to compile the patterns of C++ holds the
    interpreter's lock for 140 ms."""
    language = snapshot.language
    if language is None or not language.large or language.offside or (tree := snapshot.tree()) is None:
        return [(one.kind, one.range[0]) for one in enclosing(snapshot, point)]
    byte = snapshot.lines.byte_offset(snapshot.lines.clamp(point))
    node = tree.root_node.descendant_for_byte_range(max(byte - 1, 0), byte)
    found = []
    while node is not None:
        kinds = language.definition_types.get(node.type, frozenset())
        if len(kinds) > 1 and not kinds <= _CALLED and not kinds <= _TYPES:
            return [(one.kind, one.range[0]) for one in enclosing(snapshot, point)]
        if kinds:
            found.append((min(kinds), snapshot.node_range(node)[0]))
        node = node.parent
    return found[::-1]


def anchor_of(snapshot: Snapshot, point: Point) -> Point:
    """Where to ask the tree about `point`: on a blank line of an offside language, the text above it, because
    blocks end with their last statement."""
    if snapshot.language is None or not snapshot.language.offside or snapshot.line(point.line).strip():
        return point
    for index in range(point.line - 1, max(point.line - 200, -1), -1):
        line = snapshot.line(index)
        if line.strip():
            return Point(index, len(line.rstrip()))
    return point


def snapshot_column(snapshot: Snapshot, point: Point) -> int:
    """The column of the first character of the line of `point`."""
    line = snapshot.line(point.line)
    return len(line) - len(line.lstrip())


def _definitions(snapshot: Snapshot, found: list[Match]) -> tuple[Definition, ...]:
    named: dict[tuple[int, int], tuple[Node, Node, str, Match]] = {}
    for match in found:
        index, settings, nodes = match
        if "definition" not in nodes:
            continue
        node = nodes["definition"][0]
        for name_node in nodes.get("definition.name", ()):
            key = (name_node.start_byte, name_node.end_byte)
            # One name may fit several patterns: one that knows the body, else the first of the file, says
            # most.
            rank = ("definition.body" not in nodes, index)
            known = named.get(key)
            if known is None or rank < ("definition.body" not in known[3][2], known[3][0]):
                named[key] = (node, name_node, settings.get("kind") or "variable", match)
    # Outer ones before inner ones, so that one pass with a stack knows what each stands in.
    items = list(named.values())
    items.sort(key=lambda item: (item[0].start_byte, -item[0].end_byte, item[1].start_byte))
    result: list[Definition] = []
    around: list[tuple[int, str, str]] = []
    for node, name_node, kind, (_, _, nodes) in items:
        while around and around[-1][0] <= node.start_byte:
            around.pop()
        outer = around[-1] if around else None
        name = snapshot.node_text(name_node).strip().strip("\"'")
        # Locals of a function are nobody else's; those of a class are its fields.
        if kind in ("variable", "constant") and outer:
            if outer[1] not in _NEST:
                continue
            if outer[1] in _OWNERS:
                kind = "field"
        if kind == "function" and outer and outer[1] in _OWNERS:
            kind = "method"
        if kind == "variable" and len(name) > 1 and name.isupper():
            kind = "constant"
        parents = nodes.get("definition.parent")
        parent = snapshot.node_text(parents[0]) if parents else outer[2] if outer else None
        bodies = nodes.get("definition.body")
        result.append(
            Definition(
                " ".join(name.split()),
                kind,
                snapshot.node_range(node),
                snapshot.node_range(name_node),
                _signature(snapshot, node, bodies[0] if bodies else None, kind),
                parent,
            )
        )
        if bodies or kind in _NEST:
            around.append((node.end_byte, kind, name))
    return tuple(result)


def _signature(snapshot: Snapshot, node: Node, body: Node | None, kind: str) -> str:
    start, end = snapshot.node_range(node)
    if body is not None and body.start_byte > node.start_byte:
        end = snapshot.lines.point_at_byte(body.start_byte)
    elif end.line > start.line and kind not in ("function", "method"):
        end = Point(start.line, len(snapshot.line(start.line)))
    # A pattern that does not know the body gives the whole of it: no header is so long.
    if end.line - start.line > 30:
        end = Point(start.line + 30, 0)
    text = " ".join(snapshot.lines.between(start, end).split())
    # What led to the body is not part of the signature: the brace, the arrow, the equals sign.
    if body is not None or end.line == start.line:
        text = re.sub(r"\s*(?:\{|=>|=|;|->|,)$", "", text)
    if body is not None and snapshot.language and snapshot.language.offside:
        text = re.sub(r"(?::|\bwhere)$", "", text).rstrip()
    return text[:SIGNATURE_LIMIT]


def imports(snapshot: Snapshot) -> tuple[Import, ...]:
    """The import statements, in order of the text. Visits the whole tree: keep the answer with the
    snapshot."""
    found = captures(snapshot, "import")
    if not found:
        return ()
    statements = _spans(found, "import")
    sources, names = _spans(found, "import.source"), _spans(found, "import.name")
    result: list[Import] = []
    for low, high in statements:
        where = (snapshot.lines.point_at_byte(low), snapshot.lines.point_at_byte(high))
        inside = _within(sources, low, high)
        bound = _within(names, low, high)
        for index, source in enumerate(inside):
            # `import a as b, c` brings two modules; what follows a module's path is its name here.
            first = source[0] if len(inside) > 1 else low
            last = inside[index + 1][0] if index + 1 < len(inside) else high
            texts = [
                bound_name(snapshot.language, _text(snapshot, *name)) for name in _within(bound, first, last)
            ]
            path = _text(snapshot, *source).removeprefix("import ").strip("\"'`<>")
            result.append(Import(path, tuple(dict.fromkeys(filter(None, texts))), where))
    return tuple(result)


def _spans(found: dict[str, list[Node]], name: str) -> list[tuple[int, int]]:
    return sorted({(node.start_byte, node.end_byte) for node in found.get(name, ())})


def _within(spans: list[tuple[int, int]], low: int, high: int) -> list[tuple[int, int]]:
    return [
        span
        for span in spans[bisect_left(spans, (low, 0)) : bisect_left(spans, (high, 0))]
        if span[1] <= high
    ]


def _text(snapshot: Snapshot, low: int, high: int) -> str:
    lines = snapshot.lines
    return lines.between(lines.point_at_byte(low), lines.point_at_byte(high)).strip()


def bound_name(language: Language | None, text: str) -> str:
    """The name that an import's `import.name` binds; '' where it binds none."""
    name = language.name if language else ""
    if name == "python":  # `import a.b` binds `a`
        return text.split(".")[0]
    if name == "go":  # a package goes by the end of its path, unless it is named, `.` or `_`
        return text.rpartition("/")[2].strip("._")
    if name == "elixir":  # `alias A.B` binds `B`
        return text.rpartition(".")[2]
    return text
