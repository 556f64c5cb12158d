"""A folder as it is now: the files on the disk, and over them what the editors that serve it have open.

What touches no open file is written to the disk, with the journal. What touches one is applied by its editor, which
holds it against its own text once more. Nothing is ever written to the disk behind an editor's unsaved text.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import define

from dovetail.edits import (
    AppliedEdit,
    CommitError,
    DiskWorkspace,
    FileState,
    Plan,
    Revision,
    Store,
    Undone,
    Workspace,
    applied_edits,
    apply_plan,
    foretold,
    undo,
)
from dovetail.text import Snapshot

from .call import Editor, EditorError, editors


@define(frozen=True, slots=True)
class Written:
    """What writing a plan came to."""

    edit: str = ""
    """The name by which it is taken back; '' where nothing was left to do."""
    unsaved: tuple[str, ...] = ()
    """Files that were changed in an editor, and are not saved there yet."""


@define(frozen=True, slots=True)
class ServedFolder:
    """Looked at once (`look`); what it says is of that moment."""

    store: Store
    editors: tuple[Editor, ...]

    @classmethod
    def look(cls, root: Path, state: Path) -> ServedFolder:
        """The folder as it is now.

        Raises:
            EditorError: an editor serves it and does not answer.
        """
        root = Path(os.path.realpath(root))
        return cls(Store(root, state), tuple(editors(root, state)))

    @property
    def root(self) -> Path:
        """The folder, links followed."""
        return self.store.root

    def workspace(
        self, base: Path | Revision | None = None, shown: Mapping[str, Sequence[str]] | None = None
    ) -> Workspace:
        """For planning.

        Args:
            base: a folder, or a git revision, with the files as a model was shown them.
            shown: versions of files that a model was shown, by path, newest first.
        """
        if not self.editors and not shown:  # nearly always: then nothing of the server need be imported
            return DiskWorkspace(self.root, base)
        from ..editing.workspace import LiveWorkspace
        from ..session.uris import uri_of

        documents = {
            path: Snapshot.open(uri_of(path), document.text)
            for editor in self.editors
            for path, document in editor.documents.items()
            if document.text is not None
        }
        return LiveWorkspace(self.root, documents, shown or {}, base)

    def unsaved(self) -> dict[str, str]:
        """The texts that editors hold of the folder's files, where they are not the disk's, by relative path."""
        workspace = self.workspace()
        found = {}
        for path in self.open_files():
            state = workspace.read(path)
            if isinstance(state, FileState) and state.unsaved:
                found[path] = state.text
        return found

    def open_files(self) -> list[str]:
        """The files of the folder that an editor has open, relative to it."""
        held = {path for editor in self.editors for path in editor.documents}
        return sorted(
            path.relative_to(self.root).as_posix() for path in held if path.is_relative_to(self.root)
        )

    def foretold(self, plan: Plan) -> str:
        """Why `write` would write nothing of a plan that fits, as far as it can be known before; '' where it would."""
        held = self._holder([path for file in plan.files for path in (file.path, file.new_path) if path])
        return foretold(plan, self.root) if held is None else _modes_changed(plan)

    def write(self, plan: Plan) -> Written:
        """Write a plan, all or nothing.

        Raises:
            CommitError: nothing was written; the text says why.
        """
        touched = [path for file in plan.files for path in (file.path, file.new_path) if path]
        editor = self._holder(touched)
        if editor is None:
            # No file of it is open: the disk and its journal, as without any editor.
            record = apply_plan(plan, self.store)
            return Written(record.edit if record else "")
        # As `apply_plan` would say for the disk.
        if not plan.ok:
            raise CommitError("The plan holds refused hunks; nothing was written.")
        if trouble := _modes_changed(plan):
            raise CommitError(trouble)
        from ..editing.proved import files_json

        try:
            # The whole plan goes to the one editor, also its files that are not open: all of it or nothing.
            done, text, name = editor.apply(self.root, files_json(plan))
        except EditorError as error:
            raise CommitError(str(error)) from error
        if not done:
            raise CommitError(text or "The editor did not apply the edit; nothing was written.")
        return Written(name, tuple(dict.fromkeys(file.new_path or file.path for file in plan.files)))

    def undo(self, edit: str | None = None) -> Undone:
        """Take the last edit of the folder back, on the disk or in an editor.

        Args:
            edit: the name of the edit; nothing is taken back where it is not the last.
        """
        # The newest of all edits, wherever it was applied; whoever applied it takes it back.
        try:
            known = self.edits(1)
            edit = known[0].edit if edit is None and known else edit
            for editor in self.editors:
                if any(one.get("edit") == edit for one in editor.edits):
                    done, text, files = editor.undo(self.root, edit or "")
                    return Undone(done, text, tuple(files))
            on_disk = applied_edits(self.store, 1)
            if edit is not None and on_disk and on_disk[0].edit == edit:
                # An undo on the disk would be written over by the next save of an open file.
                self._nothing_unsaved(path for path, _ in on_disk[0].files)
        except (CommitError, EditorError) as error:
            return Undone(False, str(error))
        return undo(self.store, edit)

    def edits(self, most: int = 20) -> list[AppliedEdit]:
        """The edits of the folder, on the disk and by editors, the newest first.

        Raises:
            CommitError: the records cannot be read.
        """
        found = applied_edits(self.store, most)
        for editor in self.editors:
            for one in editor.edits:
                files = tuple((str(path), str(op)) for path, op in one["files"])
                found.append(AppliedEdit(str(one["edit"]), float(one["at"]), files))
        return sorted(found, key=lambda one: one.at, reverse=True)[:most]

    def _holder(self, paths: list[str]) -> Editor | None:
        """The editor that has one of the files open; None where none has.

        Raises:
            CommitError: several have, or its text is not known.
        """
        holding: list[Editor] = []
        for path in paths:
            # Links followed, as documents are known by their real paths.
            real = Path(os.path.realpath(self.root / path))
            for editor in self.editors:
                document = editor.documents.get(real)
                if document is None:
                    continue
                if document.text is None:
                    # Its text has been lost track of: whatever were written would be proved against another.
                    raise CommitError(
                        f"Nothing was written: {path} is open in an editor, and {document.lost}."
                    )
                if editor not in holding:
                    holding.append(editor)
        if len(holding) > 1:
            raise CommitError(
                "Nothing was written: the files are open in several editors, and only one can be changed. Close them "
                "in the others."
            )
        return holding[0] if holding else None

    def _nothing_unsaved(self, paths: Iterable[str]) -> None:
        workspace = self.workspace()
        for path in paths:
            state = workspace.read(path)
            if self._holder([path]) is not None and isinstance(state, FileState) and state.unsaved:
                raise CommitError(
                    f"Nothing was taken back: {path} has changes in an editor that are not saved; save them first."
                )


def _modes_changed(plan: Plan) -> str:
    """Why an editor cannot apply a plan: it applies texts, and nothing is written rather than half of it."""
    for file in plan.files:
        was = file.state.executable if file.state is not None else None
        if file.executable is not None and file.executable != was:
            return (
                f"Nothing was written: {file.path} would change its mode, which no editor does for a server, and "
                "a file of the edit is open in one. Close it there, or set the mode by hand."
            )
    return ""
