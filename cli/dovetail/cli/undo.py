"""`dovetail undo`: the last edit of a folder taken back."""

from __future__ import annotations

from pathlib import Path

from .apply import APPLIED, REFUSED, state_folder, usage
from .terminal import say, say_json, told


def run_undo(*, root: Path, as_json: bool = False, state: Path | None = None) -> int:
    """Take the last edit of the files under `root` back."""
    from dovetail.edits import SCHEMA, Undone
    from dovetail.server.bridge.call import EditorError
    from dovetail.server.bridge.served import ServedFolder

    if not root.is_dir():
        return usage(f"--root: there is no folder {root}.")
    try:
        result = ServedFolder.look(root, state or state_folder()).undo()
    except EditorError as error:
        # An editor that does not answer may hold text that an undo on the disk would lose.
        result = Undone(False, str(error))
    if as_json:
        value = {
            "schema": SCHEMA,
            "applied": result.done,
            "message": result.message,
            "files": list(result.files),
            "merged": list(result.merged),
        }
        told(lambda: say_json(value))
    else:
        told(lambda: say(result.message, err=not result.done))
    return APPLIED if result.done else REFUSED
