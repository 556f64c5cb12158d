"""Which names can be written at a place without anything before them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import cast

from attrs import define
from tree_sitter import Node

from .._positions import Point
from .._snapshot import Snapshot
from ._captures import captures, size
from ._definitions import anchor_of, bound_name
from ._tokens import code_of

TOP_DEPTH = 4
"""Levels below the root (or a class) at which a definition still counts as one of its own."""
LIMIT = 500
"""Names of the module, and of each class around, that are told: the nearest."""
REACH = 32 * 1024
"""Bytes before the cursor in which locals are looked for."""
REFRESH = 4 * 1024
"""Bytes of edited text from which on the module is looked at afresh."""
_BINDINGS = ("definition.name", "import.name", "local", "parameter")
_WORD = re.compile(r"[^\W\d]\w*")


def names_in_scope(snapshot: Snapshot, point: Point) -> list[str]:
    """Names that the cursor can use, nearest first: parameters and locals of the enclosing scopes bound
    before `point`, then the module's names, then what it imports. Members of Python-like classes are not
    among them.

    Without a tree: the words of the lines around, nearest first.
    """
    point = snapshot.lines.clamp(point)
    tree = snapshot.tree()
    if tree is None or snapshot.language is None or not snapshot.language.parts("definition", "local"):
        return _words(snapshot, point)
    # The anchor, not the point: behind the last character of a block the cursor still is inside it.
    byte = snapshot.lines.byte_offset(anchor_of(snapshot, point))
    found = captures(snapshot, "scope", start=max(byte - 1, 0), end=byte + 1) or {}
    members = {node.id for node in found.get("members", ())}
    chain = sorted((n for n in found.get("scope", ()) if n.start_byte <= byte <= n.end_byte), key=size)
    names: dict[str, None] = {}
    local = [node for node in chain if node.id not in members]
    cursor = snapshot.lines.byte_offset(point)
    if local:
        outermost = local[-1]
        _add(names, snapshot, _locals(snapshot, outermost, cursor, {n.id for n in chain}))
    imported: list[str] = []
    # Ends are counted from the end of the text: there an edit above the node does not move them.
    size_now = snapshot.lines.bytes
    visible = [] if _hides_members(snapshot) else [n for n in chain if n.id in members]
    for node, low, from_end in [
        *((n, n.start_byte, size_now - n.end_byte) for n in visible),
        (tree.root_node, 0, 0),
    ]:
        for binding in _nearest(_own(snapshot, node, low, from_end, cursor), cursor):
            if binding.imported:
                imported.append(binding.name)
            else:
                names.setdefault(binding.name)
    # Imports last: there may be hundreds, and few are meant at any one place.
    names.update(dict.fromkeys(imported))
    return list(names)


def _hides_members(snapshot: Snapshot) -> bool:
    """Whether members of a class are reached only through an object."""
    assert snapshot.language is not None
    return snapshot.language.name in {"python", "javascript", "typescript", "tsx", "rust", "go", "php", "lua"}


def _add(names: dict[str, None], snapshot: Snapshot, nodes: list[Node]) -> None:
    for node in nodes:
        text = snapshot.node_text(node)
        if text and len(text) <= 100 and "\n" not in text:
            names.setdefault(text)


def _locals(snapshot: Snapshot, outermost: Node, cursor: int, chain: set[int]) -> list[Node]:
    """Bindings before the cursor in `outermost` whose own scope is around the cursor, innermost scope
    first."""
    found = captures(
        snapshot,
        "scope",
        "definition",
        "local",
        "parameter",
        "import.name",
        node=outermost,
        start=max(outermost.start_byte, cursor - REACH),
        end=cursor,
    )
    if not found:
        return []
    events: list[tuple[int, int, int, Node]] = []
    scopes = {node.id: node for node in found.get("scope", ())}
    for node in scopes.values():
        # Scopes sort before bindings at the same place, and larger ones before smaller: a stack of scopes
        # then tells which one each binding is in.
        events.append((node.start_byte, 0, -node.end_byte, node))  # noqa: PERF401
    named_by = {node.id for node in found.get("definition.name", ())}
    seen: set[int] = set()
    for capture in _BINDINGS:
        for node in found.get(capture, ()):
            if node.id not in seen and node.end_byte <= cursor:
                seen.add(node.id)
                events.append((node.start_byte, 1, 0, node))
    events.sort(key=lambda event: event[:3])
    stack: list[Node] = []
    result: list[tuple[int, int, Node]] = []
    for start, kind, _, node in events:
        while stack and stack[-1].end_byte <= start:
            stack.pop()
        if kind == 0:
            stack.append(node)
            continue
        depth = len(stack)
        if node.id in named_by and stack and _names_scope(stack[-1], node):
            depth -= 1  # a function's name belongs to the scope around the function
        if depth == 0:
            continue
        if stack[depth - 1].id in chain:
            result.append((-depth, -start, node))
    # Innermost first, and in one scope the nearest first.
    return [node for _, _, node in sorted(result, key=lambda item: item[:2])]


def _names_scope(scope: Node, name: Node) -> bool:
    for field in ("name", "pattern"):
        own = scope.child_by_field_name(field)
        if own is not None and own.start_byte <= name.start_byte and name.end_byte <= own.end_byte:
            return True
    return False


@define(frozen=True, slots=True)
class _Binding:
    start: int
    end: int
    name: str
    imported: bool


def _own(snapshot: Snapshot, node: Node, low: int, from_end: int, cursor: int) -> list[_Binding]:
    """What a module or a class binds itself, in order of the text.

    A large file binds thousands of names and a key changes none or one of them, so what was found before is
    carried from state to state and only the part between the edits' outermost ends is looked at again.
    """
    size = snapshot.lines.bytes
    known = snapshot.carried(low, from_end)
    # Large edits: counting the part anew would cost as much as a fresh look.
    if known is not None and size - known.head - known.tail <= REFRESH:
        before = cast("list[_Binding]", known.value)
        if known.head == known.size == size:
            return before
        shift = size - known.size
        # A name that an edit touches at its end is another name, hence strictly less.
        first = bisect_left(before, known.head, key=lambda b: b.end)
        last = bisect_right(before, known.size - known.tail, key=lambda b: b.start)
        middle = [
            b
            for b in _bindings(snapshot, node, max(known.head - 1, 0), size - known.tail + 1)
            if b.end >= known.head and size - b.start >= known.tail
        ]
        # Behind the edits everything has moved; only what is near enough to be told is worth moving along.
        near = bisect_left(before, cursor - shift, key=lambda b: b.start)
        moved = before[max(last, first, near - LIMIT) : max(last, first, near) + LIMIT]
        if shift:
            moved = [_Binding(b.start + shift, b.end + shift, b.name, b.imported) for b in moved]
        return [*before[:first], *middle, *moved]
    found = _bindings(snapshot, node, node.start_byte, node.end_byte)
    snapshot.carry(low, from_end, found)
    return found


def _bindings(snapshot: Snapshot, node: Node, low: int, high: int) -> list[_Binding]:
    found = captures(
        snapshot, "definition", "local", "import.name", node=node, start=low, end=high, depth=TOP_DEPTH
    )
    if not found:
        return []
    # Names inside a function's body are its locals; those in the body of the node that was asked about are
    # its own.
    own = node.child_by_field_name("body")
    inner = [body for body in found.get("definition.body", ()) if own is None or body.id != own.id]
    nodes = [n for name in ("definition.name", "local") for n in found.get(name, ())]
    nodes = _outside(nodes, sorted((n.start_byte, n.end_byte) for n in inner))
    result = [_Binding(n.start_byte, n.end_byte, snapshot.node_text(n), False) for n in nodes]
    result += [
        _Binding(n.start_byte, n.end_byte, bound_name(snapshot.language, snapshot.node_text(n)), True)
        for n in found.get("import.name", ())
    ]
    fit = {(b.start, b.end): b for b in result if b.name and len(b.name) <= 100 and "\n" not in b.name}
    return [fit[place] for place in sorted(fit)]


def _nearest(bindings: list[_Binding], cursor: int) -> Iterator[_Binding]:
    """The bindings by their distance from the cursor, at most LIMIT of them, then every import left over."""
    right = bisect_left(bindings, cursor, key=lambda b: b.start)
    left = right - 1
    for _ in range(LIMIT):
        if left < 0 and right >= len(bindings):
            return
        # Two pointers that move apart from the cursor, the nearer side first.
        if right >= len(bindings) or (
            left >= 0 and cursor - bindings[left].start <= bindings[right].start - cursor
        ):
            yield bindings[left]
            left -= 1
        else:
            yield bindings[right]
            right += 1
    # Imports stand at the top as a rule.
    yield from (b for b in bindings[: min(left + 1, LIMIT)] if b.imported)


def _outside(nodes: list[Node], bodies: list[tuple[int, int]]) -> list[Node]:
    """The nodes in none of the ranges."""
    result: list[Node] = []
    index = end = 0
    for node in sorted(nodes, key=lambda n: n.start_byte):
        while index < len(bodies) and bodies[index][0] <= node.start_byte:
            end = max(end, bodies[index][1])
            index += 1
        if node.start_byte >= end:
            result.append(node)
    return result


def _words(snapshot: Snapshot, point: Point) -> list[str]:
    names: dict[str, None] = {}
    above = range(point.line, max(point.line - 200, -1), -1)
    below = range(point.line + 1, min(point.line + 50, len(snapshot.lines)))
    for index in (*above, *below):
        line = snapshot.line(index)
        if index == point.line:
            line = line[: point.column]
        # Lines of minified code are cut: what is far to the right is nothing that a person reads.
        for word in reversed(_WORD.findall(code_of(snapshot.language, line[:1000]))):
            if len(word) > 1:
                names.setdefault(word)
    return list(names)
