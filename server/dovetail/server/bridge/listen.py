"""The server's side: tells commands of this user which texts are open, and has the editor apply what they proved."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field

from ..session.session import Session
from ..session.uris import file_of
from .register import AVAILABLE, Registration, register
from .wire import MAX_LINE, VERSION, decoded, encoded

if TYPE_CHECKING:
    from ..editing.host import EditHost

log = logging.getLogger(__name__)
READ_S = 10.0
"""How long a question may take to come, in seconds."""
MOST = 8
"""Questions at once; more are turned away."""


@define(slots=True, eq=False)
class Listener:
    """On the event loop."""

    session: Session
    edits: Callable[[], Awaitable[EditHost]]
    _own: Registration | None = None
    _told: tuple[Path, ...] = ()
    _open: int = field(default=0)

    async def _listening(self, place: str) -> asyncio.AbstractServer:
        if sys.platform == "win32":
            raise OSError("socket files are not used on Windows")
        else:
            server = await asyncio.start_unix_server(self._asked, place, limit=MAX_LINE)
            os.chmod(place, 0o600)  # its folder keeps others out meanwhile
            return server

    async def run(self) -> None:
        """Listen until cancelled. Where the system or the folder does not allow it, the log says so."""
        if not AVAILABLE:
            return
        try:
            self._own = register(self.session.places.state)
            server = await self._listening(str(self._own.socket))
        except OSError as error:
            if self._own is not None:
                self._own.close()
                self._own = None
            log.warning("commands cannot ask this server for unsaved text: %s", error.strerror or error)
            return
        try:
            async with server:
                # Registered only once it listens: an entry without a listener makes each command wait.
                self.folders_changed()
                self.session.folders.watchers.append(self.folders_changed)
                await server.serve_forever()
        finally:
            self._own.close()
            self._own = None

    def folders_changed(self) -> None:
        """Say which folders are served from now on."""
        roots = tuple(self.session.folders.roots)
        # A first entry is written even without a folder: a single file may be open.
        if self._own is None or (roots == self._told and self._told):
            return
        try:
            self._own.write(roots)
            self._told = roots
        except OSError as error:
            log.warning("this server could not be registered for commands: %s", error.strerror or error)

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            # Closed without a word: the command then says that this editor does not answer, and writes
            # nothing.
            if self._open > MOST:
                return
            async with asyncio.timeout(READ_S):
                line = await reader.readuntil(b"\n")
            # Texts of many megabytes are read and written as JSON beside the loop.
            answer = await self._answer(await asyncio.to_thread(decoded, line))
            writer.write(await asyncio.to_thread(encoded, answer))
            await writer.drain()
        except (ValueError, KeyError, TypeError, TimeoutError, EOFError, OSError) as error:
            log.info("a question of a command was not understood: %s", type(error).__name__)
        except asyncio.LimitOverrunError:
            log.info("a question of a command was too long")
        finally:
            self._open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        root = Path(os.path.realpath(str(question["root"])))
        if question["v"] != VERSION:
            return {"v": VERSION, "error": "another version"}
        match question["ask"]:
            case "texts":
                host = await self.edits()
                documents = await self._documents(root)
                return {"v": VERSION, "documents": documents, "edits": host.applied.of_commands(root)}
            case "apply":
                # The reading of a clock that both processes share, so that no time on the way is lost.
                host, within = await self.edits(), float(question["within"])
                done, text, edit = await host.apply_proved(
                    root, question["files"], lambda: time.monotonic() < within
                )
                return {"v": VERSION, "applied": done, "message": text, "edit": edit}
            case "undo":
                host, within = await self.edits(), float(question["within"])
                done, text, files = await host.applied.undo_of_command(
                    root, str(question["edit"]), lambda: time.monotonic() < within
                )
                return {"v": VERSION, "applied": done, "message": text, "files": files}
        raise ValueError("no such question")

    async def _documents(self, root: Path) -> list[dict[str, str]]:
        documents = self.session.documents
        # A text that is not known to be the editor's is named, but not told:
        # the command must refuse rather than prove against it.
        known = [(snapshot, documents.adrift(snapshot.uri)) for snapshot in documents.recent()]

        def told() -> list[dict[str, str]]:
            found = []
            for snapshot, lost in known:
                file = file_of(snapshot.uri)
                if file is not None and file.is_relative_to(root):
                    found.append(
                        {"path": str(file), "lost": lost}
                        if lost
                        else {"path": str(file), "text": snapshot.text}
                    )
            return found

        return await asyncio.to_thread(told)
