"""What the edit commands do: a plain object in, a plain object out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .ask import carry_out, edit_request
from .encode import sentence_answer
from .fixes import fix
from .telling import under_progress

if TYPE_CHECKING:
    from ..server import DovetailServer

Data = dict[str, Any]
GONE = "This plan is no longer here; ask for it again."


async def apply_diff(server: DovetailServer, data: Data) -> Data:
    """A diff, or a model's answer, from anywhere."""
    text, uri = data.get("text"), data.get("uri")
    if not isinstance(text, str) or not text.strip():
        return sentence_answer("There is no diff: the text is empty.")
    stored = await server.edits.read(text, uri if isinstance(uri, str) else None)
    if isinstance(stored, str):
        return sentence_answer(stored)
    return await server.edits.present(stored, preview=data.get("preview") is True, hunks=_picked(data))


async def edit(server: DovetailServer, data: Data) -> Data:
    """A request in words, for the chat server."""

    async def work(on_text: Callable[[str], None]) -> Data:
        root, request = edit_request(server, data)
        exchange = await carry_out(server, root, request, on_text)
        if exchange.plan is None:
            return {"explanation": exchange.texts[-1] if exchange.texts else ""}
        stored = server.edits.store_exchange(root, exchange)
        return await server.edits.present(stored, preview=data.get("preview") is True)

    return await under_progress(server, "Editing", work)


async def fix_errors(server: DovetailServer, data: Data) -> Data:
    """Fix what tools report."""
    return await under_progress(server, "Fixing", lambda told: fix(server, data, told))


async def apply_plan(server: DovetailServer, data: Data) -> Data:
    """A plan that was shown, or some hunks of it."""
    stored = server.edits.get(str(data.get("id", "")))
    if stored is None:
        return {"applied": False, "message": GONE}
    applied, text = await server.edits.apply(stored, _picked(data))
    if applied:
        server.edits.discard(stored.id)
    return {"applied": applied, "message": text}


async def discard_plan(server: DovetailServer, data: Data) -> None:
    server.edits.discard(str(data.get("id", "")))


async def undo_edit(server: DovetailServer, data: Data) -> Data:
    applied, text = await server.edits.undo()
    return {"applied": applied, "message": text}


async def explain_refusal(server: DovetailServer, data: Data) -> Data:
    stored, hunk = server.edits.get(str(data.get("id", ""))), str(data.get("hunk"))
    if stored is None or not hunk.isdigit():
        return {"message": GONE, "modelText": ""}
    return server.edits.explain(stored, int(hunk))


def _picked(data: Data) -> set[int] | None:
    hunks = data.get("hunks")
    return {int(str(h)) for h in hunks if str(h).isdigit()} if isinstance(hunks, list) else None
