"""What commands answer, as plain values (docs/protocol.md)."""

from __future__ import annotations

import asyncio
from typing import Any

from ..logs import log_file
from ..version import VERSION
from .session import Session
from .whyfile import decision_answer

__all__ = ["decision_answer", "status_answer", "why_answer"]


def why_answer(session: Session, uri: str | None) -> dict[str, Any]:
    return {"decisions": [decision_answer(decision) for decision in session.engine.why.last(uri)]}


async def status_answer(session: Session) -> dict[str, Any]:
    # In a thread: another server's lock on the file must not hold up a keystroke.
    statistics = dict(await asyncio.to_thread(session.statistics.summary))
    session.refresh_notes()
    return {
        **session.status.current(),
        "version": VERSION,
        **session.models.describe(),
        "problems": [problem.text for problem in session.problems],
        "statistics": statistics,
        "log": str(log_file(session.places.state)),
    }
