"""The workspace as edits see it: open documents first, then the disk; nothing outside the folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve

from dovetail.edits import DiskWorkspace, FileState, Revision, Unresolved
from dovetail.text import Snapshot


class LiveWorkspace:
    """Implements `dovetail.edits.Workspace` over one folder, as it is at one moment: what is open is looked up once,
    so a plan can be made of it in a thread while the user types on.

    Args:
        open_documents: the open documents by their files, links followed (`Documents.by_file`).
        shown: versions of files that a model was shown, by path, newest first.
        planned: versions that earlier plans were made for, whoever saw them, newest first: as good a base as `shown`,
            but no proof that a model knows what it deletes.
        base: a folder, or a git revision, with the files as the model was shown them.
    """

    def __init__(
        self,
        root: Path,
        open_documents: Mapping[Path, Snapshot],
        shown: Mapping[str, Sequence[str]],
        base: Path | Revision | None = None,
        planned: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.disk = DiskWorkspace(root, base)
        self.root = self.disk.root
        self.open_documents = open_documents
        self.shown = shown
        self.planned = planned or {}

    def resolve(self, raw: str) -> str | Unresolved:
        return self.disk.resolve(raw)

    def snapshot(self, path: str) -> Snapshot | None:
        """The open document of a file."""
        return self.open_documents.get(Path(os.path.realpath(self.root / path)))

    def read(self, path: str) -> FileState | Unresolved | None:
        state = self.disk.read(path)
        snapshot = self.snapshot(path)
        if snapshot is None:
            return state
        # A document that was never saved, or whose file cannot be read: what the editor holds is all there
        # is.
        if not isinstance(state, FileState):
            return FileState(snapshot.text, None, snapshot, unsaved=True)
        return evolve(state, text=snapshot.text, snapshot=snapshot, unsaved=snapshot.text != state.text)

    def bases(self, path: str) -> Sequence[str]:
        known = (*self.shown.get(path, ()), *self.planned.get(path, ()))
        # What this session has shown before what the disk knows: it is the likelier base.
        return (*dict.fromkeys(known), *self.disk.bases(path))

    def was_shown(self, path: str, text: str) -> bool:
        # `planned` does not count: that a plan was made for a text does not mean that a model has seen it.
        return text in self.shown.get(path, ()) or self.disk.was_shown(path, text)

    def paths(self) -> Iterable[str]:
        return self.disk.paths()

    def is_link(self, raw: str) -> bool:
        return self.disk.is_link(raw)
