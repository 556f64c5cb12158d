"""textDocument/inlineCompletion: a cursor in, suggestions out."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types

from dovetail.fim import Suggestion, SuggestionRequest, Trigger
from dovetail.text import Point, Snapshot

from ..session.session import Session
from .registry import Registry

MANUAL_COUNT = 3


def _request(session: Session, snapshot: Snapshot, params: types.InlineCompletionParams) -> SuggestionRequest:
    """Decode. A position outside the document stays outside, so that the engine can say so."""
    context = params.context
    manual = context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    # What the menu would insert, as the suggestion has to go on behind it.
    popup = context.selected_completion_info
    line, character = params.position.line, params.position.character
    point = snapshot.point(line, character, session.encoding)
    # `point` keeps to the document; a client that is ahead of the text it has
    # sent must be told, not answered for another place.
    if line >= len(snapshot.lines) or snapshot.character(point, session.encoding) < character:
        point = Point(line, character)
    return SuggestionRequest(
        snapshot,
        point,
        session.folders.locate(snapshot.uri).path,
        Trigger.MANUAL if manual else Trigger.AUTOMATIC,
        popup.text if popup else None,
        session.options.replace_range,
        session.options.debounce_ms,
        # Several to choose from only where the user asked: unasked, one is shown.
        MANUAL_COUNT if manual else 1,
    )


def _items(session: Session, snapshot: Snapshot, found: list[Suggestion]) -> types.InlineCompletionList:
    """Encode."""

    def position(point: tuple[int, int]) -> types.Position:
        at = snapshot.lines.clamp(Point(*point))
        return types.Position(at.line, snapshot.character(at, session.encoding))

    return types.InlineCompletionList(
        [
            types.InlineCompletionItem(
                insert_text=s.text,
                range=types.Range(position(s.start), position(s.end)),
                command=types.Command("Accepted", "dovetail.accept", arguments=[{"id": s.id}]),
            )
            for s in found
        ]
    )


def register(to: Registry) -> None:
    session = to.session

    def more(uri: str) -> None:
        if session.options.more:
            to.client.notify("dovetail/moreToCome", {"uri": uri})

    session.engine.on_more = more

    @to.with_snapshot(
        types.TEXT_DOCUMENT_INLINE_COMPLETION,
        without=lambda: types.InlineCompletionList([]),
    )
    async def inline_completion(
        snapshot: Snapshot, params: types.InlineCompletionParams
    ) -> types.InlineCompletionList:
        # Before the first await: the protocol knows it by the request that is being handled.
        token = to.server.protocol.take_partial_token()
        on_partial: Callable[[list[Suggestion]], None] | None = None
        # Each part holds all so far: a client shows the last and needs no others.
        if token is not None and session.options.partial_results:

            def on_partial(found: list[Suggestion]) -> None:
                to.server.send_progress(token, _items(session, snapshot, found))

        found = await session.suggest(_request(session, snapshot, params), on_partial)
        return _items(session, snapshot, found)
