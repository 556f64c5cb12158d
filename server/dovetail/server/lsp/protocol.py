"""pygls' protocol, held to what a client may rely on.

What differs from the library: no copies of documents (ours are in `documents`; the library's split lines where LSP
does not), every request gets an answer, also a broken one, no answer carries a traceback, nothing is kept of a
message once it is handled, and what the log says of a message never holds its content.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Generator
from typing import Any, Protocol

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import JsonRPCRequestMessage, LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification

from ..announced import COMMANDS, METHODS
from .ahead import LookAhead
from .defects import log_defect
from .fewer import few_diagnostics
from .framing import Broken, encode
from .lenient import reduced
from .progress import Token, given
from .values import plain

log = logging.getLogger(__name__)

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
CANCELLED = -32800

_NOT_THE_LIBRARYS = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
)
# A change of branch brings tens of thousands of these: making objects of them takes seconds.
_AS_IT_IS = frozenset({types.WORKSPACE_DID_CHANGE_WATCHED_FILES})


class Served(Protocol):
    """Whom the protocol serves."""

    process_id: int | None
    running: dict[Token, Callable[[], None]]

    def client_left(self, why: str) -> None: ...

    def introduced(self, options: Any) -> None:
        """What the client says of itself in `initialize`, before that is answered."""

    def begin(self, params: types.InitializeParams) -> None:
        """`initialize` is answered: load what answers everything else, before the next message is looked at."""

    def offers_menu(self) -> bool: ...

    def notification_refused(self, method: str, params: Any) -> None: ...


class DovetailProtocol(LanguageServerProtocol):
    """What differs from the library's protocol. A `transport.Handler`.

    Private names of pygls that are overridden or used: `_server`, `_shutdown`, `_request_futures`, `_result_types`,
    `_send_data`, `_send_response`, `_execute_handler`, `_handle_notification`, `_send_handler_result`,
    `_serialize_message`, `_converter`. So pyproject.toml holds pygls to a minor version.
    """

    _server: Served  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partial_tokens: dict[int | str, int | str] = {}
        """`partialResultToken` of inline completion requests by request id: LSP has no such field there."""
        self.position_encoding: str = types.PositionEncodingKind.Utf16.value
        self.initialized = False
        self.client_capabilities = types.ClientCapabilities()
        self._ahead = LookAhead()
        for name in _NOT_THE_LIBRARYS:
            self.fm.builtin_features.pop(name, None)

    # Messages in ----------------------------------------------------------------------------------------------

    def arrived(self, message: dict[str, Any]) -> None:
        self._ahead.arrived(message)

    def handle(self, message: dict[str, Any] | Broken) -> None:
        """One message in its turn. Never raises, but for the end of the process."""
        if isinstance(message, Broken):
            log.warning("%s", message.text)
            self.refuse(None, PARSE_ERROR, message.text)
            return
        try:
            self._handle(message)
        except Exception as error:
            log_defect(message.get("method"), error)

    def _handle(self, message: dict[str, Any]) -> None:
        method, identifier = message.get("method"), message.get("id")
        # `True` is an int in Python, and no id in JSON-RPC.
        known = isinstance(identifier, str | int) and not isinstance(identifier, bool)
        if message.get("jsonrpc") != self.VERSION or (
            "id" in message and not known and identifier is not None
        ):
            self.refuse(identifier if known else None, INVALID_REQUEST, "not a JSON-RPC 2.0 message")
            return
        if not isinstance(method, str):
            self._answered(message)
            return
        if identifier is not None:
            why_not = self._unwelcome(method, identifier)
            if why_not is not None:
                self.refuse(identifier, *why_not)
                return
        # Notifications before `initialize` and after `shutdown` are dropped, as the specification says.
        elif method != types.EXIT and (self._shutdown or not self.initialized):
            self._ahead.dropped()
            return
        token = None
        params = message.get("params")
        if (
            method == types.TEXT_DOCUMENT_INLINE_COMPLETION
            and identifier is not None
            and isinstance(params, dict)
        ):
            # Taken out before the parameters become a type that has no such field.
            token = params.pop("partialResultToken", None)
            if self._ahead.asked_anew(identifier, params):
                self._send_response(identifier, types.InlineCompletionList([]))
                return
        try:
            structured = self.structure_message(message)
        except Exception:
            # A client may say of itself what this version of the protocol does not know; a session must not
            # fail for that.
            if method == types.INITIALIZE:
                log.warning("initialize holds what the protocol does not know; the rest of it is used")
                self._initialize(self.structure_message({**message, "params": reduced(params)}))
                return
            text = f"the parameters of {method} are not what the protocol says"
            log.warning("%s; the message was left out", text)
            if identifier is not None:
                self.refuse(identifier, INVALID_PARAMS, text)
            else:  # a change that was left out means that the document is no longer the editor's
                self._server.notification_refused(method, params)
            return
        if isinstance(token, str | int) and identifier is not None:
            self.partial_tokens[identifier] = token
        if method == types.INITIALIZE and identifier is not None:
            self._initialize(structured)
        else:
            self.handle_message(structured)

    def _initialize(self, request: Any) -> None:
        """Answer at once, from what is announced; what carries it out is loaded while the client reads the answer."""
        self.handle_message(request)
        if self.initialized:
            self._server.begin(request.params)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """As the library's, but what it has no type for, or what comes by the ten thousand, keeps its parameters as
        they are."""
        method = data.get("method")
        if method == types.TEXT_DOCUMENT_CODE_ACTION and "params" in data:
            data = {**data, "params": few_diagnostics(data.get("params"))}
        if isinstance(method, str) and (method in _AS_IT_IS or self.get_message_type(method) is None):
            params = data.get("params")
            if "id" in data:
                return JsonRPCRequestMessage(data["id"], method, self.VERSION, params)
            return JsonRPCNotification(method, self.VERSION, params)
        return super().structure_message(data)

    def _unwelcome(self, method: str, identifier: Any) -> tuple[int, str] | None:
        if self._shutdown:
            return INVALID_REQUEST, "the server was told to shut down"
        if not self.initialized and method != types.INITIALIZE:
            return NOT_INITIALIZED, "the server is not initialized yet"
        if self.initialized and method == types.INITIALIZE:
            return INVALID_REQUEST, "the server is initialized already"
        if self._ahead.cancelled(identifier):
            return CANCELLED, "cancelled"
        return None

    def _answered(self, message: dict[str, Any]) -> None:
        """An answer of the client's to a request of ours."""
        identifier = message.get("id")
        if identifier is None or not {"result", "error"} & message.keys():
            self.refuse(None, INVALID_REQUEST, "neither a request nor an answer")
            return
        future = self._request_futures.get(identifier)
        if future is None or future.done():
            # Late, or never asked for: the request was given up in the meantime.
            self._request_futures.pop(identifier, None)
            return
        try:
            self.handle_message(self.structure_message(message))
        except Exception:
            self._request_futures.pop(identifier, None)
            if not future.done():
                future.set_exception(JsonRpcException("the client's answer is not what the protocol says"))

    def _handle_notification(self, method_name: str, params: Any) -> None:
        if method_name == types.CANCEL_REQUEST:
            # The types let anything through where they take a number or a text.
            if not isinstance(params.id, str | int):
                return
            self._ahead.seen(params.id)
            if (future := self._request_futures.get(params.id)) is not None:
                future.cancel()
            return
        super()._handle_notification(method_name, params)

    def _execute_handler(
        self, msg_id: Any, handler: Any, callback: Any, args: Any = None, kwargs: Any = None
    ) -> None:
        """As the library's, which keeps a future of every notification for ever."""
        super()._execute_handler(msg_id, handler, callback, args, kwargs)
        if (future := self._request_futures.get(msg_id)) is not None:
            future.add_done_callback(lambda _: self._request_futures.pop(msg_id, None))

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """As the library's, but as one task: cancelling the request cancels the command."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(
                f"workspace/executeCommand: there is no command {params.command[:80]!r}"
            )
        token = params.work_done_token
        given.set(token if isinstance(token, str | int) else None)
        result = handler(*(params.arguments or []))
        return await result if inspect.isawaitable(result) else result

    # Messages out ---------------------------------------------------------------------------------------------

    def _send_data(self, data: Any) -> None:
        if self.writer is None or not data:
            return
        if log.isEnabledFor(logging.DEBUG):
            log.debug("sends %s", data)
        self.writer.write(encode(data, self._serialize_message))

    def take_partial_token(self) -> Token | None:
        """The `partialResultToken` of the request that is being handled; None where it has none. Once, before the
        first await."""
        return self.partial_tokens.pop(self.msg_id, None)  # type: ignore[arg-type]

    def as_json(self, value: Any) -> Any:
        """A value of the protocol's types as plain values."""
        return self._converter.unstructure(value)

    @property
    def shut_down(self) -> bool:
        """Whether the client said `shutdown`."""
        return bool(self._shutdown)

    def refuse(self, identifier: Any, code: int, text: str) -> None:
        """Answer with an error; no identifier where the request cannot be told."""
        error = {"code": code, "message": text}
        self._send_data({"jsonrpc": self.VERSION, "id": identifier, "error": error})

    def _send_response(
        self, msg_id: Any, result: Any = None, error: types.ResponseError | None = None
    ) -> None:
        """As the library's, without the traceback that it puts into `data`."""
        if error is not None:
            self._result_types.pop(msg_id, None)
            self.refuse(msg_id, error.code, error.message)
        else:
            super()._send_response(msg_id, result)

    def _send_handler_result(self, future: Any, *, msg_id: Any) -> None:
        self._request_futures.pop(msg_id, None)
        self.partial_tokens.pop(msg_id, None)
        if future.cancelled():
            self.refuse(msg_id, CANCELLED, "cancelled")
            return
        error = future.exception()
        try:
            if error is None:
                self._send_response(msg_id, future.result())
                return
        except Exception as unsent:  # an answer that cannot be written as JSON
            error = unsent
        if isinstance(error, JsonRpcException):
            self.refuse(msg_id, error.code, error.message)
            return
        log_defect("a request", error)
        self.refuse(msg_id, INTERNAL_ERROR, "Dovetail met an error of its own; its log says more.")

    # Life -----------------------------------------------------------------------------------------------------

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> types.InitializeResult:  # type: ignore[override]
        self._server.process_id = params.process_id
        self.client_capabilities = params.capabilities
        encoding = ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)
        self.position_encoding = str(getattr(encoding, "value", encoding))
        self._server.introduced(plain(params.initialization_options))
        builder: Any = ServerCapabilitiesBuilder(
            self.client_capabilities,
            {*METHODS, *self.fm.builtin_features},
            {method: options for method, options in METHODS.items() if options is not None},
            list(COMMANDS),
            types.TextDocumentSyncKind.Incremental,
            None,
            encoding,
        )
        self.server_capabilities = builder.build()
        if (commands := self.server_capabilities.execute_command_provider) is not None:
            commands.work_done_progress = True
        if not self._server.offers_menu():
            # Menus are for clients that have nothing better; announced to others they would be asked for in vain.
            self.server_capabilities.completion_provider = None
        self.initialized = True
        return types.InitializeResult(self.server_capabilities, self.server_info)

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        self._shutdown = True
        current = self.msg_id
        # Everything that is under way ends, but `shutdown` itself has to be answered.
        for identifier, future in list(self._request_futures.items()):
            if identifier != current and not future.done():
                future.cancel()
        yield self.fm.features[types.SHUTDOWN], args, None

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        token: Any = params.token  # the types let anything through here
        if not isinstance(token, str | int):
            return
        if (cancel := self._server.running.get(token)) is not None:
            cancel()
        elif (future := self.progress.tokens.get(token)) is not None:
            future.cancel()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: Any) -> None:  # type: ignore[override]
        self._server.client_left("")
