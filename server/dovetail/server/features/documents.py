"""didOpen, didChange, didSave, didClose."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from ..session.documents import Change
from ..session.session import Session
from ..session.uris import path_of
from .registry import Registry


def _change(event: types.TextDocumentContentChangeEvent) -> Change:
    if isinstance(event, types.TextDocumentContentChangePartial):
        start, end = event.range.start, event.range.end
        return Change(event.text, (start.line, start.character), (end.line, end.character))
    return Change(event.text)


def change_refused(session: Session, params: Any) -> None:
    """A change that is not as the protocol says: where it brings the whole text (some clients send no version with
    it) that holds, else its document is no longer what the editor shows."""
    params = params if isinstance(params, dict) else {}
    document, changes = params.get("textDocument"), params.get("contentChanges")
    uri = document.get("uri") if isinstance(document, dict) else None
    snapshot = session.documents.get(uri) if isinstance(uri, str) else None
    if snapshot is None:
        return
    whole = [
        one["text"]
        for one in (changes if isinstance(changes, list) else ())
        if isinstance(one, dict) and isinstance(one.get("text"), str) and one.get("range") is None
    ]
    # Only where the last word is a whole text: a range that follows one was made on it, and could not be
    # read.
    last = changes[-1] if isinstance(changes, list) and changes else None
    if whole and isinstance(last, dict) and last.get("range") is None:
        # Under the version that is here: the client has sent none.
        session.documents.change(snapshot.uri, snapshot.version, [Change(whole[-1])])
    else:
        session.documents.lost(snapshot.uri, "a change could not be read")


def register(to: Registry) -> None:
    session = to.session

    @to.on_loop(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        session.opened(document.uri, document.language_id, document.version, document.text)

    @to.on_loop(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        document = params.text_document
        # In this order: the text first, then its tree, then whatever was said of the old text.
        session.documents.change(document.uri, document.version, [_change(c) for c in params.content_changes])
        session.parse_soon(document.uri)
        to.text_changed(document.uri)

    @to.on_loop(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        if (path := path_of(params.text_document.uri)) is not None:
            session.rules_saved([path.name])
            session.models.touched([params.text_document.uri])
            # The workspace's own settings file, which not every client watches.
            if path.name == "dovetail.toml":
                session.configure()

    @to.on_loop(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        session.closed(params.text_document.uri)
