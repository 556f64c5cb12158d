"""textDocument/codeAction: edit, document, write tests, fix, apply a suggested diff; resolved lazily."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ..lsp.protocol import plain

if TYPE_CHECKING:
    from ..server import DovetailServer

REWRITE = "refactor.rewrite.dovetail"
FIX = "quickfix.dovetail"


def _wanted(only: list[Any] | None, kind: str) -> bool:
    """Whether a client that asks for certain kinds asks for this one (kinds are prefixes of each other)."""
    return not only or any(kind == str(one) or kind.startswith(f"{one}.") for one in only)


def register(server: DovetailServer) -> None:
    session = server.session
    options = types.CodeActionOptions(code_action_kinds=[REWRITE, FIX], resolve_provider=True)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        snapshot = session.documents.get(params.text_document.uri)
        if snapshot is None or not session.settings.enabled or not session.folders.allows(snapshot.uri):
            return []
        if not session.options.trusted:  # every action edits: the commands behind them would do nothing
            return []
        only = [getattr(one, "value", one) for one in params.context.only or []]
        offers = importlib.import_module("dovetail.server.editing.actions")
        return [
            types.CodeAction(
                title=offer.title,
                kind=FIX if offer.kind == "fix" else REWRITE,
                diagnostics=list(params.context.diagnostics) if offer.kind == "fix" else None,
                data=offer.data,
            )
            for offer in await offers.offers(server, snapshot, params)
            if _wanted(only, FIX if offer.kind == "fix" else REWRITE)
        ]

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        data = plain(action.data)
        if isinstance(data, dict) and isinstance(data.get("command"), str):
            action.command = types.Command(
                action.title, data["command"], arguments=[data.get("argument") or {}]
            )
        return action
