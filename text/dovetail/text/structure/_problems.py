"""Where a tree says that the text does not fit the grammar."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node, Tree

from .._positions import Point
from .._snapshot import Snapshot
from ._types import SyntaxProblem


def _problem_nodes(root: Node, start: int, end: int) -> Iterator[Node]:
    """ERROR and MISSING nodes that touch the bytes `start` to `end`, in order of the text.

    Walks only where `has_error` leads, with a cursor and no recursion: trees may be thousands of levels deep.
    """
    if not root.has_error:
        return
    cursor = root.walk()
    while True:
        node = cursor.node
        assert node is not None
        if node.start_byte > end:
            return  # and so does all that follows
        if node.end_byte >= start and node.has_error:
            if node.is_error or node.is_missing:
                yield node
            # Leaps over what ends before `start`: a file has thousands of top-level statements.
            if start and cursor.goto_first_child_for_byte(start - 1) is not None:
                continue
            if not start and cursor.goto_first_child():
                continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def error_count(tree: Tree | None, start_byte: int = 0, end_byte: int | None = None) -> int:
    """How many ERROR and MISSING nodes touch the bytes `start_byte` to `end_byte`; 0 without a tree."""
    if tree is None:
        return 0
    root = tree.root_node
    return sum(1 for _ in _problem_nodes(root, start_byte, root.end_byte if end_byte is None else end_byte))


def has_error_between(snapshot: Snapshot, start_byte: int, end_byte: int) -> bool:
    """Whether an ERROR or MISSING node touches the bytes `start_byte` to `end_byte`."""
    tree = snapshot.tree()
    return tree is not None and next(_problem_nodes(tree.root_node, start_byte, end_byte), None) is not None


def syntax_errors(
    snapshot: Snapshot, start: Point | None = None, end: Point | None = None
) -> list[SyntaxProblem]:
    """The syntax errors that touch `start` to `end` (else the whole document), in order; none without a
    tree."""
    tree = snapshot.tree()
    if tree is None:
        return []
    lines = snapshot.lines
    low = lines.byte_offset(lines.clamp(start)) if start else 0
    high = lines.byte_offset(lines.clamp(end)) if end else lines.bytes
    return [_problem(snapshot, node) for node in _problem_nodes(tree.root_node, low, high)]


def _problem(snapshot: Snapshot, node: Node) -> SyntaxProblem:
    start, end = snapshot.node_range(node)
    if node.is_missing:
        what = node.type if not node.is_named else node.type.replace("_", " ")
        return SyntaxProblem(
            start, end, True, f"{what} is missing" if what.strip() else "a line end is missing"
        )
    text = snapshot.lines.between(start, min(end, Point(start.line, start.column + 60)))
    text = " ".join(text.split())
    return SyntaxProblem(start, end, False, f"unexpected {text[:40]!r}" if text else "unexpected end")
