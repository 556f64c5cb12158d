"""The language server: pygls below, the session above, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from . import features
from .lsp.parent import CHECK_S, is_alive
from .lsp.progress import Progress
from .lsp.protocol import INTERNAL_ERROR, DovetailProtocol, log_defect
from .places import Places
from .session.generators import Models
from .session.session import Session
from .version import VERSION

if TYPE_CHECKING:
    from .editing import EditHost
    from .session.acceptance import Offer

log = logging.getLogger(__name__)


def _workspace_models(session: Session) -> Models:
    from .models.models import WorkspaceModels

    return WorkspaceModels(session)


class DovetailServer(LanguageServer):
    """One server serves one client and any number of workspace folders."""

    protocol: DovetailProtocol

    def __init__(
        self, places: Places | None = None, make_models: Callable[[Session], Models] = _workspace_models
    ) -> None:
        super().__init__("dovetail", VERSION, protocol_cls=DovetailProtocol, max_workers=4)
        self.session = Session(self, places or Places.of_user(), make_models)
        self.left = asyncio.Event()
        """Set when the client is gone, by `exit` or without a word."""
        self.text_moved = asyncio.Event()
        """Set whenever a document is opened, changed or closed; whoever waits for a text clears it."""
        self.session.on_accepted = self._accepted
        self.progress_running: dict[int | str, Callable[[], None]] = {}
        """How to cancel the long work that the client shows, by its token."""
        self._bar: Progress | None = None
        self._held: list[types.ShowMessageParams] | None = []
        for module in features.ALL:
            module.register(self)

    @cached_property
    def edits(self) -> EditHost:
        """The owner of plans; loaded with the first edit."""
        from .editing import EditHost

        return EditHost(self)

    def _accepted(self, offer: Offer) -> None:
        settings = self.session.settings
        if settings.edits.offer_fix and settings.chat.url:
            from .editing.fixes import offer_fix

            last = offer.start.line + offer.text.count("\n")
            self.session.spawn(offer_fix(self, offer.uri, offer.start.line, last, set()))

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

    def long_work(self, on_cancel: Callable[[], None]) -> Progress:
        """Long work to be shown (see `Session.progress`)."""
        return Progress(self, on_cancel)

    def progress_begin(self, title: str) -> None:
        """Show a progress bar, where the client has them."""
        self.progress_end()
        self._bar = self.long_work(lambda: None)
        self.session.spawn(self._bar.begin(title, cancellable=False))

    def progress_report(self, text: str, percentage: int) -> None:
        if self._bar is not None:
            self._bar.report(text, percentage)

    def progress_end(self) -> None:
        if self._bar is not None:
            self._bar.end()
            self._bar = None

    def client_is_ready(self) -> None:
        """The client said `initialized`: before that it may be told nothing, so it is told now."""
        held, self._held = self._held or [], None
        for message in held:
            self.window_show_message(message)
        self.session.status.send = self._send_status
        self.session.status.changed()
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
        if why and not self.left.is_set() and not self.shut_down_in_order:
            log.warning("%s; the server ends", why)
        self.left.set()

    def _send_status(self, params: dict[str, Any]) -> None:
        if self.session.options.speaks_dovetail:
            self.notify("dovetail/status", params)

    def progress_of_items(self, token: int | str, items: types.InlineCompletionList) -> None:
        """A partial result of an inline completion: the whole items so far."""
        self.protocol.notify(
            types.PROGRESS, types.ProgressParams(token, self.protocol._converter.unstructure(items))
        )

    def notification_refused(self, method: str, params: Any) -> None:
        """A notification that is not as the protocol says: a change that is lost puts its document adrift."""
        if method == types.TEXT_DOCUMENT_DID_CHANGE and isinstance(params, dict):
            document = params.get("textDocument")
            uri = document.get("uri") if isinstance(document, dict) else None
            if isinstance(uri, str):
                self.session.documents.lost(uri, "a change could not be read")

    @property
    def shut_down_in_order(self) -> bool:
        """Whether the client said `shutdown` before it left."""
        return bool(self.protocol._shutdown)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """A defect of ours is for the log; a popup per message would stop a person's work."""
        if isinstance(error, JsonRpcException) and error.code != INTERNAL_ERROR:
            log.info("refused: %s", type(error).__name__)
            return
        log_defect(getattr(source, "__name__", source), error)
