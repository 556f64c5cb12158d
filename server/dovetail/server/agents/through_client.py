"""An edit that reads and writes by a client's own files, unsaved buffers included, after the person has said yes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import define

from dovetail.edits import (
    Op,
    Plan,
    PlannedFile,
    Proof,
    file_words,
    make_plan,
    message,
    read_reply,
)
from dovetail.text import Snapshot

from ..editing.workspace import LiveWorkspace
from ..session.uris import uri_of

MAX_FILES = 200


class ClientFiles(Protocol):
    """What is asked of the client."""

    async def read(self, path: Path) -> str | None:
        """The text of a file as the editor has it; None where there is none, or it cannot be read."""

    async def write(self, path: Path, text: str) -> bool:
        """Whether a file was given this text."""

    async def permitted(self, title: str, files: tuple[PlannedFile, ...]) -> bool:
        """Ask the person; `title` says in a sentence what is to be done."""


@define(frozen=True, slots=True)
class Done:
    """What became of an edit."""

    applied: bool
    text: str
    """For the person: one sentence, and a line for each refused hunk."""


async def edit_through(client: ClientFiles, root: Path, text: str) -> Done:
    """Prove the edits of a text against the client's files, ask, write all of them or none.

    Args:
        root: the folder, links followed; nothing outside it is touched.
        text: a diff or a model's answer in any form.
    """
    reply = await asyncio.to_thread(read_reply, text)
    named = {path for change in reply.changes for path in (*change.paths, *change.new_paths)}
    if len(named) > MAX_FILES:
        return Done(False, f"The edit names more than {MAX_FILES} files; send it in parts.")
    bare = LiveWorkspace(root, {}, {})
    live: dict[Path, Snapshot] = {}
    for raw in sorted(named):
        path = bare.resolve(raw)
        if isinstance(path, str):
            real = Path(os.path.realpath(bare.root / path))
            if (found := await client.read(real)) is not None:
                live[real] = Snapshot.open(uri_of(real), found)
    plan = await asyncio.to_thread(make_plan, reply, LiveWorkspace(root, live, {}))
    if not plan.ok or not plan.files:
        return Done(False, _told(plan))
    if impossible := _impossible(plan, live, bare):
        return Done(False, impossible)
    looks = "".join(f" Look at this first: {mark.words}." for mark in plan.marks)
    if not await client.permitted(f"{message(plan)}{looks}", plan.files):
        return Done(False, "Nothing was changed: it was not allowed.")
    return await _write(client, bare.root, plan)


def _impossible(plan: Plan, live: Mapping[Path, Snapshot], workspace: LiveWorkspace) -> str:
    """Why the client cannot do it; '' where it can."""
    for file in plan.files:
        was = file.state.executable if file.state is not None else None
        turns = file.executable is not None and bool(file.executable) != bool(was)
        if file.op not in (Op.EDIT, Op.CREATE) or turns:
            words = file_words(plan).get(file.path, "changes its mode")
            return f"Nothing was changed: {file.path} {words}, which this protocol has no way to ask for."
        if file.before is not None and Path(os.path.realpath(workspace.root / file.path)) not in live:
            return f"Nothing was changed: the editor did not show {file.path}; name it by its whole path."
    return ""


async def _write(client: ClientFiles, root: Path, plan: Plan) -> Done:
    """All of the files, or all as they were."""
    for file in plan.files:  # a person may have typed while they were asked
        if await client.read(root / file.path) != file.before:
            return Done(False, f"Nothing was changed: {file.path} changed meanwhile. Send the edit again.")
    written: list[PlannedFile] = []
    for file in plan.files:
        assert file.after is not None
        ok = await client.write(root / file.path, file.after)
        written.append(file)
        if not ok or await client.read(root / file.path) != file.after:
            left = [one.path for one in written if not await _back(client, root, one)]
            also = f" These are not as they were: {', '.join(left)}." if left else ""
            return Done(False, f"The editor did not write {file.path}, so nothing was changed.{also}")
    return Done(True, message(plan, applied=True))


async def _back(client: ClientFiles, root: Path, file: PlannedFile) -> bool:
    """Give a file its text back, unless somebody else has changed it; whether it has it."""
    now = await client.read(root / file.path)
    if now == file.before:
        return True
    if now != file.after or file.before is None:
        return False
    return (
        await client.write(root / file.path, file.before)
        and await client.read(root / file.path) == file.before
    )


def _told(plan: Plan) -> str:
    lines = [message(plan)]
    for outcome in plan.outcomes:
        if outcome.proof is Proof.REFUSED:
            where = f" (near line {outcome.lines[0] + 1})" if outcome.lines[1] > outcome.lines[0] else ""
            lines.append(f"- {outcome.path or 'no file'}{where}: {outcome.kind}: {outcome.reason}.")
    return "\n".join(lines)
