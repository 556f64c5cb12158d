"""Fixing what tools report, in a bounded number of rounds, and offering to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from dovetail.edits.chat import Diagnostic
from dovetail.text import Snapshot

from ..lsp.protocol import plain
from .ask import ERROR, WARNING, Refused, carry_out, diagnostics_of, fix_request
from .telling import under_progress

if TYPE_CHECKING:
    from ..server import DovetailServer

log = logging.getLogger(__name__)

SETTLE_S = 1.5
"""How long language servers are given to look at a changed text before they are asked, in seconds."""
ANSWER_S = 5.0


async def fix(server: DovetailServer, data: dict[str, Any], on_text: Callable[[str], None]) -> dict[str, Any]:
    """The answer of `dovetail.fix`. With `preview` one round; else rounds until nothing is left, or no more."""
    preview = data.get("preview") is True
    rounds = 1 if preview else server.session.settings.edits.fix_rounds
    said: object = data.get("diagnostics")
    # What a user points at may be a warning; beyond that only errors are anyone's business.
    least = WARNING if said is not None and not data.get("all") else ERROR
    answer: dict[str, Any] = {}
    for number in range(rounds):
        snapshot = server.session.documents.get(str(data.get("uri", "")))
        if snapshot is None:
            raise Refused("The file is not open in the editor.")
        found = await _errors(server, snapshot, said, least=least)
        try:
            root, request = fix_request(server, data, found)
        except Refused:
            if number == 0:
                raise
            answer["message"] += " No error is left."
            return answer
        exchange = await carry_out(server, root, request, on_text)
        stored = server.edits.store_exchange(root, exchange)
        answer = await server.edits.present(stored, preview=preview)
        if not answer["applied"]:
            return answer
        said, least = None, ERROR
        if number + 1 < rounds or not preview:
            await asyncio.sleep(SETTLE_S)
    snapshot = server.session.documents.get(str(data.get("uri", "")))
    left = await _errors(server, snapshot, None) if snapshot is not None else []
    if left:
        first = left[0]
        answer["message"] += (
            f" {len(left)} error(s) remain, the first in line {first.line + 1}: {first.message}"
        )
    return answer


async def _errors(
    server: DovetailServer, snapshot: Snapshot, said: object, *, least: int = ERROR
) -> list[Diagnostic]:
    """The document's errors: as given, as the client knows them, or by its grammar."""
    path = server.session.folders.locate(snapshot.uri).path
    if said is None and server.session.options.diagnostics:
        try:
            request = server.protocol.send_request_async("dovetail/diagnostics", {"uri": snapshot.uri})
            said = plain(await asyncio.wait_for(request, ANSWER_S))
        except Exception as error:  # whatever a client answers, the grammar's errors are known
            log.info("the client gave no diagnostics: %s", error)
    return diagnostics_of(snapshot, path, said if isinstance(said, list) else None, least=least)


async def known_errors(server: DovetailServer, uri: str) -> set[str]:
    """The messages of a document's errors as they are now; empty where nothing will be offered."""
    settings, snapshot = server.session.settings, server.session.documents.get(uri)
    if snapshot is None or not settings.edits.offer_fix or not settings.chat.url:
        return set()
    return {one.message for one in await _errors(server, snapshot, None)}


async def offer_fix(server: DovetailServer, uri: str, first: int, last: int, old: set[str]) -> None:
    """Offer once to fix errors in lines `first` to `last` (from 0, both included) that are not among `old`."""
    session = server.session
    if not session.settings.edits.offer_fix or not session.settings.chat.url:
        return
    await asyncio.sleep(SETTLE_S)
    snapshot = session.documents.get(uri)
    if snapshot is None:
        return
    new = [
        d for d in await _errors(server, snapshot, None) if first <= d.line <= last and d.message not in old
    ]
    if not new:
        return
    noun = "an error" if len(new) == 1 else f"{len(new)} errors"
    text = f"Dovetail: {noun} in the lines just changed: {new[0].message} (line {new[0].line + 1})"
    answer = await server.window_show_message_request_async(
        types.ShowMessageRequestParams(
            types.MessageType.Info, text, [types.MessageActionItem("Fix"), types.MessageActionItem("Not now")]
        )
    )
    if answer is None or answer.title != "Fix":
        return
    where = {"start": {"line": first, "character": 0}, "end": {"line": last + 1, "character": 0}}
    result = await under_progress(
        server, "Fixing", lambda told: fix(server, {"uri": uri, "range": where}, told)
    )
    server.show_message(f"Dovetail: {result.get('message', '')}")
