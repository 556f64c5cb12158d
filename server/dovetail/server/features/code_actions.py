"""textDocument/codeAction: edit, document, write tests, fix, apply a suggested diff. Each carries its command."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from dovetail.text import Snapshot

from ..announced import FIX, REWRITE
from .registry import Registry


def _wanted(only: list[Any] | None, kind: str) -> bool:
    """Whether a client that asks for certain kinds asks for this one (kinds are prefixes of each other)."""
    return not only or any(kind == str(one) or kind.startswith(f"{one}.") for one in only)


def _takes_literals(capabilities: types.ClientCapabilities) -> bool:
    """Whether the client knows code actions; an older one knows commands only."""
    document = capabilities.text_document
    actions = document.code_action if document else None
    return bool(actions and actions.code_action_literal_support)


def _none() -> list[types.CodeAction | types.Command]:
    return []


def register(to: Registry) -> None:
    session = to.session

    @to.with_snapshot(types.TEXT_DOCUMENT_CODE_ACTION, without=_none)
    async def code_action(
        snapshot: Snapshot, params: types.CodeActionParams
    ) -> list[types.CodeAction | types.Command]:
        if not session.settings.enabled or not session.folders.allows(snapshot.uri):
            return []
        if not session.options.trusted:  # every action edits: the commands behind them would do nothing
            return []
        host = await to.load_edits()
        from ..editing.actions import offers

        only = [getattr(one, "value", one) for one in params.context.only or []]
        found: list[types.CodeAction | types.Command] = []
        offered = await offers(host, snapshot, params)
        if not session.options.speaks_dovetail:
            # Clients of ours have commands and menus for these.
            offered += to.plain.offers(snapshot, params.range.start.line)
        for offer in offered:
            kind = FIX if offer.kind == "fix" else REWRITE
            if not _wanted(only, kind):
                continue
            command = types.Command(offer.title, offer.command, arguments=[offer.argument])
            if not _takes_literals(to.client.capabilities):
                found.append(command)
                continue
            # So that the editor shows the fix at the errors that it is for.
            about = list(params.context.diagnostics) if offer.kind == "fix" else None
            found.append(types.CodeAction(title=offer.title, kind=kind, diagnostics=about, command=command))
        return found
