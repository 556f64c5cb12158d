"""What the statistics are told of edits: kinds and numbers, no text, no path."""

from __future__ import annotations

import asyncio

from dovetail.edits import Kind as Refusal
from dovetail.edits import Outcome, Plan, PlannedFile
from dovetail.endpoints import host_of
from dovetail.text import Point, Snapshot, language_of_path

from ..session.session import Session
from ..session.uris import uri_of
from ..statistics import Kind, Moment, Reason, Signal, language_code
from .stored import StoredPlan

_REASONS = {
    Refusal.NOT_FOUND: Reason.NOT_FOUND,
    Refusal.AMBIGUOUS: Reason.AMBIGUOUS,
    Refusal.MALFORMED: Reason.NO_FORMAT,
}


PASTED = "pasted"
"""Who made an edit that no server of the settings was asked for."""


async def proposed(session: Session, stored: StoredPlan) -> None:
    """A plan is being shown, or is about to be applied; what is counted as something else already is left at that."""
    if not session.outcomes.counts or session.outcomes.named(stored.id):
        return
    plan, chat = stored.plan, session.settings.chat
    refused = plan.refused
    reason = Reason.NONE
    if refused:
        kind = refused[0].kind
        reason = _REASONS.get(kind, Reason.OTHER_REFUSAL) if kind is not None else Reason.OTHER_REFUSAL
    # Nothing was read as an edit.
    elif not plan.outcomes:
        reason = Reason.NO_FORMAT
    # The first refusal stands for the plan; without one, its first hunk.
    first = next(iter(refused or plan.outcomes), None)
    path = plan.files[0].new_path or plan.files[0].path if plan.files else first.path if first else ""
    # One row of the statistics a plan, whatever its number of files: no text, only counts.
    uri = uri_of(stored.root / path) if path else ""
    texts = [edit.text for file in plan.files for edit in file.edits]
    moment = Moment(
        Kind.EDIT,
        _language(path),
        (host_of(chat.url) or "chat") if stored.usage else PASTED,
        chat.model if stored.usage else "",
        place=await _place(session, uri, plan, first) if first is not None and first.path == path else None,
        lines=sum(text.count("\n") + 1 for text in texts),
        offered=sum(map(len, texts)),
        first_ms=stored.first_ms,
        shown_ms=stored.usage["ms"] if stored.usage else None,
        reason=reason,
        signals=int(Signal.REFUSED if reason else 0),
    )
    session.outcomes.proposed(stored.id, uri, moment)


async def _place(session: Session, uri: str, plan: Plan, outcome: Outcome) -> tuple[Snapshot, Point] | None:
    """Where a hunk changes a file, or where it nearly fits."""
    snapshot = session.documents.get(uri)
    before = next((file.before for file in plan.files if file.path == outcome.path), None)
    # Not open: the text that the plan was made for tells the scope as well.
    if snapshot is None and before is not None:
        snapshot = await asyncio.to_thread(Snapshot.open, uri, before, language_id="")
    line = outcome.lines[0]
    return (snapshot, Point(line, 0)) if snapshot is not None and line < len(snapshot.lines) else None


def applied(session: Session, identifier: str, plan: Plan, live: dict[str, Snapshot]) -> None:
    """A plan was applied; `live` are the open documents by the paths in it, as they were before."""
    session.outcomes.settled(identifier, Signal.ACCEPTED)
    for file in plan.files:
        snapshot = live.get(file.path)
        if snapshot is not None and file.edits and not file.new_path:
            # One text of the plan stands for it when it is looked for again later.
            text, at = longest(file)
            session.outcomes.written(identifier, snapshot.uri, text, at)
            return


def longest(file: PlannedFile) -> tuple[str, Point]:
    """The longest text that an edit of a file brings, and where it begins in the new text."""
    grown, found, at = 0, "", Point(0, 0)
    for edit in sorted(file.edits, key=lambda edit: edit.start):
        if len(edit.text) > len(found):
            found, at = edit.text, Point(edit.start.line + grown, edit.start.column)
        # Edits name lines of the old text; in the new one those below have moved by what came before.
        grown += edit.text.count("\n") - (edit.end.line - edit.start.line)
    return found, at


def _language(path: str) -> int:
    language = language_of_path(path)
    return language_code(language.name) if language is not None else 0
