"""What commands answer, as plain values (docs/protocol.md)."""

from __future__ import annotations

from typing import Any

from dovetail.fim import Decision

from .session import Session
from .version import VERSION


def decision_answer(decision: Decision, *, text: bool = True) -> dict[str, Any]:
    """One decision; without `text` it holds no code."""
    answer: dict[str, Any] = {
        "id": decision.id,
        "uri": decision.uri,
        "line": decision.position.line + 1,
        "column": decision.position.column + 1,
        "trigger": decision.trigger.value,
        "source": decision.source,
        "outcome": decision.outcome or "under way",
        "elapsedMs": decision.elapsed_ms,
        "steps": [{"name": step.name, "detail": step.detail, "ms": step.ms} for step in decision.steps],
    }
    if text and decision.text:
        answer["text"] = decision.text
    return answer


def why_answer(session: Session, uri: str | None) -> dict[str, Any]:
    return {"decisions": [decision_answer(decision) for decision in session.engine.why.last(uri)]}


def status_answer(session: Session) -> dict[str, Any]:
    return {
        **session.status.current(),
        "version": VERSION,
        **session.models.describe(),
        "problems": [problem.text for problem in session.problems],
        "statistics": dict(session.statistics.summary()),
    }
