"""The workspace as edits see it: open documents first, then the disk; nothing outside the folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from dovetail.edits import DiskWorkspace, FileState, Unresolved
from dovetail.text import Snapshot

from ..session.documents import Documents
from ..session.folders import path_of


def open_by_path(documents: Documents) -> dict[Path, Snapshot]:
    """The open documents by the file they are of, links followed."""
    found: dict[Path, Snapshot] = {}
    for snapshot in documents.recent():
        path = path_of(snapshot.uri)
        if path is not None:
            found.setdefault(Path(os.path.realpath(path)), snapshot)
    return found


class LiveWorkspace:
    """Implements `dovetail.edits.Workspace` over one folder.

    Args:
        shown: versions of files that a model was shown, by path, newest first.
    """

    def __init__(self, root: Path, documents: Documents, shown: Mapping[str, Sequence[str]]) -> None:
        self.disk = DiskWorkspace(root)
        self.root = self.disk.root
        self.documents = documents
        self.shown = shown

    def resolve(self, raw: str) -> str | Unresolved:
        return self.disk.resolve(raw)

    def snapshot(self, path: str) -> Snapshot | None:
        """The open document of a file."""
        return open_by_path(self.documents).get(Path(os.path.realpath(self.root / path)))

    def read(self, path: str) -> FileState | Unresolved | None:
        state = self.disk.read(path)
        snapshot = self.snapshot(path)
        if snapshot is None:
            return state
        decoded = state.decoded if isinstance(state, FileState) else None
        return FileState(snapshot.text, decoded, snapshot)

    def bases(self, path: str) -> Sequence[str]:
        return self.shown.get(path, ())

    def like(self, path: str) -> Sequence[str]:
        return self.disk.like(path)
