"""What the editor was asked to apply: held against the text that comes back, and taken back on the person's word."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dovetail.edits import Plan

from ..client import NOT_TRUSTED, Client
from ..session.session import Session
from ..statistics import Signal
from . import counted
from .arrival import ARRIVES_S, SILENT_S, Arrival
from .encode import CannotEncode, workspace_edit
from .proved import TOO_LATE
from .stored import Looks
from .undo import Applied, undo_plan
from .workspace import LiveWorkspace

log = logging.getLogger(__name__)

KEPT = 32
"""Edits that can be taken back; of more the oldest are forgotten."""
ATTEMPTS = 5
"""How often a plan is made again because the user typed into its files meanwhile."""


class AppliedEdits:
    """The edits of a session that were applied, the last one last."""

    def __init__(self, session: Session, client: Client, workspace: Callable[[Path], LiveWorkspace]) -> None:
        """`workspace` gives a folder as it is now."""
        self.session = session
        self.client = client
        self._workspace = workspace
        self._edits: list[Applied] = []
        self.looks: Looks | None = None
        """Who looks for errors that an edit brought."""

    async def carry_out(
        self,
        plan: Plan,
        workspace: LiveWorkspace,
        *,
        seen: bool,
        undoable: bool,
        edit: str = "",
        of: str = "",
        in_time: Callable[[], bool] = lambda: True,
    ) -> tuple[bool, str]:
        """Have the editor make a plan's changes.

        Args:
            seen: whether the person has looked at the plan.
            undoable: whether it is kept, to be taken back.
            edit: the name by which a command takes it back; '' for what is applied from within the editor.
            of: the id of the stored plan that it is.
            in_time: whether whoever asked still waits.

        Returns whether the text that came back is the text that was meant, and one sentence.
        """
        try:
            changes = workspace_edit(
                plan,
                workspace,
                self.client.capabilities,
                self.session.encoding,
                confirm_merges=not seen,
                # Only a client of ours shows a plan itself; any other has shown a sentence at most.
                confirm_marks=not (seen and self.session.options.speaks_dovetail),
            )
        except CannotEncode as error:
            return False, f"Nothing was changed. {error}"
        # For what was wrong before: only new errors are the edit's.
        known = await self._errors_before(plan, workspace) if undoable else {}
        if not self.session.options.trusted:  # taken away while the model wrote, or the plan was made
            return False, NOT_TRUSTED
        if not in_time():
            return False, TOO_LATE
        # Made before the editor is asked: the change may come before its answer.
        arrival = Arrival(self.session.documents, plan, lambda: self._workspace(workspace.root))
        try:
            answer = await self.client.apply_edit(changes)
            # A command reads the text next, so what the editor says is not enough for it.
            silent = 0.0 if not answer.applied else ARRIVES_S if edit else SILENT_S
            arrived = await arrival.there(silent=silent)
        except BaseException:
            arrival.close()
            raise
        # The editor says yes and its text has not come yet: some send it only after a while. It is waited for
        # beside.
        owed = answer.applied and not arrived and arrival.silent and not edit
        if not owed:
            arrival.close()
        if not arrived and not owed:
            reason = f" ({answer.reason.rstrip('.')})" if answer.reason else ""
            done, as_before = await arrival.parts()
            # The protocol lets it stop at the first change that fails, and keep those before it.
            if done:
                only = f"The editor applied the edit to {_named(done)} only{reason}"
                return False, f"{only}; use its undo to go back."
            if not answer.applied:
                return False, f"The editor did not apply the edit{reason}."
            log.warning("the editor said that it applied an edit, but the text is not what was meant")
            if as_before:
                return False, "The editor says that it applied the edit, but its text has not changed."
            return (
                False,
                f"The editor applied something else than was meant{reason}; use its undo to go back.",
            )
        if undoable:
            self._edits.append(Applied(workspace.root, plan.files, edit, time.time(), of))
            del self._edits[:-KEPT]
            self._offer_fixes(plan, workspace, known)
            live = {file.path: workspace.snapshot(file.path) for file in plan.files}
            counted.applied(
                self.session, of, plan, {path: one for path, one in live.items() if one is not None}
            )
        if owed:
            self.session.timers.spawn(self._verify(arrival))
        names = _named([file.new_path or file.path for file in plan.files])
        if owed:
            return True, f"Applied to {names}, as the editor says; its new text has not come yet."
        return True, f"Applied to {names}."

    async def _verify(self, arrival: Arrival) -> None:
        """The editor said that it applied an edit and shows its text later: hold that against the plan."""
        if await arrival.differs():
            log.warning("the editor said that it applied an edit, but the text is not what was meant")
            self.client.show_message(
                "Dovetail: The editor applied something else than was meant; use its undo to go back."
            )

    async def _errors_before(self, plan: Plan, workspace: LiveWorkspace) -> dict[str, frozenset[str]]:
        """What was wrong in the files before: an edit is not blamed for it."""
        if self.looks is None:
            return {}
        opened = [workspace.snapshot(file.path) for file in plan.files]
        return {one.uri: await self.looks.known(one.uri) for one in opened if one is not None}

    def _offer_fixes(self, plan: Plan, workspace: LiveWorkspace, known: dict[str, frozenset[str]]) -> None:
        """Look whether the edit brought errors into the lines it touched."""
        for file in plan.files if self.looks is not None else ():
            snapshot = workspace.snapshot(file.new_path or file.path)
            if snapshot is None or file.before is None or not file.edits:
                continue
            first = min(edit.start.line for edit in file.edits)
            last = max(edit.start.line + edit.text.count("\n") for edit in file.edits)
            assert self.looks is not None
            self.looks.look(snapshot.uri, first, last, known.get(snapshot.uri, frozenset()))

    def stands(self, plan: Plan, workspace: LiveWorkspace) -> bool:
        """Whether the open documents that a plan changes are still what it was made for."""
        documents = self.session.documents
        known = [
            workspace.snapshot(path) for file in plan.files for path in (file.path, file.new_path) if path
        ]
        return all(one is None or documents.get(one.uri) is one for one in known)

    async def undo_of_command(
        self, root: Path, edit: str, in_time: Callable[[], bool]
    ) -> tuple[bool, str, list[str]]:
        """Take back what a command has had applied, if it is the last: whether it was, a sentence, the files."""
        mine = [one for one in self._edits if one.edit == edit and one.root == root]
        if not mine or not edit:
            return False, f"The editor knows no edit {edit[:40]} of this folder (any more).", []
        if self._edits[-1] is not mine[0]:
            return False, "Another edit was applied in the editor since; that is to be taken back first.", []
        if not in_time():
            return False, TOO_LATE, []
        done, text = await self.undo()
        return done, text, [file.new_path or file.path for file in mine[0].files] if done else []

    def of_commands(self, root: Path) -> list[dict[str, Any]]:
        """The edits of a folder that commands have had applied, the newest first."""
        return [
            {
                "edit": one.edit,
                "at": one.at,
                "files": [[file.new_path or file.path, file.op.value] for file in one.files],
            }
            for one in reversed(self._edits)
            if one.edit and one.root == root
        ]

    @property
    def last(self) -> list[str] | None:
        """The files of the edit that `undo` would take back; None where there is none."""
        return [file.new_path or file.path for file in self._edits[-1].files] if self._edits else None

    async def undo(self) -> tuple[bool, str]:
        """Take the last applied edit back, around what was typed since."""
        if not self._edits:
            return False, "There is no edit of Dovetail's to undo."
        last = self._edits[-1]
        for _ in range(ATTEMPTS):
            workspace = self._workspace(last.root)
            plan = await asyncio.to_thread(undo_plan, last, workspace)
            if isinstance(plan, str):
                return False, plan
            if self.stands(plan, workspace):
                break
        else:
            return False, "Not undone: the text was changing all the while; try again."
        done, text = await self.carry_out(plan, workspace, seen=True, undoable=False)
        if done:
            # By itself, not as the last: another edit may have been applied while the editor was waited for.
            self._edits = [one for one in self._edits if one is not last]
            self.session.outcomes.settled(last.plan, Signal.UNDONE)
            text = "The last edit was taken back."
        return done, text


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"{', '.join(paths[:3])}{more}"
