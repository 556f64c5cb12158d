"""The command's side of the socket."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import define

from .register import Entry, entries, is_private
from .wire import MAX_LINE, VERSION, decoded, encoded

TEXTS_S = 4.0
"""How long an editor that serves the folder may take to tell its texts, in seconds."""
OTHERS_S = 1.0
"""How long one that serves another folder may: it may have a file of this one open."""
BEGIN_S = 6.0
"""How long it may take to begin an edit; after that it does nothing."""
APPLY_S = BEGIN_S + 20.0


class EditorError(Exception):
    """An editor could not be asked. One sentence that says what this means for the files."""


class EditorGone(Exception):
    """The editor's server is not there any more."""


@define(frozen=True, slots=True)
class OpenDocument:
    """A file that an editor has open."""

    text: str | None
    lost: str = ""
    """Why its text is not known."""


@define(frozen=True, slots=True)
class Editor:
    """The server of one editor, and what it has open in a folder."""

    entry: Entry
    documents: dict[Path, OpenDocument]
    """By file, links followed."""
    edits: tuple[dict[str, Any], ...]
    """Edits that commands have had applied, the newest first."""

    def apply(self, root: Path, files: Sequence[dict[str, Any]]) -> tuple[bool, str, str]:
        """Have an edit applied: whether it was, one sentence, and the name by which it is taken back.

        Raises:
            EditorError: it did not answer.
        """
        answer = self._do("apply", root, files=list(files))
        return answer.get("applied") is True, str(answer.get("message", "")), str(answer.get("edit", ""))

    def undo(self, root: Path, edit: str) -> tuple[bool, str, list[str]]:
        """Take an edit back: whether it was, one sentence, and the files.

        Raises:
            EditorError: it did not answer.
        """
        answer = self._do("undo", root, edit=edit)
        files = answer.get("files")
        return (
            answer.get("applied") is True,
            str(answer.get("message", "")),
            [str(one) for one in files] if isinstance(files, list) else [],
        )

    def _do(self, what: str, root: Path, **rest: Any) -> dict[str, Any]:
        # A point in time rather than a span, so that a server which was busy for
        # longer does not begin after this side has given up.
        question = {"ask": what, "root": str(root), "within": time.monotonic() + BEGIN_S, **rest}
        try:
            return _ask(self.entry, question, APPLY_S)
        except EditorGone:
            raise EditorError("The editor was closed meanwhile; nothing was written. Run it again.") from None
        except EditorError:
            raise EditorError(
                f"The editor that has these files open (process {self.entry.pid}) did not say what became of the "
                "edit; look at its text before anything else. Nothing was written to the disk."
            ) from None


def editors(root: Path, state: Path) -> list[Editor]:
    """The editors that serve a folder, or have a file of it open.

    Raises:
        EditorError: one that serves it does not answer: its unsaved text is not known, so nothing may be written.
    """
    found = []
    # Servers of other folders are asked too: one of them may have a file of this folder open on its own.
    for entry in entries(state):
        serves = entry.serves(root)
        try:
            answer = _ask(entry, {"ask": "texts", "root": str(root)}, TEXTS_S if serves else OTHERS_S)
            found.append(_read(entry, answer))
        except EditorGone:
            continue
        except EditorError:
            if serves:
                raise EditorError(
                    f"The editor that serves {_first(entry, root)} (process {entry.pid}) does not answer, and its "
                    "unsaved text may not be written over; nothing was done. Try again when it answers, or close it."
                ) from None
    # The others have no say here.
    return [one for one in found if one.documents or one.edits]


def _first(entry: Entry, root: Path) -> Path:
    return next((one for one in entry.folders if one == root or root.is_relative_to(one)), entry.folders[0])


def _read(entry: Entry, answer: dict[str, Any]) -> Editor:
    try:
        documents = {
            Path(one["path"]): OpenDocument(
                one["text"] if isinstance(one.get("text"), str) else None,
                "" if isinstance(one.get("text"), str) else str(one.get("lost") or "its text is not known"),
            )
            for one in answer["documents"]
        }
        return Editor(entry, documents, tuple(dict(one) for one in answer["edits"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EditorError("It answered in words that are not known here.") from error


def _ask(entry: Entry, question: dict[str, Any], seconds: float) -> dict[str, Any]:
    """One question, one answer.

    Raises:
        EditorGone: nobody is there.
        EditorError: there is no answer in time, or none that can be read.
    """
    # Whoever can write there could put a socket of their own in its place, and be shown unsaved text.
    if not is_private(entry.socket.parent):
        # It runs behind a folder that is not safe: an error, not an absence.
        if entry.still_there():
            raise EditorError("Its socket is not this user's alone.")
        raise EditorGone
    try:
        return asyncio.run(_exchange(entry.socket, encoded({"v": VERSION, **question}), seconds))
    except (ConnectionRefusedError, FileNotFoundError):
        if entry.still_there():  # it runs, and does not listen
            raise EditorError("It does not listen.") from None
        raise EditorGone from None
    except (OSError, ValueError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
        if not entry.still_there():
            raise EditorGone from None
        raise EditorError(f"No answer ({type(error).__name__}).") from error


async def _exchange(socket: Path, question: bytes, seconds: float) -> dict[str, Any]:
    if sys.platform == "win32":
        raise EditorGone  # no server is registered there
    else:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_unix_connection(str(socket), limit=MAX_LINE)
            try:
                writer.write(question)
                await writer.drain()
                return decoded(await reader.readuntil(b"\n"))
            finally:
                writer.close()
