"""Edit commands: applyDiff, edit, fix, applyPlan, discardPlan, undoEdit, explainRefusal.

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


def _register(to: Registry, command: str, name: str) -> None:
    @to.command(command)
    async def run(data: Data) -> Any:
        if not to.session.options.trusted:
            answer: Any = dict(REFUSED)
        else:
            host = await to.load_edits()
            from ..editing import commands

            answer = await getattr(commands, name)(host, data)
        if not to.session.options.speaks_dovetail and isinstance(answer, dict):
            _say(to, answer)
        return answer


def _say(to: Registry, answer: Data) -> None:
    """Tell the person what a command came to, where the client shows nothing of its answer."""
    text = str(answer.get("explanation") or answer.get("message") or "")
    refused = answer.get("refused") or []
    if refused:
        first = refused[0]
        text += f" The first: {first.get('kind', '')}: {first.get('reason', '')}."
    if text:
        to.client.show_message(f"Dovetail: {text}")
