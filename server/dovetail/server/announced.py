"""What the server announces of itself.

`initialize` is answered from this table, before the features are loaded (see `app.App`); the registry holds the
features to it, so that nothing is announced that nobody answers, and nothing answered that was not announced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsprotocol import types

REWRITE = "refactor.rewrite.dovetail"
FIX = "quickfix.dovetail"

METHODS: Mapping[str, Any] = {
    types.INITIALIZED: None,
    types.SHUTDOWN: None,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: None,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: None,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: None,
    types.TEXT_DOCUMENT_DID_OPEN: None,
    types.TEXT_DOCUMENT_DID_CHANGE: None,
    types.TEXT_DOCUMENT_DID_SAVE: None,
    types.TEXT_DOCUMENT_DID_CLOSE: None,
    types.TEXT_DOCUMENT_INLINE_COMPLETION: types.InlineCompletionOptions(),
    # For clients that only have a menu. Clients ask for it at word characters by themselves; these are the
    # others behind which something can be suggested.
    types.TEXT_DOCUMENT_COMPLETION: types.CompletionOptions(
        trigger_characters=[" ", ".", "(", "=", ",", "[", "{", ":"]
    ),
    types.TEXT_DOCUMENT_CODE_ACTION: types.CodeActionOptions(code_action_kinds=[REWRITE, FIX]),
    "textDocument/copilotInlineEdit": None,
    "dovetail/nextEdit": None,
    "dovetail/didAcceptNextEdit": None,
    "dovetail/didRejectNextEdit": None,
    "dovetail/didSettleRename": None,
    "dovetail/didShow": None,
    "dovetail/didAccept": None,
    "dovetail/didReject": None,
    "dovetail/notUseful": None,
    "dovetail/didChangeTrust": None,
}
"""Requests and notifications to the options that are announced with them."""

COMMANDS = (
    "dovetail.accept",
    "dovetail.why",
    "dovetail.status",
    "dovetail.notUseful",
    "dovetail.stats",
    "dovetail.toggle",
    "dovetail.snooze",
    "dovetail.restartModel",
    "dovetail.applyDiff",
    "dovetail.edit",
    "dovetail.filesFor",
    "dovetail.fix",
    "dovetail.applyPlan",
    "dovetail.discardPlan",
    "dovetail.undoEdit",
    "dovetail.explainRefusal",
    "dovetail.acceptNextEdit",
    "dovetail.nextEdit",
    "dovetail.renameInstead",
)
"""For `workspace/executeCommand`."""
