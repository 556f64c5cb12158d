"""What commands answer, as plain values (docs/protocol.md)."""

from __future__ import annotations

import asyncio
from typing import Any

from ..logs import log_file
from ..statistics import REPORT_VERSION, lines_of, prices_of, report
from ..version import VERSION
from .session import Session
from .whyfile import decision_answer

__all__ = ["STATS_DAYS", "decision_answer", "stats_answer", "status_answer", "why_answer"]

STATS_DAYS = 30
OFF = "Statistics are off (setting statistics.enabled); nothing is counted."


def why_answer(session: Session, uri: str | None) -> dict[str, Any]:
    blind = session.trial.blind
    return {"decisions": [decision_answer(one, blind=blind) for one in session.engine.why.last(uri)]}


async def stats_answer(session: Session, days: int) -> dict[str, Any]:
    """The report on what became of things, and the same as lines of text. Made in a thread."""
    if not session.statistics.enabled:
        return {"version": REPORT_VERSION, "lines": [OFF], "report": None}
    prices = prices_of(session.settings)

    def make() -> dict[str, Any]:
        statistics = session.statistics
        found: dict[str, Any] = statistics.read(
            lambda db: report(db, now=statistics.clock(), days=days, prices=prices)
        )
        return found

    try:
        made = await asyncio.to_thread(make)
    except (
        Exception
    ) as error:  # a file that is no database, or locked: sqlite3 is loaded only where it is needed
        return {
            "version": REPORT_VERSION,
            "lines": [f"The statistics cannot be read: {error}."],
            "report": None,
        }
    return {"version": REPORT_VERSION, "lines": lines_of(made), "report": made}


async def status_answer(session: Session) -> dict[str, Any]:
    # In a thread: another server's lock on the file must not hold up a keystroke.
    statistics = dict(await asyncio.to_thread(session.statistics.summary))
    session.notices.refresh()
    return {
        **session.status.current(),
        "version": VERSION,
        **session.models.describe(),
        "problems": [problem.text for problem in session.problems],
        "statistics": statistics,
        "log": str(log_file(session.places.state)),
    }
