"""What is remembered of a suggestion that was offered, for the statistics."""

from __future__ import annotations

from dovetail.fim import Decision, Suggestion, SuggestionRequest, Trigger

from ..statistics import Block, Kind, Moment, Signal, language_code


def moment_of(
    request: SuggestionRequest,
    suggestion: Suggestion,
    decision: Decision | None,
    *,
    model: str,
    shown_ms: float,
    block: Block | None,
    stood_in: bool,
) -> Moment:
    """The situation in which a suggestion was offered.

    Args:
        decision: what led to it, where that is still known.
        model: the model behind the endpoint that made it; '' for the built-in model.
        shown_ms: how long it took, from the request on.
        block: of the experiment that is under way.
        stood_in: whether the built-in model spoke for the arm's endpoint.
    """
    signals = Signal.MANUAL if request.trigger is Trigger.MANUAL else Signal(0)
    if suggestion.source == "cache":
        signals |= Signal.CACHED
    if stood_in:
        signals |= Signal.STOOD_IN
    return Moment(
        Kind.SUGGESTION,
        language_code(request.snapshot.language_id),
        suggestion.origin,
        model,
        place=(request.snapshot, request.position),
        prefix=request.position.column,
        first_ms=decision.first_ms if decision is not None else None,
        shown_ms=shown_ms,
        confidence=suggestion.confidence,
        signals=int(signals),
        block=block,
    )
