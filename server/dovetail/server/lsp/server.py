"""The language server as a connection: pygls below, the client's port (`client.Client`) above. It knows no session;
`app` puts the two together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from ..client import Answered, ClientOptions
from ..version import VERSION
from .defects import log_defect
from .lenient import make_converter
from .parent import CHECK_S, is_alive
from .progress import Progress, Token
from .protocol import INTERNAL_ERROR, DovetailProtocol
from .values import plain

log = logging.getLogger(__name__)

APPLY_S = 30.0
"""How long the client may take to answer a workspace edit, in seconds; it may ask the person first."""
CHOOSE_S = 120.0
ANSWER_S = 5.0

REASON = 200
"""Characters of a client's reason that are repeated."""


class DovetailServer(LanguageServer):
    """One connection to one client. Implements `client.Client` and `progress.Wire`."""

    protocol: DovetailProtocol

    def __init__(self) -> None:
        super().__init__(
            "dovetail",
            VERSION,
            protocol_cls=DovetailProtocol,
            converter_factory=make_converter,
            max_workers=4,
        )
        self.left = asyncio.Event()
        """Set when the client is gone, by `exit` or without a word."""
        self.running: dict[Token, Callable[[], None]] = {}
        """How to cancel the long work that the client shows, by its token."""
        self.on_refused: Callable[[str, Any], None] = lambda method, params: None
        """Told of notifications that are not as the protocol says."""
        self.on_begin: Callable[[types.InitializeParams], None] = lambda params: None
        """Told when `initialize` is answered; loads what answers everything else."""
        self.options = ClientOptions()
        """What the client said of itself in `initialize`."""
        self.apply_s = APPLY_S
        self._held: list[types.ShowMessageParams] | None = []

    # The client's port ----------------------------------------------------------------------------------------

    @property
    def capabilities(self) -> types.ClientCapabilities:
        """What the client can do; nothing before `initialize`."""
        return self.protocol.client_capabilities if self.protocol.initialized else types.ClientCapabilities()

    def notify(self, method: str, params: Any) -> None:
        """Send a notification of our own."""
        self.protocol.notify(method, params)

    def show_message(self, text: str, *, error: bool = False) -> None:
        """One plain sentence for the person at the editor."""
        kind = types.MessageType.Error if error else types.MessageType.Warning
        message = types.ShowMessageParams(kind, text)
        if self._held is None:
            self.window_show_message(message)
        else:
            self._held.append(message)

    async def apply_edit(self, edit: types.WorkspaceEdit) -> Answered:
        """Have an edit applied; whatever the client does, there is an answer within `apply_s` seconds."""
        workspace = self.capabilities.workspace
        # It would answer with an error, or not at all.
        if workspace is None or not workspace.apply_edit:
            return Answered(False, "it takes no edits from a server")
        params = types.ApplyWorkspaceEditParams(edit=edit, label="Dovetail")
        try:
            answer: Any = await asyncio.wait_for(self.workspace_apply_edit_async(params), self.apply_s)
        except TimeoutError:
            return Answered(False, f"it has not answered for {self.apply_s:g} s")
        except JsonRpcException as error:
            return Answered(False, _line(error.message))
        # Some answer with nothing at all.
        if answer is None:
            return Answered(False, "its answer says nothing")
        return Answered(bool(answer.applied), _line(answer.failure_reason or ""))

    async def show_document(self, uri: str) -> bool:
        """Have the editor open a document; whether it says, within `ANSWER_S`, that it did."""
        params = types.ShowDocumentParams(uri, take_focus=False)
        try:
            answer = await asyncio.wait_for(self.window_show_document_async(params), ANSWER_S)
        except (TimeoutError, JsonRpcException) as error:
            log.info("the client showed no document: %s", type(error).__name__)
            return False
        return bool(getattr(answer, "success", False))  # some answer with nothing at all

    async def choose(self, text: str, options: Sequence[str]) -> str | None:
        """Ask the person; None where they do not answer within `CHOOSE_S`."""
        actions = [types.MessageActionItem(option) for option in options]
        params = types.ShowMessageRequestParams(types.MessageType.Info, text, actions)
        try:
            answer = await asyncio.wait_for(self.window_show_message_request_async(params), CHOOSE_S)
        except (TimeoutError, JsonRpcException) as error:
            log.info("the client's user chose nothing: %s", type(error).__name__)
            return None
        return answer.title if answer is not None else None

    async def diagnostics(self, uri: str) -> list[Any] | None:
        """What language servers say of a document; None where the client cannot tell."""
        if not self.options.diagnostics:
            return None
        try:
            request = self.protocol.send_request_async("dovetail/diagnostics", {"uri": uri})
            said = plain(await asyncio.wait_for(request, ANSWER_S))
        except Exception as error:  # whatever a client answers, the grammar's errors are known
            log.info("the client gave no diagnostics: %s", error)
            return None
        return said if isinstance(said, list) else None

    def work(self, on_cancel: Callable[[], None] = lambda: None) -> Progress:
        """Long work to be shown."""
        return Progress(self, on_cancel)

    def offers_menu(self) -> bool:
        """Whether suggestions go into the client's menu: it has one, and neither inline completion nor a client of
        ours that draws suggestions itself, where everything would be shown twice."""
        document = self.protocol.client_capabilities.text_document
        plain = bool(document and document.completion and not document.inline_completion)
        return plain and not self.options.speaks_dovetail

    # Progress -------------------------------------------------------------------------------------------------

    @property
    def shows_progress(self) -> bool:
        """Whether the client lets servers begin progress."""
        window = self.capabilities.window
        return bool(window and window.work_done_progress)

    async def create(self, token: Token) -> None:
        """Ask the client to show progress."""
        params = types.WorkDoneProgressCreateParams(token)
        await self.protocol.send_request_async(types.WINDOW_WORK_DONE_PROGRESS_CREATE, params)

    def send_progress(self, token: Token, value: Any) -> None:
        """Send a value of `$/progress`: of long work, or the whole items so far of a suggestion."""
        self.protocol.notify(types.PROGRESS, types.ProgressParams(token, self.protocol.as_json(value)))

    # Life -----------------------------------------------------------------------------------------------------

    def introduced(self, options: Any) -> None:
        """Take what the client says of itself, from its `initializationOptions`."""
        # Without the group the client is none of ours, and the careful defaults stand.
        if isinstance(options, Mapping) and "client" in options:
            self.options = ClientOptions.read(options["client"])

    def begin(self, params: types.InitializeParams) -> None:
        """`initialize` is answered. A server that cannot be loaded ends, so that the editor says so."""
        try:
            self.on_begin(params)
        except Exception as error:
            log_defect("the start", error)
            self.client_left("Dovetail could not be loaded")

    def client_is_ready(self) -> None:
        """The client said `initialized`: before that it may be told nothing, so it is told now."""
        held, self._held = self._held or [], None
        for message in held:
            self.window_show_message(message)
        if self.process_id is not None and is_alive(self.process_id):
            # A number of another machine or container tells nothing, so only one that was seen is watched.
            self._watch_parent(self.process_id)

    def _watch_parent(self, pid: int) -> None:
        if is_alive(pid):
            asyncio.get_running_loop().call_later(CHECK_S, self._watch_parent, pid)
        else:
            self.client_left("the editor's process has ended")

    def client_left(self, why: str) -> None:
        """The client is gone; `why` is for the log, empty where it said goodbye. On the event loop."""
        # Only the first reason, and only where the client did not say `shutdown` before.
        if why and not self.left.is_set() and not self.shut_down_in_order:
            log.warning("%s; the server ends", why)
        self.left.set()

    def notification_refused(self, method: str, params: Any) -> None:
        """A notification that is not as the protocol says."""
        self.on_refused(method, params)

    @property
    def shut_down_in_order(self) -> bool:
        """Whether the client said `shutdown` before it left."""
        return self.protocol.shut_down

    def report_server_error(self, error: Exception, source: Any) -> None:
        """A defect of ours is for the log; a popup per message would stop a person's work."""
        # The client asked for something that is not there: an answer, and no defect.
        if isinstance(error, JsonRpcException) and error.code != INTERNAL_ERROR:
            log.info("refused: %s", type(error).__name__)
            return
        log_defect(getattr(source, "__name__", source), error)


def _line(text: object) -> str:
    """What a client says, as a part of one of our sentences."""
    # Imported here: the answer to `initialize` does not wait for it.
    from dovetail.privacy import printable

    return printable(" ".join(str(text)[:REASON].split()))
