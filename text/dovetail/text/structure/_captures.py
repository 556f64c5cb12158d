"""Asking a document's tree for the captures of its language's query."""

from __future__ import annotations

from tree_sitter import Node, QueryCursor

from .._positions import Point
from .._snapshot import Snapshot
from ..languages import Part

Match = tuple[int, dict[str, str | None], dict[str, list[Node]]]


def captures(
    snapshot: Snapshot,
    *names: str,
    node: Node | None = None,
    start: int = 0,
    end: int | None = None,
    depth: int | None = None,
) -> dict[str, list[Node]] | None:
    """Nodes by capture, of patterns that hold `names`, inside `node` (else the whole tree), that touch the
    bytes `start` to `end`; patterns begin at most `depth` levels down. None without a tree or without such
    patterns."""
    asked = _asked(snapshot, names, node, start, end, depth)
    if not asked:
        return None
    found = [cursor.captures(root) for _, cursor, root in asked]
    if len(found) == 1:
        return found[0]
    # In the order of the text, outer nodes first, as one query gives them.
    merged: dict[str, list[Node]] = {}
    for part in found:
        for name, nodes in part.items():
            merged.setdefault(name, []).extend(nodes)
    return {name: sorted(nodes, key=lambda n: (n.start_byte, -n.end_byte)) for name, nodes in merged.items()}


def matches(
    snapshot: Snapshot,
    *names: str,
    node: Node | None = None,
    start: int = 0,
    end: int | None = None,
    depth: int | None = None,
) -> list[Match]:
    """As `captures`, but match by match: the pattern's index, what it `#set!`s, and its nodes. Matches of patterns that
    hold none of `names` may be among them."""
    return [
        (part.first + index, part.query.pattern_settings(index), found)
        for part, cursor, root in _asked(snapshot, names, node, start, end, depth)
        for index, found in cursor.matches(root)
    ]


def _asked(
    snapshot: Snapshot,
    names: tuple[str, ...],
    node: Node | None,
    start: int,
    end: int | None,
    depth: int | None,
) -> list[tuple[Part, QueryCursor, Node]]:
    parts = snapshot.language.parts(*names) if snapshot.language else ()
    if not parts:
        return []
    if node is None:
        tree = snapshot.tree()
        if tree is None:
            return []
        node = tree.root_node
    asked = []
    for part in parts:
        # A cursor of its own for each question, because a cursor keeps its range and depth.
        cursor = QueryCursor(part.query)
        if start or end is not None:
            cursor.set_byte_range(start, node.end_byte if end is None else end)
        if depth is not None:
            cursor.set_max_start_depth(depth)
        asked.append((part, cursor, node))
    return asked


def at(snapshot: Snapshot, point: Point, *names: str) -> tuple[int, dict[str, list[Node]] | None]:
    """The byte of `point`, and what `captures` finds that touches it."""
    # A byte to either side: a node that ends, or starts, exactly at the cursor touches it too.
    byte = snapshot.lines.byte_offset(snapshot.lines.clamp(point))
    return byte, captures(snapshot, *names, start=max(byte - 1, 0), end=byte + 1)


def size(node: Node) -> int:
    """Length in bytes: the innermost of nodes around one place is the smallest."""
    return node.end_byte - node.start_byte
