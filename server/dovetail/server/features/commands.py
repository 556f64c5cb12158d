"""Commands: accept, why, status, toggle, snooze, restartModel. Each takes one object and answers with one."""

from __future__ import annotations

from ..session.answers import STATS_DAYS, stats_answer, status_answer, why_answer
from ..statistics import DAYS_KEPT
from .registry import Data, Registry

NOTHING_ASKED = "No suggestion was asked for in this document yet."
SNOOZE_MINUTES = 15
MOST_MINUTES = 24 * 60


def register(to: Registry) -> None:
    session = to.session

    @to.command("dovetail.accept")
    def accept(data: Data) -> None:
        session.outcomes.record(session.offers.accepted(str(data.get("id", ""))))

    @to.command("dovetail.why")
    def why(data: Data) -> Data:
        uri = data.get("uri")
        session.outcomes.why_asked(uri if isinstance(uri, str) else "")
        answer = why_answer(session, uri if isinstance(uri, str) else None)
        if not session.options.speaks_dovetail:  # the client shows nothing of an answer by itself
            told = [one["sentence"] for one in answer["decisions"][:1]]
            to.client.show_message(f"Dovetail: {(told or [NOTHING_ASKED])[0]}")
        return answer

    @to.command("dovetail.status")
    async def status(data: Data) -> Data:
        return await status_answer(session)

    @to.command("dovetail.notUseful")
    def not_useful(data: Data) -> Data:
        identifier, uri = (
            data.get(name) if isinstance(data.get(name), str) else "" for name in ("id", "uri")
        )
        return {"noted": session.outcomes.not_useful(str(identifier), str(uri))}

    @to.command("dovetail.stats")
    async def stats(data: Data) -> Data:
        days = data.get("days")
        # A command's argument is whatever the client sends; nonsense means the default.
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= DAYS_KEPT:
            days = STATS_DAYS
        return await stats_answer(session, days)

    @to.command("dovetail.toggle")
    def toggle(data: Data) -> Data:
        on, language = data.get("on"), data.get("language")
        # Without a language all of Dovetail is meant; without `on` the switch is turned round.
        language = language if isinstance(language, str) else None
        answer: Data = {"enabled": session.toggle(on if isinstance(on, bool) else None, language)}
        if language:
            answer["language"] = language
        return answer

    @to.command("dovetail.snooze")
    def snooze(data: Data) -> Data:
        minutes = data.get("minutes", SNOOZE_MINUTES)
        usable = (
            isinstance(minutes, int | float)
            and not isinstance(minutes, bool)
            and 0 <= minutes <= MOST_MINUTES
        )
        return {"until": session.snooze.begin(minutes if usable else SNOOZE_MINUTES)}

    @to.command("dovetail.restartModel")
    async def restart_model(data: Data) -> None:
        await session.models.restart()
