"""Asking a document's tree for the captures of its language's query."""

from __future__ import annotations

from tree_sitter import Node, QueryCursor

from .._positions import Point
from .._snapshot import Snapshot

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
    cursor, root = _cursor(snapshot, names, node, start, end, depth)
    return cursor.captures(root) if cursor and root else None


def matches(
    snapshot: Snapshot,
    *names: str,
    node: Node | None = None,
    start: int = 0,
    end: int | None = None,
    depth: int | None = None,
) -> list[Match]:
    """As `captures`, but match by match: the pattern's index, what it `#set!`s, and its nodes."""
    cursor, root = _cursor(snapshot, names, node, start, end, depth)
    if cursor is None or root is None:
        return []
    query = snapshot.language.query(*names) if snapshot.language else None
    assert query is not None
    return [(index, query.pattern_settings(index), found) for index, found in cursor.matches(root)]


def _cursor(
    snapshot: Snapshot,
    names: tuple[str, ...],
    node: Node | None,
    start: int,
    end: int | None,
    depth: int | None,
) -> tuple[QueryCursor | None, Node | None]:
    query = snapshot.language.query(*names) if snapshot.language else None
    if query is None:
        return None, None
    if node is None:
        tree = snapshot.tree()
        if tree is None:
            return None, None
        node = tree.root_node
    # A cursor of its own for each question, because a cursor keeps its range and depth.
    cursor = QueryCursor(query)
    if start or end is not None:
        cursor.set_byte_range(start, node.end_byte if end is None else end)
    if depth is not None:
        cursor.set_max_start_depth(depth)
    return cursor, node


def at(snapshot: Snapshot, point: Point, *names: str) -> tuple[int, dict[str, list[Node]] | None]:
    """The byte of `point`, and what `captures` finds that touches it."""
    # A byte to either side: a node that ends, or starts, exactly at the cursor touches it too.
    byte = snapshot.lines.byte_offset(snapshot.lines.clamp(point))
    return byte, captures(snapshot, *names, start=max(byte - 1, 0), end=byte + 1)


def size(node: Node) -> int:
    """Length in bytes: the innermost of nodes around one place is the smallest."""
    return node.end_byte - node.start_byte
