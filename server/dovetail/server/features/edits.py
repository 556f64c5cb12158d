"""Edit commands: applyDiff, edit, fix, applyPlan, discardPlan, undoEdit, explainRefusal.

The work, and all that it imports, is loaded with the first command: it must not slow the server's start.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .commands import argument

if TYPE_CHECKING:
    from ..server import DovetailServer

NOT_TRUSTED = {
    "id": "",
    "applied": False,
    "message": "This workspace is not trusted, so Dovetail makes no edits in it.",
    "files": [],
    "refused": [],
    "mended": [],
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


def register(server: DovetailServer) -> None:
    for command, name in COMMANDS.items():
        _register(server, command, name)


def _register(server: DovetailServer, command: str, name: str) -> None:
    @server.command(command)
    async def run(*arguments: Any) -> Any:
        if not server.session.options.trusted:
            return dict(NOT_TRUSTED)
        work = getattr(importlib.import_module("dovetail.server.editing.commands"), name)
        return await work(server, argument(arguments))
