"""What only the workspace can say of a reply's signs: whether a word that may be a path names a file."""

from __future__ import annotations

from attrs import evolve

from ..files import Unresolved, Workspace
from ..model import FileChange, Reply


def meant(reply: Reply, workspace: Workspace) -> Reply:
    """The reply without blocks below words that name no file ("Node.js", "CI/CD", "macOS/Linux")."""
    dropped = [change for change in reply.changes if change.only_if_there and not _exists(change, workspace)]
    if not dropped:
        return reply
    notes = tuple(
        f"{_where(change)} was read as no edit: there is no file {change.paths[0]}" for change in dropped
    )
    return evolve(
        reply,
        changes=tuple(change for change in reply.changes if change not in dropped),
        mended=(*reply.mended, *notes),
        seen=(*reply.seen, *notes),
    )


def _exists(change: FileChange, workspace: Workspace) -> bool:
    for raw in change.paths:
        path = workspace.resolve(raw)
        if not isinstance(path, Unresolved) and workspace.read(path) is not None:
            return True
    return False


def _where(change: FileChange) -> str:
    return f"a block below {change.paths[0]!r} (line {change.hunks[0].first + 1} of the reply)"
