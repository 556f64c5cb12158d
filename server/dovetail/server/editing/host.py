"""Plans that wait to be applied, and what the model was shown: one owner, on the event loop."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from dovetail.edits import Outcome, Plan, Reply, make_plan, message, read_reply
from dovetail.edits.chat import Exchange

from ..client import Client
from ..session.session import Session
from ..session.uris import path_of
from . import counted
from .applied import ATTEMPTS, AppliedEdits
from .encode import hunk_answer, plan_answer
from .proved import CHANGED, proved_plan
from .stored import StoredPlan
from .workspace import LiveWorkspace

KEPT = 32
"""Plans that wait; of more the oldest are dropped."""
SHOWN_VERSIONS = 8
"""Texts of one file that a merge may start from."""


@define(slots=True, eq=False)
class EditHost:
    """What the edit commands need to remember."""

    session: Session
    client: Client
    _plans: OrderedDict[str, StoredPlan] = field(factory=OrderedDict)
    _shown: dict[Path, dict[str, list[str]]] = field(factory=dict)
    _planned: dict[Path, dict[str, list[str]]] = field(factory=dict)
    _ids: count[int] = field(factory=lambda: count(1))
    confirmed: set[tuple[str, Path]] = field(factory=set)
    """Commands that the person has agreed to have run, each in a folder, for this session."""
    applied: AppliedEdits = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.applied = AppliedEdits(self.session, self.client, self.workspace)

    # The workspace --------------------------------------------------------------------------------------------

    def root_of(self, uri: str | None) -> Path | None:
        """The folder that edits of a document may reach: its workspace folder, else the file's own."""
        session = self.session
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
        planned = {path: tuple(versions) for path, versions in self._planned.get(root, {}).items()}
        return LiveWorkspace(root, self.session.documents.by_file(), shown, planned=planned)

    async def plan(
        self, root: Path, reply: Reply, pick: Collection[int] | None = None
    ) -> tuple[Plan, LiveWorkspace]:
        """A plan for a reply and the workspace that it was made for, made in a thread: what a reply and a file cost
        together has no bound that the event loop could wait for."""
        workspace = self.workspace(root)
        return await asyncio.to_thread(make_plan, reply, workspace, pick=pick), workspace

    def remember_shown(self, root: Path, path: str, text: str) -> None:
        """A model is about to be shown this text: the base of a merge, if the user types on."""
        _remember(self._shown.setdefault(root, {}).setdefault(path, []), text)

    # Plans ----------------------------------------------------------------------------------------------------

    async def read(self, text: str, uri: str | None) -> StoredPlan | str:
        """A plan for a diff or a model's answer from anywhere; a sentence where none can be made."""
        root = self.root_of(uri)
        if root is None:
            return "No folder is open, so there is nothing to apply an edit to."
        path = self.session.folders.locate(uri).path if uri else ""
        reply = _with_path(await asyncio.to_thread(read_reply, text), path)
        plan, _ = await self.plan(root, reply)
        return self.store(root, reply, plan, texts=(text,))

    def store(self, root: Path, reply: Reply, plan: Plan, **rest: Any) -> StoredPlan:
        for file in plan.files:
            if file.before is not None:
                _remember(self._planned.setdefault(root, {}).setdefault(file.path, []), file.before)
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
            first_ms=spent.first_ms,
            look_first=bool(exchange.look_first),
        )

    def get(self, identifier: str) -> StoredPlan | None:
        return self._plans.get(identifier)

    def discard(self, identifier: str) -> None:
        self._plans.pop(identifier, None)

    def answer(self, stored: StoredPlan, *, applied: bool = False, text: str = "") -> dict[str, Any]:
        looked_at = [] if applied else [f"Look at this first: {mark.words}." for mark in stored.plan.marks]
        if not text and (stored.notes or looked_at):
            text = " ".join([message(stored.plan), *stored.notes, *looked_at])
        return plan_answer(
            stored.id, stored.plan, stored.root, applied=applied, text=text, usage=stored.usage
        )

    async def present(
        self, stored: StoredPlan, *, preview: bool, hunks: Collection[int] | None = None
    ) -> dict[str, Any]:
        """Show the plan; without `preview`, apply it first if every hunk of it (of `hunks`) is proved."""
        await counted.proposed(self.session, stored)
        refused = {outcome.index for outcome in stored.plan.refused}
        sound = not refused if hunks is None else refused.isdisjoint(hunks)
        if preview or not sound or not stored.plan.files or stored.look_first or stored.plan.marks:
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
        # Planned in a thread, while the user may type: if the text moved on, it is planned anew.
        for _ in range(ATTEMPTS):
            plan, workspace = await self.plan(stored.root, stored.reply, hunks)
            if self.applied.stands(plan, workspace):
                break
        else:
            return False, "Nothing was changed. The text was changing all the while; try again."
        if plan.refused:
            first = plan.refused[0]
            return False, f"Nothing was changed. {first.path}: {first.kind}: {first.reason}."
        if not plan.files:
            return False, "Nothing left to do: all of it has been applied already."
        if plan.marks and not seen:  # the plan that was looked at had none: the files have changed since
            return False, f"Nothing was changed. Look at this first: {plan.marks[0].words}."
        # What was marked when it was planned stays so: since then the files count as shown, and nothing as asked for.
        plan = evolve(plan, marks=tuple(dict.fromkeys((*stored.plan.marks, *plan.marks))))
        return await self.applied.carry_out(plan, workspace, seen=seen, undoable=True, of=stored.id)

    async def apply_proved(
        self, root: Path, files: Sequence[Any], in_time: Callable[[], bool]
    ) -> tuple[bool, str, str]:
        """Apply what a command on this machine has proved, if every file is still as it was proved against.

        Args:
            files: as `proved_plan` reads them.
            in_time: whether the command still waits; asked right before the editor is.

        Returns whether it was applied, one sentence, and the name by which it is taken back.
        """
        workspace = self.workspace(root)
        plan = await asyncio.to_thread(proved_plan, files, workspace)
        if isinstance(plan, str):
            return False, plan, ""
        if not self.applied.stands(plan, workspace):
            return False, CHANGED, ""
        name = f"e{os.getpid()}-{next(self._ids)}-{secrets.token_hex(3)}"
        done, text = await self.applied.carry_out(
            plan, workspace, seen=True, undoable=True, edit=name, in_time=in_time
        )
        return done, text, name if done else ""

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
        if "uri" in shown and "range" in shown:
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


def _remember(versions: list[str], text: str) -> None:
    if text in versions:
        versions.remove(text)
    versions.insert(0, text)
    del versions[SHOWN_VERSIONS:]
