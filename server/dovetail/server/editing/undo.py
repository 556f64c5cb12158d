"""Taking an applied plan back: exactly where nothing changed since, by a three-way merge where something did."""

from __future__ import annotations

from pathlib import Path

from attrs import define

from dovetail.edits import FileState, Op, Plan, PlannedFile, Unresolved, merge_texts, text_edits

from .workspace import LiveWorkspace


@define(frozen=True, slots=True)
class Applied:
    """What was applied: each file's text before and after."""

    root: Path
    files: tuple[PlannedFile, ...]
    edit: str = ""
    """The name by which a command takes it back; '' for what was applied from within the editor."""
    at: float = 0.0
    """When, in seconds since 1970."""
    plan: str = ""
    """The id of the plan that it was."""


def undo_plan(applied: Applied, workspace: LiveWorkspace) -> Plan | str:
    """The plan that takes it back; a sentence where a file has changed in the same lines since."""
    files: list[PlannedFile] = []
    for file in applied.files:
        path = file.new_path or file.path
        state = workspace.read(path)
        if isinstance(state, Unresolved):
            return f"Not undone: {state.reason}."
        live = state.text if isinstance(state, FileState) else None
        taken = _take_back(file, path, live)
        if isinstance(taken, str):
            return taken
        if taken is not None:
            files.append(taken)
    return Plan(tuple(files), ())


def _take_back(file: PlannedFile, path: str, live: str | None) -> PlannedFile | str | None:
    if file.op is Op.CREATE:
        # Already gone: what the undo would do is done.
        if live is None:
            return None
        # Deleting would take what the user has written into it.
        if live != file.after:
            return f"Not undone: {path} was changed since it was created."
        return PlannedFile(path, Op.DELETE, live, None)
    if file.op is Op.DELETE:
        # Somebody has made a file of that name since: it is theirs.
        if live is not None:
            return f"Not undone: {path} exists again."
        return PlannedFile(path, Op.CREATE, None, file.before)
    if live is None:
        return f"Not undone: {path} is gone."
    before, after = file.before or "", file.after or ""
    # What was typed since stays: a three-way merge with our own text as the base.
    restored = before if live == after else merge_texts(after, live, before)
    if restored is None:
        return f"Not undone: {path} was changed in the same lines since."
    # A rename is taken back with whatever was typed into the file under its new name.
    op = Op.RENAME if file.op is Op.RENAME else Op.EDIT
    return PlannedFile(
        path, op, live, restored, text_edits(live, restored), file.path if op is Op.RENAME else ""
    )


__all__ = ["Applied", "undo_plan"]
