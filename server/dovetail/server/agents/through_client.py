"""An edit that reads and writes by a client's own files, unsaved buffers included, after the person has said yes."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from attrs import define

from dovetail.edits import (
    FileState,
    Op,
    Plan,
    PlannedFile,
    Proof,
    Reply,
    Unresolved,
    file_words,
    make_plan,
    message,
    read_reply,
)
from dovetail.edits.chat import Action, EditRequest, Exchange, PromptError, ShownFile
from dovetail.endpoints import EndpointError
from dovetail.privacy import printable
from dovetail.text import Snapshot

from ..editing.workspace import LiveWorkspace
from ..models.endpoints import chat_config
from ..session.session import Session
from ..session.uris import file_is_there, path_of, uri_of
from ..until.asking import ask_chat

MAX_FILES = 200
MAX_NAMED = 12
"""Files that one request in words is about."""
MAX_WORDS = 20_000
"""Characters of a request that are looked through for names of files."""
NO_FILES = "Say which files it is about: attach them, or write their paths."
_WORDS = re.compile(r"[\w./\\-]+")


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


@define(frozen=True, slots=True)
class Prompted:
    """What a person has sent: words, and the files that they attached, as uris with their texts where those came."""

    words: str
    attached: tuple[tuple[str, str | None], ...] = ()

    def pasted(self, root: Path) -> str:
        """The part of it that may be an edit: the words, and what is attached that is no file of the folder."""

        def is_edit(uri: str) -> bool:
            path = path_of(uri)
            inside = path is not None and Path(os.path.realpath(path)).is_relative_to(root)
            return not inside or uri.lower().endswith((".diff", ".patch", ".rej"))

        return "\n".join([self.words, *(text for uri, text in self.attached if text and is_edit(uri))])


async def answer_through(client: ClientFiles, session: Session, root: Path, prompted: Prompted) -> Done:
    """Apply the edit that a prompt holds; where it holds none, ask the chat server for one, as its words say.

    Args:
        session: over the folder; its settings name the chat server and say what may be shown.
        root: the folder, links followed; nothing outside it is touched.
    """
    reply = await asyncio.to_thread(read_reply, prompted.pasted(root))
    # What holds an edit is one: no server is asked to write again what is written already.
    if reply.changes or not prompted.words.strip():
        return await _edit_through(client, root, reply)
    try:
        return await _asked_through(client, session, root, prompted)
    except (EndpointError, PromptError) as error:
        return Done(False, str(error))


async def _asked_through(client: ClientFiles, session: Session, root: Path, prompted: Prompted) -> Done:
    """A request in words, about the files that are attached or named in it."""
    chat_config(session.settings.chat)  # without one there is nothing to be read
    meant, kept_out = _meant(root, prompted)
    # Through the client, since only it knows what is not saved.
    live = await _live(client, root, meant)
    paths = {real.relative_to(root).as_posix(): one for real, one in live.items()}
    shown = []
    for path, snapshot in paths.items():
        # Said for each file that is left out: the answer would otherwise look as if it had been seen.
        verdict = session.folders.allows(snapshot.uri)
        if not verdict:
            kept_out.append(f"{path} is not sent to a model: {verdict.reason}.")
            continue
        language = snapshot.language.name if snapshot.language else ""
        shown.append(await asyncio.to_thread(ShownFile, path, snapshot.text, language))
    if not shown:
        return Done(False, "\n".join(kept_out) or NO_FILES)
    request = EditRequest(Action.FILES, prompted.words, tuple(shown), format=session.settings.chat.format)
    # What the model was shown is the base of its edit, also where the person types on.
    seen = {one.path: (one.source,) for one in shown}
    exchange = await ask_chat(session, request, LiveWorkspace(root, live, seen))
    notes = "\n".join([*kept_out, *exchange.notes])
    # The model has answered in words: they are what the person gets.
    if not exchange.reply.changes:
        said = "\n\n".join(exchange.texts)
        return Done(False, f"{notes}\n\n{printable(said)}".strip())
    done = await _edit_through(client, root, exchange.reply, seen, exchange)
    return Done(done.applied, f"{notes}\n\n{done.text}".strip())


def _meant(root: Path, prompted: Prompted) -> tuple[list[str], list[str]]:
    """The files that a request is about: attached, or named in it by a path with an ending or a folder. And in words
    which of them may not be used."""
    found = [str(path) for uri, _ in prompted.attached if (path := path_of(uri)) is not None]
    bare = LiveWorkspace(root, {}, {})
    kept_out = []
    for word in _WORDS.findall(prompted.words[:MAX_WORDS]):
        name = word.strip(".:,;")
        real = bare.resolve(name) if "." in name or "/" in name else None
        # Said only of what is there: a request may be full of words that look like paths.
        if isinstance(real, Unresolved) and _lies_in(bare.root, name):
            kept_out.append(f"{name} is not sent to a model: {real.reason}.")
        elif isinstance(real, str) and isinstance(bare.read(real), FileState):
            found.append(name)
    return list(dict.fromkeys(found))[:MAX_NAMED], kept_out


def _lies_in(root: Path, name: str) -> bool:
    """Whether there is such a file in the folder, links followed; of others nothing is said."""
    real = Path(os.path.realpath(root / name))
    return real.is_relative_to(root) and file_is_there(real)


async def _live(client: ClientFiles, root: Path, named: Iterable[str]) -> dict[Path, Snapshot]:
    """The named files that the client has, by their real paths."""
    bare = LiveWorkspace(root, {}, {})
    live: dict[Path, Snapshot] = {}
    for raw in named:
        path = bare.resolve(raw)
        if isinstance(path, str):
            real = Path(os.path.realpath(bare.root / path))
            if real not in live and (found := await client.read(real)) is not None:
                live[real] = Snapshot.open(uri_of(real), found)
    return live


async def _edit_through(
    client: ClientFiles,
    root: Path,
    reply: Reply,
    shown: Mapping[str, Sequence[str]] = MappingProxyType({}),
    exchange: Exchange | None = None,
) -> Done:
    """Prove the edits of a reply against the client's files, ask, write all of them or none.

    Args:
        shown: the texts that a model was shown, by path.
        exchange: what the reply is from, where a model was asked.
    """
    named = {path for change in reply.changes for path in (*change.paths, *change.new_paths)}
    if len(named) > MAX_FILES:
        return Done(False, f"The edit names more than {MAX_FILES} files; send it in parts.")
    bare = LiveWorkspace(root, {}, {})
    live = await _live(client, root, sorted(named))
    plan = await asyncio.to_thread(
        make_plan, reply, LiveWorkspace(root, live, shown), asked=exchange.asked if exchange else None
    )
    # All or nothing: one refused hunk, and nobody is asked.
    if not plan.ok or not plan.files:
        return Done(False, _told(plan))
    if impossible := _impossible(plan, live, bare):
        return Done(False, impossible)
    marks = dict.fromkeys((*(mark.words for mark in plan.marks), *(exchange.look_first if exchange else ())))
    looks = "".join(f" Look at this first: {words}." for words in marks)
    # Asked last, when it is known what would be done and that it can be.
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
        # Noted before it is known whether it worked: a write that was refused may have been done in part.
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
    # Changed by somebody else meanwhile, or new: this protocol cannot delete.
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
