"""Plans that wait to be applied, what was applied, and what the model was shown: one owner, on the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field
from lsprotocol import types

from dovetail.edits import Outcome, Plan, Reply, make_plan, message, read_reply
from dovetail.edits.chat import Exchange

from ..session.uris import path_of
from .encode import CannotEncode, hunk_answer, plan_answer, workspace_edit
from .fixes import known_errors, offer_fix
from .undo import Applied, undo_plan
from .workspace import LiveWorkspace

if TYPE_CHECKING:
    from ..server import DovetailServer

log = logging.getLogger(__name__)

KEPT = 32
SHOWN_VERSIONS = 8
ATTEMPTS = 5
"""How often a plan is made anew because the user typed into its files meanwhile."""
ARRIVES_S = 5.0
"""How long the editor has to show the text it says that it has applied, in seconds."""


@define(frozen=True, slots=True)
class StoredPlan:
    """A plan and what it was made of, so that a part of it, or the same against newer text, can be made again."""

    id: str
    root: Path
    reply: Reply
    plan: Plan
    texts: tuple[str, ...] = ()
    """All that the model wrote."""
    notes: tuple[str, ...] = ()
    usage: dict[str, Any] | None = None
    look_first: bool = False
    """Never applied without having been shown."""


@define(slots=True, eq=False)
class EditHost:
    """What the edit commands need to remember."""

    server: DovetailServer
    _plans: OrderedDict[str, StoredPlan] = field(factory=OrderedDict)
    _applied: list[Applied] = field(factory=list)
    _shown: dict[Path, dict[str, list[str]]] = field(factory=dict)
    _ids: count[int] = field(factory=lambda: count(1))

    # The workspace --------------------------------------------------------------------------------------------

    def root_of(self, uri: str | None) -> Path | None:
        """The folder that edits of a document may reach: its workspace folder, else the file's own."""
        session = self.server.session
        if uri is not None:
            root = session.folders.locate(uri).root
            if root is not None:
                return root
            path = path_of(uri)
            if path is not None:
                return path.parent
        for snapshot in session.documents.recent():
            if (root := session.folders.locate(snapshot.uri).root) is not None:
                return root
        return session.folders.roots[0] if session.folders.roots else None

    def workspace(self, root: Path) -> LiveWorkspace:
        """The folder as it is now, for a thread too."""
        shown = {path: tuple(versions) for path, versions in self._shown.get(root, {}).items()}
        return LiveWorkspace(root, self.server.session.documents.by_file(), shown)

    async def plan(
        self, root: Path, reply: Reply, pick: Collection[int] | None = None
    ) -> tuple[Plan, LiveWorkspace]:
        """A plan for a reply and the workspace that it was made for, made in a thread: what a reply and a file cost
        together has no bound that the event loop could wait for."""
        workspace = self.workspace(root)
        return await asyncio.to_thread(make_plan, reply, workspace, pick=pick), workspace

    def remember_shown(self, root: Path, path: str, text: str) -> None:
        """A model is about to be shown this text: the base of a merge, if the user types on."""
        versions = self._shown.setdefault(root, {}).setdefault(path, [])
        if text in versions:
            versions.remove(text)
        versions.insert(0, text)
        del versions[SHOWN_VERSIONS:]

    # Plans ----------------------------------------------------------------------------------------------------

    async def read(self, text: str, uri: str | None) -> StoredPlan | str:
        """A plan for a diff or a model's answer from anywhere; a sentence where none can be made."""
        root = self.root_of(uri)
        if root is None:
            return "No folder is open, so there is nothing to apply an edit to."
        path = self.server.session.folders.locate(uri).path if uri else ""
        reply = _with_path(await asyncio.to_thread(read_reply, text), path)
        plan, _ = await self.plan(root, reply)
        return self.store(root, reply, plan, texts=(text,))

    def store(self, root: Path, reply: Reply, plan: Plan, **rest: Any) -> StoredPlan:
        for file in plan.files:
            if file.before is not None:
                self.remember_shown(root, file.path, file.before)
        stored = StoredPlan(f"p{next(self._ids)}", root, reply, plan, **rest)
        self._plans[stored.id] = stored
        while len(self._plans) > KEPT:
            self._plans.popitem(last=False)
        return stored

    def store_exchange(self, root: Path, exchange: Exchange) -> StoredPlan:
        """The plan that a chat came to, with what it cost."""
        assert exchange.plan is not None
        spent = exchange.spent
        return self.store(
            root,
            exchange.reply,
            exchange.plan,
            texts=tuple(exchange.texts),
            notes=tuple(exchange.notes),
            usage={"tokens": spent.tokens, "ms": round(spent.ms)},
            look_first=exchange.rewritten,
        )

    def get(self, identifier: str) -> StoredPlan | None:
        return self._plans.get(identifier)

    def discard(self, identifier: str) -> None:
        self._plans.pop(identifier, None)

    def answer(self, stored: StoredPlan, *, applied: bool = False, text: str = "") -> dict[str, Any]:
        if not text and stored.notes:
            text = " ".join([message(stored.plan), *stored.notes])
        return plan_answer(
            stored.id, stored.plan, stored.root, applied=applied, text=text, usage=stored.usage
        )

    async def present(
        self, stored: StoredPlan, *, preview: bool, hunks: Collection[int] | None = None
    ) -> dict[str, Any]:
        """Show the plan; without `preview`, apply it first if every hunk of it (of `hunks`) is proved."""
        refused = {outcome.index for outcome in stored.plan.refused}
        sound = not refused if hunks is None else refused.isdisjoint(hunks)
        if preview or not sound or not stored.plan.files or stored.look_first:
            return self.answer(stored)
        applied, text = await self.apply(stored, hunks, seen=False)
        return self.answer(stored, applied=applied, text=text)

    # Applying -------------------------------------------------------------------------------------------------

    async def apply(
        self, stored: StoredPlan, hunks: Collection[int] | None = None, *, seen: bool = True
    ) -> tuple[bool, str]:
        """Apply a plan, or some hunks of it, against the text as it is now.

        Returns whether the text that came back is the text that was meant, and one sentence.
        """
        for _ in range(ATTEMPTS):
            plan, workspace = await self.plan(stored.root, stored.reply, hunks)
            if self._stands(plan, workspace):
                break
        else:
            return False, "Nothing was changed. The text was changing all the while; try again."
        if plan.refused:
            first = plan.refused[0]
            return False, f"Nothing was changed. {first.path}: {first.kind}: {first.reason}."
        if not plan.files:
            return False, "Nothing left to do: all of it has been applied already."
        return await self._carry_out(plan, workspace, seen=seen, undoable=True)

    async def undo(self) -> tuple[bool, str]:
        """Take the last applied edit back, around what was typed since."""
        if not self._applied:
            return False, "There is no edit of Dovetail's to undo."
        last = self._applied[-1]
        for _ in range(ATTEMPTS):
            workspace = self.workspace(last.root)
            plan = await asyncio.to_thread(undo_plan, last, workspace)
            if isinstance(plan, str):
                return False, plan
            if self._stands(plan, workspace):
                break
        else:
            return False, "Not undone: the text was changing all the while; try again."
        done, text = await self._carry_out(plan, workspace, seen=True, undoable=False)
        if done:
            self._applied.pop()
            text = "The last edit was taken back."
        return done, text

    def _stands(self, plan: Plan, workspace: LiveWorkspace) -> bool:
        """Whether the open documents that a plan changes are still what it was made for."""
        documents = self.server.session.documents
        known = [
            workspace.snapshot(path) for file in plan.files for path in (file.path, file.new_path) if path
        ]
        return all(one is None or documents.get(one.uri) is one for one in known)

    async def _carry_out(
        self, plan: Plan, workspace: LiveWorkspace, *, seen: bool, undoable: bool
    ) -> tuple[bool, str]:
        server = self.server
        try:
            edit = workspace_edit(
                plan,
                workspace,
                server.client_capabilities,
                server.session.encoding,
                confirm_merges=not seen,
            )
        except CannotEncode as error:
            return False, f"Nothing was changed. {error}"
        known = await self._errors_before(plan, workspace) if undoable else {}
        answer = await server.workspace_apply_edit_async(
            types.ApplyWorkspaceEditParams(edit=edit, label="Dovetail")
        )
        arrived = await self._arrived(plan, workspace)
        if arrived:
            if undoable:
                self._applied.append(Applied(workspace.root, plan.files))
                del self._applied[:-KEPT]
                self._offer_fixes(plan, workspace, known)
            names = ", ".join(file.new_path or file.path for file in plan.files[:3])
            more = f" and {len(plan.files) - 3} more" if len(plan.files) > 3 else ""
            return True, f"Applied to {names}{more}."
        reason = f" ({answer.failure_reason})" if answer.failure_reason else ""
        if not answer.applied:
            return False, f"The editor did not apply the edit{reason}."
        log.warning("the editor said that it applied an edit, but the text is not what was meant")
        return False, f"The editor applied something else than was meant{reason}; use its undo to go back."

    async def _errors_before(self, plan: Plan, workspace: LiveWorkspace) -> dict[str, set[str]]:
        """What was wrong in the files before: an edit is not blamed for it."""
        opened = [workspace.snapshot(file.path) for file in plan.files]
        return {one.uri: await known_errors(self.server, one.uri) for one in opened if one is not None}

    def _offer_fixes(self, plan: Plan, workspace: LiveWorkspace, known: dict[str, set[str]]) -> None:
        """Look whether the edit brought errors into the lines it touched."""
        for file in plan.files:
            snapshot = workspace.snapshot(file.new_path or file.path)
            if snapshot is None or file.before is None or not file.edits:
                continue
            first = min(edit.start.line for edit in file.edits)
            last = max(edit.start.line + edit.text.count("\n") for edit in file.edits)
            old = known.get(snapshot.uri, set())
            self.server.session.spawn(offer_fix(self.server, snapshot.uri, first, last, old))

    async def _arrived(self, plan: Plan, workspace: LiveWorkspace) -> bool:
        """Whether every file comes to hold what was planned: in the editor, or on disk where it is not open."""
        try:
            async with asyncio.timeout(ARRIVES_S):
                while not await self._all_hold(plan, workspace.root):
                    # A file that no client has open changes without a word: look again now and then.
                    try:
                        await asyncio.wait_for(self.server.text_moved.wait(), 0.05)
                    except TimeoutError:
                        continue
        except TimeoutError:
            return False
        return True

    async def _all_hold(self, plan: Plan, root: Path) -> bool:
        workspace = self.workspace(root)
        self.server.text_moved.clear()
        return await asyncio.to_thread(
            lambda: all(self._holds(file.new_path or file.path, file.after, workspace) for file in plan.files)
        )

    @staticmethod
    def _holds(path: str, wanted: str | None, workspace: LiveWorkspace) -> bool:
        state = workspace.read(path)
        text = getattr(state, "text", None)
        if wanted is None:
            return text is None or not (workspace.root / path).exists()
        return text is not None and (text == wanted or _same_but_ends(text, wanted))

    # Questions ------------------------------------------------------------------------------------------------

    def explain(self, stored: StoredPlan, hunk: int) -> dict[str, Any]:
        """Why a hunk was refused, where it came nearest, and what the model wrote."""
        outcome: Outcome | None = next((o for o in stored.plan.outcomes if o.index == hunk), None)
        if outcome is None:
            return {"message": f"There is no hunk {hunk}.", "modelText": ""}
        shown = hunk_answer(outcome, stored.root)
        kind = f"{outcome.kind}: " if outcome.kind else ""
        answer: dict[str, Any] = {
            "message": f"{kind}{outcome.reason or outcome.proof.value}",
            "modelText": "\n\n".join(stored.texts),
        }
        if "uri" in shown:
            answer["place"] = {"uri": shown["uri"], "range": shown["range"]}
        return answer


def _with_path(reply: Reply, path: str) -> Reply:
    """A reply that does not say which file it changes means the file at hand."""
    if not path:
        return reply
    changes = tuple(
        evolve(change, paths=(path,))
        if not change.paths and not any(h.malformed for h in change.hunks)
        else change
        for change in reply.changes
    )
    return evolve(reply, changes=changes)


def _same_but_ends(one: str, other: str) -> bool:
    """Editors may write line ends of their own."""
    return one.replace("\r\n", "\n") == other.replace("\r\n", "\n")
