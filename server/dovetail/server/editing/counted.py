"""What the statistics are told of edits: kinds and numbers, no text, no path."""

from __future__ import annotations

from dovetail.edits import Kind as Refusal
from dovetail.edits import Plan, PlannedFile
from dovetail.text import Point, Snapshot, language_of_path

from ..session.session import Session
from ..statistics import Kind, Moment, Reason, Signal, language_code

_REASONS = {
    Refusal.NOT_FOUND: Reason.NOT_FOUND,
    Refusal.AMBIGUOUS: Reason.AMBIGUOUS,
    Refusal.MALFORMED: Reason.NO_FORMAT,
}


def proposed(session: Session, identifier: str, plan: Plan, source: str, uri: str) -> None:
    """A plan is being shown, or is about to be applied."""
    if not session.outcomes.counts:
        return
    refused = plan.refused
    reason = Reason.NONE
    if refused:
        kind = refused[0].kind
        reason = _REASONS.get(kind, Reason.OTHER_REFUSAL) if kind is not None else Reason.OTHER_REFUSAL
    elif not plan.outcomes:
        reason = Reason.NO_FORMAT
    first = plan.files[0] if plan.files else None
    texts = [edit.text for file in plan.files for edit in file.edits]
    moment = Moment(
        Kind.EDIT,
        _language(first.new_path or first.path) if first is not None else 0,
        source,
        lines=sum(text.count("\n") + 1 for text in texts),
        offered=sum(map(len, texts)),
        reason=reason,
        signals=int(Signal.REFUSED if reason else 0),
    )
    session.outcomes.proposed(identifier, uri, moment)


def applied(session: Session, identifier: str, plan: Plan, live: dict[str, Snapshot]) -> None:
    """A plan was applied; `live` are the open documents by the paths in it, as they were before."""
    session.outcomes.settled(identifier, Signal.ACCEPTED)
    for file in plan.files:
        snapshot = live.get(file.path)
        if snapshot is not None and file.edits and not file.new_path:
            text, at = longest(file)
            session.outcomes.written(identifier, snapshot.uri, text, at)
            return


def longest(file: PlannedFile) -> tuple[str, Point]:
    """The longest text that an edit of a file brings, and where it begins in the new text."""
    grown, found, at = 0, "", Point(0, 0)
    for edit in sorted(file.edits, key=lambda edit: edit.start):
        if len(edit.text) > len(found):
            found, at = edit.text, Point(edit.start.line + grown, edit.start.column)
        grown += edit.text.count("\n") - (edit.end.line - edit.start.line)
    return found, at


def _language(path: str) -> int:
    language = language_of_path(path)
    return language_code(language.name) if language is not None else 0
