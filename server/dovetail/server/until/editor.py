"""Fix until it passes: the run of `until`, for a person at an editor.

It is tried in a second git work tree, with the unsaved texts of the editor in it: the server writes no source file, and
the buffers change once, when the command passes. Then the editor's language servers are a check as well: errors that
the edit brought take it back, and are what the next round is about.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.edits import CommitError, RevisionError, Workspace
from dovetail.edits.chat import Budget, EditRequest, Exchange
from dovetail.privacy import Verdict, join, redact

from ..client import NOT_TRUSTED
from ..editing.ask import Refused
from ..editing.encode import sentence_answer
from ..editing.fixes import SETTLE_S, errors_of
from ..editing.host import EditHost
from ..editing.stored import StoredPlan
from ..editing.telling import under_progress
from ..models.endpoints import chat_config, key_variables
from ..session.uris import uri_of
from .asking import ask_chat
from .loop import Delivered, Failed, Limits, Run, Wish, unbroken
from .places import Apart, apart

NO_COMMAND = (
    "There is no command to pass: set `edits.untilCommand`, in your own settings, to the one that is to pass, such as "
    '"pytest -q".'
)
Data = dict[str, Any]


async def fix_until(host: EditHost, data: Data) -> Data:
    """The answer of `dovetail.fix` with `until`, under progress."""
    return await under_progress(host, "Fixing until it passes", lambda told: _fix_until(host, data, told))


async def _fix_until(host: EditHost, data: Data, on_text: Callable[[str], None]) -> Data:
    """The same without progress.

    Raises:
        Refused: it cannot be begun; the text says why.
    """
    session, settings = host.session, host.session.settings
    command = settings.edits.until_command.strip()
    if not command:
        raise Refused(NO_COMMAND)
    snapshot = session.documents.get(str(data.get("uri", "")))
    place = session.folders.locate(snapshot.uri) if snapshot is not None else None
    if snapshot is None or place is None or place.root is None:
        raise Refused("The file is not open in the editor, or lies in no folder that is open.")
    if not (verdict := session.folders.allows(snapshot.uri)):
        raise Refused(f"This file is not sent to a model: {verdict.reason}.")
    # Raises early where chat is not set up: before the command is confirmed and run.
    chat_config(settings.chat)
    root = Path(os.path.realpath(place.root))
    # What it runs may be a model's code, so a person has to have seen it.
    await _confirmed(host, command, root)
    instruction = data.get("instruction")
    wish = Wish(
        command,
        instruction.strip() if isinstance(instruction, str) else "",
        (place.path,),
        settings.chat.format,
        # The command runs what a model wrote, so keys of the user's stay out of its environment.
        key_variables(settings),
    )
    # Tried is what the user sees, not what they saved last.
    unsaved = {
        path.relative_to(root).as_posix(): one.text
        for path, one in session.documents.by_file().items()
        if path.is_relative_to(root)
    }
    try:
        async with _in_threads(apart(root, session.places.state / "worktrees", root, unsaved)) as tree:
            face = _Editor(host, root, tree, command, on_text)
            # A run may cost as many tokens as three edits.
            limits = Limits(rounds=settings.edits.until_rounds, tokens=3 * settings.edits.budget_tokens)
            report = await Run(wish, tree, face, limits, overrides=session.places.config / "prompts").go()
    except (RevisionError, CommitError, OSError) as error:
        raise Refused(f"{str(error).rstrip('.')}. Nothing was changed.") from error
    if report.green and face.stored is not None:
        return host.answer(face.stored, applied=True, text=report.text)
    output = str(report.output).strip().split("\n")[-1][:300]
    said = f" The command's last line: {output}" if output and not report.green and report.rounds else ""
    return sentence_answer(f"{report.text}{said}")


@asynccontextmanager
async def _in_threads(made: AbstractContextManager[Apart]) -> AsyncIterator[Apart]:
    """A context whose beginning and end take long: they are done in threads, and never left half."""
    # Made in a task of its own: a cancellation during `__enter__` must not leave a tree behind that nobody
    # takes away.
    entering = asyncio.ensure_future(asyncio.to_thread(made.__enter__))
    try:
        tree = await unbroken(entering)
        yield tree
    finally:
        if entering.done() and not entering.cancelled() and entering.exception() is None:
            await unbroken(asyncio.to_thread(made.__exit__, None, None, None))


async def _confirmed(host: EditHost, command: str, root: Path) -> None:
    """Show the command, and have it confirmed once a session."""
    key = (command, root)
    if key in host.confirmed:
        return
    text = (
        f"Dovetail: run `{command}` in a copy of {root.name}, after each edit? What it runs may be code that the model "
        "wrote."
    )
    if await host.client.choose(text, ("Run", "Not now")) != "Run":
        raise Refused("The command was not confirmed, so nothing was done.")
    host.confirmed.add(key)


@define(slots=True, eq=False)
class _Editor:
    """Implements `until.loop.Face`."""

    host: EditHost
    root: Path
    tree: Apart
    command: str
    on_text: Callable[[str], None]
    stored: StoredPlan | None = field(default=None)

    async def ask(self, request: EditRequest, workspace: Workspace, budget: Budget) -> Exchange:
        session = self.host.session
        return await ask_chat(
            session,
            request,
            workspace,
            budget,
            on_text=self.on_text,
            may_ask=lambda: session.options.trusted,
        )

    async def may_try(self, exchange: Exchange) -> bool:
        text = f"Dovetail: look at this first: {'; '.join(exchange.look_first)}."
        return await self.host.client.choose(text, ("Try it", "Stop")) == "Try it"

    async def deliver(self) -> Delivered:
        host = self.host
        if not host.session.options.trusted:
            return Delivered(False, NOT_TRUSTED)
        patch, shown = await asyncio.to_thread(self.tree.patch)
        # The base of the patch, so that what the user has typed since is merged.
        for path, texts in shown.items():
            host.remember_shown(self.root, path, texts[0])
        stored = await host.read(patch, uri_of(self.root / next(iter(shown), "")))
        if isinstance(stored, str):
            return Delivered(False, stored)
        # Errors before and after, for what the editor knew already is not the edit's fault.
        known = await self._errors(stored)
        applied, text = await host.apply(stored)
        if not applied:
            return Delivered(False, f"`{self.command}` passes with the edit. {text}")
        # Language servers take a moment to look at the new text.
        await asyncio.sleep(SETTLE_S)
        new = {one: None for one in await self._errors(stored) if one not in known}
        if not new:
            self.stored = stored
            return Delivered(True, f"`{self.command}` passes. {text}")
        # New errors: taken back, and the model is told. If that cannot be done, the edit stands and the user
        # is told.
        taken, said = await host.applied.undo()
        if not taken:
            self.stored = stored
            return Delivered(
                True, f"`{self.command}` passes, and the edit brought errors: {next(iter(new))}. {said}"
            )
        words = join([redact(f"{one}\n") for one in new])
        return Delivered(
            False,
            "",
            Failed("The command passes, and the editor's language servers report new errors.", words),
        )

    async def _errors(self, stored: StoredPlan) -> list[str]:
        """The errors of the files of a plan that are open, as the editor knows them; each in a line."""
        found = []
        for file in stored.plan.files:
            path = file.new_path or file.path
            snapshot = self.host.session.documents.get(uri_of(self.root / path))
            if snapshot is not None:
                found += [f"{path}: {one.message}" for one in await errors_of(self.host, snapshot, None)]
        return found

    def allows(self, path: str) -> Verdict:
        return self.host.session.folders.allows(uri_of(self.root / path))

    def told(self, text: str) -> None:
        self.on_text("")

    def planned(self, exchange: Exchange) -> None:
        return
