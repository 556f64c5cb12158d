"""The language server: pygls below, the session above, and nothing else."""

from __future__ import annotations

import logging
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from . import features
from .models import WorkspaceModels
from .places import Places
from .protocol import DovetailProtocol
from .session import Session
from .version import VERSION

log = logging.getLogger(__name__)


class DovetailServer(LanguageServer):
    """One server serves one client and any number of workspace folders."""

    protocol: DovetailProtocol

    def __init__(self, places: Places | None = None) -> None:
        super().__init__("dovetail", VERSION, protocol_cls=DovetailProtocol, max_workers=4)
        self.session = Session(self, places or Places.of_user(), WorkspaceModels)
        self._held: list[types.ShowMessageParams] | None = []
        for module in features.ALL:
            module.register(self)

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

    def client_is_ready(self) -> None:
        """The client said `initialized`: before that it may be told nothing, so it is told now."""
        held, self._held = self._held or [], None
        for message in held:
            self.window_show_message(message)
        self.session.status.send = self._send_status
        self.session.status.changed()

    def _send_status(self, params: dict[str, Any]) -> None:
        if self.session.options.speaks_dovetail:
            self.notify("dovetail/status", params)

    def progress_of_items(self, token: int | str, items: types.InlineCompletionList) -> None:
        """A partial result of an inline completion: the whole items so far."""
        self.protocol.notify(
            types.PROGRESS, types.ProgressParams(token, self.protocol._converter.unstructure(items))
        )

    @property
    def shut_down_in_order(self) -> bool:
        """Whether the client said `shutdown` before it left."""
        return bool(self.protocol._shutdown)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """A defect of ours is for the log; a popup per message would stop a person's work."""
        log.error("%s: %s", getattr(source, "__name__", source), error)
