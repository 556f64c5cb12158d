"""What the edit commands do: a plain object in, a plain object out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from lsprotocol import types

from dovetail.nextedit import Rename
from dovetail.text import Point

from ..session.wire import whole_number
from ..statistics import Signal
from . import filesfor
from .ask import Refused, carry_out, edit_request
from .encode import sentence_answer
from .fixes import fix
from .host import EditHost
from .proposals import diff_of
from .telling import under_progress

Data = dict[str, Any]
GONE = "This plan is no longer here; ask for it again."


async def apply_diff(host: EditHost, data: Data) -> Data:
    """A diff, or a model's answer, from anywhere."""
    text, uri = data.get("text"), data.get("uri")
    if not isinstance(text, str) or not text.strip():
        return sentence_answer("There is no diff: the text is empty.")
    stored = await host.read(text, uri if isinstance(uri, str) else None)
    if isinstance(stored, str):
        return sentence_answer(stored)
    return await host.present(stored, preview=data.get("preview") is True, hunks=_picked(data))


async def edit(host: EditHost, data: Data) -> Data:
    """A request in words, for the chat server."""

    async def work(on_text: Callable[[str], None]) -> Data:
        root, request = await edit_request(host, data)
        exchange = await carry_out(host, root, request, on_text)
        if exchange.plan is None:
            return {"explanation": exchange.texts[-1] if exchange.texts else ""}
        stored = host.store_exchange(root, exchange)
        return await host.present(stored, preview=data.get("preview") is True)

    return await under_progress(host, "Editing", work)


async def files_for(host: EditHost, data: Data) -> Data:
    """The files that `dovetail.edit` would be sent with; none where it would be refused."""
    try:
        return await filesfor.files_for(host, data)
    except Refused:
        return {"files": []}


async def fix_errors(host: EditHost, data: Data) -> Data:
    """Fix what tools report."""
    return await under_progress(host, "Fixing", lambda told: fix(host, data, told))


async def apply_plan(host: EditHost, data: Data) -> Data:
    """A plan that was shown, or some hunks of it."""
    stored = host.get(str(data.get("id", "")))
    if stored is None:
        return {"applied": False, "message": GONE}
    applied, text = await host.apply(stored, _picked(data))
    if applied:
        host.discard(stored.id)
    return {"applied": applied, "message": text}


async def discard_plan(host: EditHost, data: Data) -> None:
    identifier = str(data.get("id", ""))
    host.session.outcomes.settled(identifier, Signal.REJECTED)
    host.discard(identifier)


async def undo_edit(host: EditHost, data: Data) -> Data:
    applied, text = await host.applied.undo()
    return {"applied": applied, "message": text}


async def explain_refusal(host: EditHost, data: Data) -> Data:
    stored, hunk = host.get(str(data.get("id", ""))), _index(data.get("hunk"))
    if stored is None or hunk is None:
        return {"message": GONE, "modelText": ""}
    return host.explain(stored, hunk)


async def next_edit(host: EditHost, data: Data) -> Data:
    """A next edit, or with `all` every place of its rule, as one plan: proved, shown, applied, undone as any other."""
    edits = host.session.next_edits
    offered = edits.get(str(data.get("id", "")))
    if offered is None:
        return sentence_answer("This next edit is no longer here; ask for it again.")
    # As a diff, it goes the way of every other edit: proved against the text of now, shown, taken back.
    proposals = await edits.others(offered) if data.get("all") is True else [offered.proposal]
    root = host.root_of(offered.proposal.uri)
    if root is None:
        return sentence_answer("No folder is open, so there is nothing to apply an edit to.")
    text = await asyncio.to_thread(diff_of, proposals, host.session.documents.recent(), root)
    if not text:
        return sentence_answer("The text has changed since; ask for the next edit again.")
    stored = await host.read(text, None)
    if isinstance(stored, str):
        return sentence_answer(stored)
    # The plan is the proposal in another shape, so it is counted once.
    host.session.outcomes.also(stored.id, offered.id)
    answer = await host.present(stored, preview=data.get("preview") is True)
    if answer.get("applied"):
        edits.accepted(offered.id)
    return answer


async def rename_instead(host: EditHost, data: Data) -> Data:
    """Put a definition's old name back, so that the editor's own rename finds it and its uses; a sentence says so."""
    session = host.session
    uri, old, new = (str(data.get(name, "")) for name in ("uri", "old", "new"))
    line, column = (value if isinstance(value := data.get(name), int) else -1 for name in ("line", "column"))
    snapshot = session.documents.get(uri)
    if snapshot is None or not old or not new or not 0 <= line < len(snapshot.lines) or column < 0:
        return sentence_answer("The text has changed since; nothing was changed.")
    # The client's answer may be to an older text: only where the new name stands can the old one be put back.
    if snapshot.line(line)[column : column + len(new)] != new:
        return sentence_answer("The text has changed since; nothing was changed.")
    start, end = (snapshot.character(Point(line, at), session.encoding) for at in (column, column + len(new)))
    # The version makes the editor refuse the edit where its text is another by now.
    place = types.Range(types.Position(line, start), types.Position(line, end))
    document = types.OptionalVersionedTextDocumentIdentifier(uri, snapshot.version)
    change = types.TextDocumentEdit(document, [types.TextEdit(place, old)])
    answer = await host.client.apply_edit(types.WorkspaceEdit(document_changes=[change]))
    if not answer.applied:
        return sentence_answer(f"Nothing was changed{': ' + answer.reason if answer.reason else ''}.")
    session.next_edits.keep_name(Rename(uri, line, column, old, new, 0))
    return sentence_answer(
        f"{old} is back; now rename it to {new} with your editor's rename, which knows its uses."
    )


def _picked(data: Data) -> set[int] | None:
    """The hunks that were chosen; None where nothing was said, which means all. What is no list chooses none: whoever
    sends a choice that cannot be read has not said that all may be written."""
    hunks = data.get("hunks")
    if hunks is None:
        return None
    chosen = [_index(one) for one in hunks] if isinstance(hunks, list) else []
    return {one for one in chosen if one is not None}


def _index(value: object) -> int | None:
    """A hunk's index, as a number or as text; None if it is none."""
    text = str(value) if isinstance(value, str) else str(whole_number(value))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
