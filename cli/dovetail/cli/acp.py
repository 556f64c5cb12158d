"""`dovetail acp`: the Agent Client Protocol over standard input and output.

A face: each message is decoded by the SDK's models, one method of `dovetail.server.agents` is called, and its value is
encoded. The SDK routes the messages of sessions; for `nes/*` and `document/*` it has the models and no routes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from acp import RequestError, schema
from acp.agent.router import build_agent_router
from acp.connection import Connection
from acp.helpers import text_block, update_agent_message
from acp.meta import PROTOCOL_VERSION
from acp.stdio import stdio_streams
from pydantic import BaseModel, ValidationError

from dovetail.privacy import printable
from dovetail.server.agents.next_edits import NextEditSession
from dovetail.server.agents.roots import allowed_roots
from dovetail.server.agents.through_client import answer_through
from dovetail.server.agents.trouble import AgentError
from dovetail.server.headless import headless_session
from dovetail.server.lsp.signals import exit_code, on_signals
from dovetail.server.places import Places
from dovetail.server.session.uris import folder_is_there
from dovetail.server.version import VERSION
from dovetail.text import Encoding

from .acp_messages import Lines
from .acp_prompt import PromptFiles, plain, prompted, tell
from .terminal import no_pipe, say

log = logging.getLogger(__name__)
ENCODINGS = ("utf-8", "utf-32", "utf-16")
LONGEST = 64 * 1024 * 1024
"""Bytes of one message."""
CLOSE_S = 10.0
"""How long a client may take to write what was said yes to when the process is told to end, in seconds."""
Call = Callable[[Any], Awaitable[BaseModel | None]]


class Face:
    """One client. The names of the methods are those that the SDK's router looks for."""

    def __init__(self, root: Path | None) -> None:
        self.root = root
        self.client: Connection | None = None
        self.fs = schema.FileSystemCapabilities()
        self.encoding = Encoding.UTF16
        self.folders: dict[str, Path] = {}
        self.next_edits: dict[str, NextEditSession] = {}
        self.running: dict[str, asyncio.Task[Any]] = {}
        self.writing: set[str] = set()
        """Sessions whose person has said yes."""
        self.ending: asyncio.Task[None] | None = None
        # By the method: the model that reads its parameters, and what carries it out.
        self.calls: dict[str, tuple[type[BaseModel], Call]] = {
            "nes/start": (schema.StartNesRequest, self._start),
            "nes/suggest": (schema.SuggestNesRequest, self._suggest),
            "nes/accept": (schema.AcceptNesNotification, self._accept),
            "nes/reject": (schema.RejectNesNotification, self._reject),
            "nes/close": (schema.CloseNesRequest, self._close),
            "document/didOpen": (schema.DidOpenDocumentNotification, self._opened),
            "document/didChange": (schema.DidChangeDocumentNotification, self._changed),
            "document/didClose": (schema.DidCloseDocumentNotification, self._closed),
        }

    # Both ------------------------------------------------------------------------------------------------------

    async def initialize(
        self,
        protocol_version: int,
        client_capabilities: schema.ClientCapabilities | None = None,
        client_info: schema.Implementation | None = None,
        **rest: Any,
    ) -> schema.InitializeResponse:
        # All optional in the protocol: a client that announces nothing is asked for nothing.
        # The SDK hands on as it came what its model does not take: that is announced of nothing.
        can = client_capabilities
        if not isinstance(can, schema.ClientCapabilities):
            can = schema.ClientCapabilities()
        self.fs = (
            can.fs if isinstance(can.fs, schema.FileSystemCapabilities) else schema.FileSystemCapabilities()
        )
        # The first encoding of the client's list that we know: it is in the order of the client's preference.
        listed = can.position_encodings if isinstance(can.position_encodings, list) else []
        offered = [one for one in listed if one in ENCODINGS]
        self.encoding = Encoding(offered[0]) if offered else Encoding.UTF16
        document = schema.NesDocumentEventCapabilities(
            did_open=schema.NesDocumentDidOpenCapabilities(),
            did_change=schema.NesDocumentDidChangeCapabilities(sync_kind="incremental"),
            did_close=schema.NesDocumentDidCloseCapabilities(),
        )
        return schema.InitializeResponse(
            protocol_version=PROTOCOL_VERSION,
            agent_capabilities=schema.AgentCapabilities(
                nes=schema.NesCapabilities(events=schema.NesEventCapabilities(document=document)),
                position_encoding=self.encoding.value,
                prompt_capabilities=schema.PromptCapabilities(embedded_context=True),
            ),
            agent_info=schema.Implementation(name="dovetail", title="Dovetail", version=VERSION),
        )

    # Edits from a prompt ---------------------------------------------------------------------------------------

    async def new_session(self, cwd: str, **rest: Any) -> schema.NewSessionResponse:
        # The person's word on the command line goes before the client's.
        folder = self.root or Path(cwd)
        if not folder.is_absolute() or not folder_is_there(folder):
            raise RequestError.invalid_params({"cwd": f"{cwd[:200]!r} is not an absolute path of a folder"})
        # Not to be guessed, and told apart from next-edit sessions ("n") in a log.
        name = f"s{secrets.token_hex(8)}"
        self.folders[name] = folder
        return schema.NewSessionResponse(session_id=name)

    async def prompt(self, session_id: str, prompt: list[Any], **rest: Any) -> schema.PromptResponse:
        root = self.folders.get(session_id)
        if root is None:
            raise RequestError.invalid_params({"sessionId": "there is no such session"})
        # Without both there is neither a text to prove an edit against nor a way to write it.
        if not (self.fs.read_text_file and self.fs.write_text_file):
            await self._say(session_id, "This editor does not let Dovetail read and write its files.")
            return schema.PromptResponse(stop_reason="refusal")
        if session_id in self.running:
            raise RequestError.invalid_request({"sessionId": "a prompt of this session is under way"})
        (folder,) = allowed_roots(root, None, root)
        assert self.client is not None
        files = PromptFiles(self.client, session_id, root, lambda: self.writing.add(session_id))

        async def answer() -> Any:
            session = await asyncio.to_thread(headless_session, folder)
            return await answer_through(files, session, folder, prompted(prompt))

        # A task of its own, so that `cancel` can end it while this handler waits; known before anything is awaited,
        # so that there is one prompt at a time.
        task = self.running[session_id] = asyncio.ensure_future(answer())
        try:
            done = await task
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is not None and me.cancelling():  # the connection ended, and with it this handler
                raise
            # Only this prompt was cancelled; the handler itself has to answer that.
            return schema.PromptResponse(stop_reason="cancelled")
        finally:
            self.running.pop(session_id, None)
            self.writing.discard(session_id)
        # The tool call first, then the sentence: clients show them in the order in which they come.
        await files.over(done.applied)
        await self._say(session_id, done.text)
        return schema.PromptResponse(stop_reason="cancelled" if files.cancelled else "end_turn")

    async def cancel(self, session_id: str, **rest: Any) -> None:
        # What the person has said yes to is written in whole.
        # A cancellation in the middle of several files would leave half of an edit.
        task = self.running.get(session_id)
        if task is not None and session_id not in self.writing:
            task.cancel()

    async def _say(self, session_id: str, text: str) -> None:
        # It quotes what a person pasted, and clients in a terminal write it as it is.
        await self.update(session_id, update_agent_message(text_block(printable(text))))

    async def update(self, session_id: str, update: Any) -> None:
        """Tell the client how a session goes on."""
        assert self.client is not None
        await tell(self.client, session_id, update)

    # Next edits ------------------------------------------------------------------------------------------------

    async def _start(self, asked: schema.StartNesRequest) -> schema.StartNesResponse:
        folders = [one.uri for one in asked.workspace_folders or []]
        # The older way to say it.
        if not folders and asked.workspace_uri:
            folders = [asked.workspace_uri]
        # The folder given on the command line cannot be widened by the client.
        if self.root is not None:
            folders = [self.root.resolve().as_uri()]
        name = f"n{secrets.token_hex(8)}"
        self.next_edits[name] = NextEditSession.of(folders, self.encoding, Places.of_user())
        return schema.StartNesResponse(session_id=name)

    def _of(self, name: str) -> NextEditSession:
        found = self.next_edits.get(name)
        if found is None:
            raise RequestError.invalid_params({"sessionId": "there is no such session"})
        return found

    async def _suggest(self, asked: schema.SuggestNesRequest) -> schema.SuggestNesResponse:
        manual = asked.trigger_kind == "manual"
        try:
            found = await self._of(asked.session_id).suggest(
                asked.uri, asked.version, asked.position.line, manual=manual
            )
        except AgentError as error:
            raise RequestError.invalid_params({"uri": str(error)}) from error
        return schema.SuggestNesResponse.model_validate(
            {
                "suggestions": [
                    {
                        "kind": "edit",
                        "id": one["id"],
                        "uri": one["uri"],
                        "edits": [{"range": one["range"], "newText": one["newText"]}],
                    }
                    for one in found
                ]
            }
        )

    async def _accept(self, told: schema.AcceptNesNotification) -> None:
        self._of(told.session_id).accepted(told.id)

    async def _reject(self, told: schema.RejectNesNotification) -> None:
        self._of(told.session_id).rejected(told.id, str(told.reason or ""))

    async def _close(self, asked: schema.CloseNesRequest) -> schema.CloseNesResponse:
        session = self._of(asked.session_id)
        # Taken out before the wait, so that nothing more is asked of it meanwhile.
        del self.next_edits[asked.session_id]
        await session.close()
        return schema.CloseNesResponse()

    async def _opened(self, told: schema.DidOpenDocumentNotification) -> None:
        self._of(told.session_id).opened(told.uri, told.language_id, told.version, told.text)

    async def _changed(self, told: schema.DidChangeDocumentNotification) -> None:
        changes = [plain(one) for one in told.content_changes]
        self._of(told.session_id).changed(told.uri, told.version, changes)

    async def _closed(self, told: schema.DidCloseDocumentNotification) -> None:
        self._of(told.session_id).closed(told.uri)

    async def close(self) -> None:
        """End all sessions."""
        while self.next_edits:
            await self.next_edits.popitem()[1].close()

    def told_to_end(self, number: int) -> None:
        """A signal has come: what a person has said yes to is written to its end, sessions end, and the process goes,
        without a wait for threads that still work."""

        async def end() -> None:
            try:
                async with asyncio.timeout(CLOSE_S):
                    writing = [task for name, task in self.running.items() if name in self.writing]
                    # Through `gather`, so that one which fails does not keep the others from being waited for.
                    await asyncio.gather(*writing, return_exceptions=True)
                    await self.close()
            finally:
                os._exit(exit_code(number))

        self.ending = asyncio.ensure_future(end())


def handler(face: Face) -> Callable[[str, Any, bool], Awaitable[Any]]:
    """What the connection calls: the messages of next edits here, all others by the SDK's router."""
    router: Any = build_agent_router(face)  # type: ignore[arg-type]

    async def handle(method: str, params: Any, is_notification: bool) -> Any:
        try:
            if method not in face.calls:
                return await router(method, params, is_notification)
            model, call = face.calls[method]
            answer = await call(model.model_validate(params))
            return None if answer is None else plain(answer)
        # A notification has no answer that could carry an error.
        except RequestError:
            if is_notification:
                return None
            raise
        # The SDK reads whole numbers by `int`, also of what is infinite.
        except OverflowError:
            if is_notification:
                return None
            raise RequestError.invalid_params({"details": "a number is too large"}) from None
        except ValidationError as error:
            if is_notification:
                return None
            # Only the names of the fields: pydantic's messages quote the values, which may be code.
            where = sorted({".".join(map(str, one["loc"])) for one in error.errors(include_url=False)})
            raise RequestError.invalid_params({"fields": where[:10]}) from None
        # Not its text: it may quote a file.
        except Exception as error:
            log.error("%s failed: %s", method, type(error).__name__)
            raise RequestError.internal_error(
                {"details": f"Dovetail failed here ({type(error).__name__})"}
            ) from None

    return handle


async def serve(root: Path | None) -> None:
    """Serve one client until it leaves."""
    reader, writer = await stdio_streams(limit=LONGEST)
    face = Face(root)
    # `listening=False`: the face must know the connection before the first message is handled.
    connection = Connection(handler(face), Lines(reader, writer), listening=False)
    face.client = connection
    on_signals(asyncio.get_running_loop(), face.told_to_end)
    try:
        await connection.main_loop()
    finally:
        await face.close()
        await connection.close()


def run_acp(root: Path | None) -> int:
    """Serve one client over standard input and output until it leaves. Exit code 2 where no client can be there."""
    if unfit := no_pipe():
        say(f"dovetail: `dovetail acp` speaks with a client over pipes, and its {unfit} is none.", err=True)
        return 2
    # Standard output is the protocol's, and standard error what clients show as trouble.
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(serve(root))
    return 0
