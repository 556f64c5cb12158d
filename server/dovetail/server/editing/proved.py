"""What a command of this machine has proved, as a plan: held against the live texts once more, file by file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dovetail.edits import FileState, Op, Plan, PlannedFile, Unresolved, text_edits

from .workspace import LiveWorkspace

CHANGED = "The text changed in the editor meanwhile; nothing was changed. Run it again."
TOO_LATE = "The editor was busy for too long; nothing was changed. Try again."
_OPS = {Op.EDIT, Op.CREATE, Op.DELETE, Op.RENAME}


def files_json(plan: Plan) -> list[dict[str, Any]]:
    """The files of a plan as `proved_plan` reads them."""
    return [
        {
            "path": file.path,
            "op": file.op.value,
            "before": file.before,
            "after": file.after,
            "newPath": file.new_path,
        }
        for file in plan.files
    ]


def proved_plan(files: Sequence[Any], workspace: LiveWorkspace) -> Plan | str:
    """The plan, or why there is none: a text that is another by now, a path that may not be written.

    Args:
        files: objects with `path`, `op`, `before` and `after` (texts, None for no file) and `newPath`.
    """
    planned = []
    for one in files:
        try:
            op, path, new = Op(one["op"]), str(one["path"]), str(one.get("newPath") or "")
            before, after = (None if one[key] is None else str(one[key]) for key in ("before", "after"))
        except (KeyError, TypeError, ValueError, AttributeError):
            return "The edit was not understood; nothing was changed."
        # The plan came back from a client: each path is resolved anew, links included, and has to be what it
        # was.
        for name in filter(None, (path, new)):
            found = workspace.resolve(name)
            if isinstance(found, Unresolved):
                return f"Nothing was changed: {found.reason}."
            if found != name:
                return f"Nothing was changed: {name} is {found} by now."
        # An operation and its texts have to belong together: a deletion has no text afterwards, a new file
        # none before.
        if op not in _OPS or (op is Op.DELETE) != (after is None) or (op is Op.CREATE) != (before is None):
            return "The edit was not understood; nothing was changed."
        state = workspace.read(path)
        if isinstance(state, Unresolved):
            return f"Nothing was changed: {state.reason}."
        # The proof was for this text and no other.
        if (state.text if isinstance(state, FileState) else None) != before:
            return CHANGED
        if new and new != path and workspace.read(new) is not None:
            return f"Nothing was changed: {new} exists by now."
        edits = text_edits(before, after) if before is not None and after is not None else ()
        planned.append(PlannedFile(path, op, before, after, tuple(edits), new, state=state))
    return Plan(tuple(planned), ())
