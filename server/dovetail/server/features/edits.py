"""Edit commands: applyDiff, edit, filesFor, fix, applyPlan, discardPlan, undoEdit, explainRefusal.

The work, and all that it imports, is loaded with the first command: it must not slow the server's start.
"""

from __future__ import annotations

from typing import Any

from ..client import NOT_TRUSTED
from .registry import Data, Registry

REFUSED = {
    "id": "",
    "applied": False,
    "message": NOT_TRUSTED,
    "files": [],
    "refused": [],
    "repaired": [],
}
COMMANDS = {
    "dovetail.applyDiff": "apply_diff",
    "dovetail.edit": "edit",
    "dovetail.filesFor": "files_for",
    "dovetail.fix": "fix_errors",
    "dovetail.applyPlan": "apply_plan",
    "dovetail.discardPlan": "discard_plan",
    "dovetail.undoEdit": "undo_edit",
    "dovetail.explainRefusal": "explain_refusal",
}
"""Command to the function in `editing.commands` that does it."""


def register(to: Registry) -> None:
    for command, name in COMMANDS.items():
        _register(to, command, name)


def _work(name: str, data: Data) -> Any:
    if name == "fix_errors" and data.get("until") is True:
        from ..until.editor import fix_until

        return fix_until
    from ..editing import commands

    return getattr(commands, name)


def _register(to: Registry, command: str, name: str) -> None:
    @to.command(command)
    async def run(data: Data) -> Any:
        host = await to.load_edits()
        # Asked once, behind the wait: trust may be withdrawn meanwhile.
        trusted = to.session.options.trusted
        answer = await _work(name, data)(host, data) if trusted else dict(REFUSED)
        if not to.session.options.speaks_dovetail:
            # The client shows nothing of an answer by itself.
            await to.plain.tell(answer if isinstance(answer, dict) else {})
        return answer
