"""The files of a plan while it is made, by the names that they have at that point."""

from __future__ import annotations

from attrs import define, field

from dovetail.text import TextEdit

from ..files import FileState, Unresolved, Workspace
from ..model import Change, FileChange, Hunk
from .paths import Names


@define(frozen=True, slots=True)
class Task:
    """One hunk of a reply, with the change that it belongs to."""

    index: int
    change: FileChange
    hunk: Hunk


@define(slots=True)
class Draft:
    """One file while the plan is made."""

    path: str
    """Where it is now; for a new file, where it is to be."""
    state: FileState | None
    text: str | None
    deleted_by: int | None = None
    new_path: str = ""
    executable: bool | None = None
    changes: list[tuple[int, Change]] = field(factory=list)
    bare: bool | None = None
    edits: tuple[TextEdit, ...] | None = ()
    """None where several rounds changed it."""
    touched: bool = False

    @property
    def name(self) -> str:
        """Where it is to be; '' for one that goes."""
        return "" if self.deleted_by is not None else self.new_path or self.path

    @property
    def before(self) -> str | None:
        return None if self.state is None else self.state.text


class Drafts:
    """All files that a plan has looked at.

    A git diff names its files as they were before any of it; the other formats are read in order, so that a name
    may be left by one file and taken by the next.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.files: dict[str, Draft] = {}
        self.names = Names(workspace)

    def key(self, path: str, *, old_names: bool = False) -> str:
        """The path, as it was before the reply, of the file that has this name now; '' where it was left."""
        # In a git diff the old name means the file that has it on disk, whoever gets that name in the same
        # diff.
        if old_names and (path in self.files or self._workspace.read(path) is not None):
            return path
        for draft in self.files.values():
            if draft.new_path == path and draft.deleted_by is None:
                return draft.path
        # A file that was renamed away leaves its name free; one that was deleted still is the file of that
        # name.
        left = self.files.get(path)
        return "" if left is not None and left.name != path and left.deleted_by is None else path

    def exists(self, path: str, *, old_names: bool = False) -> bool:
        """Whether a file has this name, at this point of the reply."""
        key = self.key(path, old_names=old_names)
        if not key:
            return False
        if key in self.files:
            return self.files[key].text is not None and self.files[key].deleted_by is None
        return self._workspace.read(key) is not None

    def open(self, path: str, *, old_names: bool = False) -> Draft | Unresolved:
        """The file that has this name, looked at now if it was not yet."""
        # A name that was left and not taken again is asked for on the disk.
        key = self.key(path, old_names=old_names) or path
        # Read once for a plan: later rounds speak of what the earlier ones made of it.
        if key not in self.files:
            state = self._workspace.read(key)
            if isinstance(state, Unresolved):
                return state
            self.files[key] = Draft(key, state, None if state is None else state.text)
        return self.files[key]
