"""One agent's work: what it was shown, what it has applied. For threads; one call at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.edits import (
    SCHEMA,
    CommitError,
    FileState,
    Plan,
    Reply,
    Unresolved,
    apply_json,
    for_model,
    make_plan,
    read_reply,
    recover,
)
from dovetail.edits.chat import ShownFile, in_own_words
from dovetail.privacy import Verdict

from ..bridge.call import EditorError
from ..bridge.served import ServedFolder
from ..headless import headless_session
from ..places import Places
from ..session.uris import uri_of
from .guarded import GuardedWorkspace
from .trouble import AgentError, bounded
from .versions import ShownVersions

Json = dict[str, Any]
MAX_LINES = 2_000
"""Lines that one call shows, unless it names fewer."""
MAX_SHOWN = 256 * 1024
"""Characters that one call shows."""
MAX_REPLY = 20_000_000
"""Characters of an edit."""


@define(slots=True, eq=False)
class AgentSession:
    """What one agent may do in the folders that are open to it. Roots are given with links followed (`chosen_root`);
    every result is a plain value for JSON."""

    places: Places
    may_mark: bool = False
    """Whether plans that a person should look at first are applied without one (`dovetail mcp --yes`)."""
    versions: ShownVersions = field(factory=ShownVersions)
    _own: list[tuple[Path, str]] = field(factory=list)
    """The edits of this session that are applied: folder and name, the last at the end."""
    _lock: threading.RLock = field(factory=threading.RLock)

    # Seeing ---------------------------------------------------------------------------------------------------

    def show(self, root: Path, path: str, first: int | None = None, last: int | None = None) -> Json:
        """Text of a file, its secrets overwritten, and the name of this version of it.

        Args:
            first: the first line, from 1.
            last: the last line, included.

        Raises:
            AgentError: there is no such file, or it is not shown.
        """
        with self._lock:
            workspace = self._workspace(self._look(root))
            name, state = _read(workspace, path)
            shown = ShownFile(name, state.text)
            lines = shown.text.plain_ends().lines()
            # The empty piece behind the last line end is no line.
            if not lines[-1]:
                lines = lines[:-1]
            begin = max(first or 1, 1)
            end = min(last if last is not None else len(lines), len(lines))
            # One line beyond an empty stretch is allowed, so that an empty file can be shown.
            if begin > max(len(lines), 1) or end < begin - 1:
                raise AgentError(
                    f"{name} has {len(lines)} lines; lines {begin} to {last or end} are none of them."
                )
            stop = min(end, begin - 1 + MAX_LINES)
            taken: list[str] = []
            size = 0
            for line in lines[begin - 1 : stop]:
                # At least one line, however long, cut to the bound.
                if size + len(line) > MAX_SHOWN and taken:
                    break
                taken.append(str(line[:MAX_SHOWN]))
                size += len(line)
            return {
                "schema": SCHEMA,
                "path": name,
                "version": self.versions.add(root, name, state.text),
                "text": "".join(taken),
                "first": begin,
                # Only what was shown whole may be taken as the base of a rewrite of the whole file.
                "last": begin - 1 + len(taken),
                "lines": len(lines),
                "complete": begin == 1 and len(taken) == len(lines),
                "unsaved": state.unsaved,
            }

    def text(self, root: Path, path: str, given: str | None = None) -> tuple[str, str]:
        """The folder's own spelling of a path, and the file's text as it is now, or as `given`.

        Raises:
            AgentError: there is no such file, or it may not be shown.
        """
        with self._lock:
            workspace = self._workspace(self._look(root))
            if given is None:
                name, state = _read(workspace, path)
                return name, state.text
            # A file that is not there yet may be asked about with its text given, under the same rules.
            resolved = workspace.resolve(path)
            found = resolved if isinstance(resolved, Unresolved) else workspace.read(resolved)
            if isinstance(found, Unresolved):
                raise AgentError(f"Not shown: {found.reason.rstrip('.')}.")
            assert isinstance(resolved, str)
            return resolved, given

    # Editing --------------------------------------------------------------------------------------------------

    def edit(
        self,
        root: Path,
        text: str,
        *,
        base: Sequence[str] = (),
        only: Collection[int] | None = None,
        write: bool,
        agreed: str | None = None,
    ) -> Json:
        """Prove the edits of a text, and with `write` apply them, all or nothing.

        Args:
            text: a diff or a model's answer in any form that `read_reply` knows.
            base: the versions that it was made against; all that this session showed where it names none.
            only: numbers of the hunks that count, from 1; all if None.
            agreed: the diff that a person has looked at and agreed to; what needs a person is applied only as that.

        Returns the contract of `dovetail apply --json`, secrets overwritten.

        Raises:
            AgentError: the call makes no sense.
        """
        # Before anything is read: reading costs time that grows with it.
        if len(text) > MAX_REPLY:
            raise AgentError(f"The edit has more than {MAX_REPLY:,} characters; send it in parts.")
        with self._lock:
            try:
                return self._edit(root, text, base, only, write, agreed)
            except CommitError as error:
                raise AgentError(str(error)) from error

    def _edit(
        self,
        root: Path,
        text: str,
        base: Sequence[str],
        only: Collection[int] | None,
        write: bool,
        agreed: str | None,
    ) -> Json:
        folder = self._look(root)
        # What a command left that was killed while it wrote; before anything is proved against the disk.
        recovered = recover(folder.store) if write else ""
        workspace = self._workspace(folder, base)
        reply = self._in_own_words(read_reply(text), workspace)
        known = sum(len(change.hunks) for change in reply.changes)
        # Asked for by number: a number that does not exist is a mistake of the caller, never "all the
        # others".
        if only is not None and (unknown := sorted(set(only) - set(range(1, known + 1)))):
            raise AgentError(f"There is no hunk {unknown[0]}: the edit has {known}, counted from 1.")
        plan = make_plan(reply, workspace, pick=None if only is None else {one - 1 for one in only})
        trouble = self._held(plan, agreed) if write else ""
        name, done = "", False
        unsaved: tuple[str, ...] = ()
        # Marks are asked about before anything is written; a refusal of a hunk comes first, since nothing is
        # written then anyway.
        if write and plan.ok and not trouble:
            try:
                written = folder.write(plan)
                done, name, unsaved = True, written.edit, written.unsaved
            except CommitError as error:
                trouble = bounded(str(error))
        if done:
            self._applied(root, plan, name)
        # Secrets are overwritten in what goes back to the model, also in lines that it never touched.
        value = apply_json(for_model(plan), done, error=trouble, edit=name, unsaved=unsaved)
        return value | ({"notes": [recovered]} if recovered else {})

    def _in_own_words(self, reply: Reply, workspace: GuardedWorkspace) -> Reply:
        """Stars that stand for a secret are that secret again, by what the agent was shown of each file."""
        files: dict[str, ShownFile] = {}
        for change in reply.changes:
            for raw in change.paths:
                path = workspace.resolve(raw)
                if not isinstance(path, str) or path in files:
                    continue
                state = workspace.read(path)
                if isinstance(state, FileState):
                    # The version that was shown, since its stars stand for what stood there then.
                    text = next(iter(workspace.bases(path)), state.text)
                    files[path] = ShownFile(path, text)
        return in_own_words(reply, files.values(), workspace.resolve)

    def _held(self, plan: Plan, agreed: str | None) -> str:
        if self.may_mark or not plan.ok or not plan.marks:
            return ""
        if agreed is not None:
            # Agreed to was a diff. If the files changed since, so has the diff, and the agreement is void.
            if agreed == apply_json(for_model(plan), False)["diff"]:
                return ""
            return "Not applied: the files have changed since a person agreed to the edit; send it again."
        return (
            f"Not applied: a person should look at this first: {plan.marks[0].words}. They can apply it with "
            "`dovetail apply`, or allow such edits by starting the agent's server with `dovetail mcp --yes`."
        )

    def _applied(self, root: Path, plan: Plan, name: str) -> None:
        for file in plan.files:
            # The agent knows what it has written, so that counts as shown.
            if file.after is not None:
                self.versions.add(root, file.new_path or file.path, file.after)
        if name:
            self._own.append((root, name))

    # Taking back ----------------------------------------------------------------------------------------------

    def undo(self, root: Path, edit: str = "") -> Json:
        """Take the last edit of a folder back, if it is one of this session's, or the one that `edit` names.

        Returns the contract of `dovetail undo --json`.
        """
        with self._lock:
            own = [name for folder, name in self._own if folder == root]
            # Without a name only an edit of the agent's own: the last of the folder may be a person's.
            wanted = edit or (own[-1] if own else "")
            if not wanted:
                message = (
                    "No edit of this session is left to take back here; list_edits names those of others."
                )
                return _undone(False, message)
            result = self._look(root).undo(wanted)
            # It can no longer be taken back, whoever did it.
            if result.done:
                self._own = [one for one in self._own if one != (root, wanted)]
            return _undone(result.done, result.message, result.files, result.merged)

    def edits(self, root: Path) -> Json:
        """The edits of a folder that are recorded, the newest first. Only the first can be taken back.

        Raises:
            AgentError: the records cannot be read.
        """
        with self._lock:
            try:
                found = self._look(root).edits()
            except (CommitError, OSError) as error:
                raise AgentError(str(error)) from error
            return {
                "schema": SCHEMA,
                "edits": [
                    {
                        "edit": one.edit,
                        "at": datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds"),
                        "own": (root, one.edit) in self._own,
                        "files": [{"path": path, "op": op} for path, op in one.files],
                    }
                    for one in found
                ],
            }

    # The folder -----------------------------------------------------------------------------------------------

    def _look(self, root: Path) -> ServedFolder:
        try:
            return ServedFolder.look(root, self.places.state)
        except EditorError as error:
            raise AgentError(str(error)) from error

    def _workspace(self, folder: ServedFolder, base: Sequence[str] = ()) -> GuardedWorkspace:
        root = folder.root
        shown = self.versions.named(root, base) if base else self.versions.of(root)
        return GuardedWorkspace(folder.workspace(), self._rules(root), shown)

    def _rules(self, root: Path) -> Callable[[str], Verdict]:
        """What may be looked at in a folder by the settings and ignore files of now."""
        folders = headless_session(root, places=self.places).folders

        def allows(path: str) -> Verdict:
            return folders.allows(uri_of(root / path), opened=False)

        return allows


def _read(workspace: GuardedWorkspace, path: str) -> tuple[str, FileState]:
    name = workspace.resolve(path)
    if isinstance(name, Unresolved):
        raise AgentError(f"Not shown: {name.reason.rstrip('.')}.")
    state = workspace.read(name)
    if isinstance(state, Unresolved):
        raise AgentError(f"Not shown: {state.reason.rstrip('.')}.")
    if state is None:
        raise AgentError(f"There is no file {name}.")
    return name, state


def _undone(done: bool, message: str, files: Sequence[str] = (), merged: Sequence[str] = ()) -> Json:
    return {
        "schema": SCHEMA,
        "applied": done,
        "message": bounded(message),
        "files": list(files),
        "merged": list(merged),
    }
