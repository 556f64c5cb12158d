"""What to tell the model, so that its second answer fits: the reason of each refusal and the text as it stands."""

from __future__ import annotations

from dovetail.privacy import is_secret_file

from ..model import Kind, Outcome
from ..planning.plan import Plan
from .shown import for_model

AROUND = 4
"""Lines of the file on either side of a place."""
MAX_LINES = 60
"""Lines of the file for one refusal."""
_RETRYABLE = frozenset(
    {Kind.NOT_FOUND, Kind.AMBIGUOUS, Kind.ELIDED, Kind.MALFORMED, Kind.CONFLICT, Kind.SYNTAX, Kind.STALE}
)


def retry_text(plan: Plan) -> str:
    """A message for the model; '' where there is nothing that a second answer could put right.

    It holds text of the workspace's files, secrets overwritten: whoever sends it sends that.
    """
    if not any(outcome.kind in _RETRYABLE for outcome in plan.refused):
        return ""
    # Reasons quote lines of the files too.
    plan = for_model(plan)
    refused = [outcome for outcome in plan.refused if outcome.kind in _RETRYABLE]
    parts = [
        "These changes of your answer do not fit and were not applied; the others stand, or wait for these."
    ]
    parts += [_part(outcome, plan) for outcome in refused]
    parts.append(
        "Answer with these changes only, each quoting the lines exactly as they stand in the file now, "
        "with enough lines around them to stand there once."
    )
    return "\n\n".join(parts)


def _part(outcome: Outcome, plan: Plan) -> str:
    lines = [f"{outcome.path or 'No file'}: {outcome.kind}: {outcome.reason}."]
    text = plan.texts.get(outcome.path)
    if text is None or is_secret_file(outcome.path):
        return lines[0]
    shown = text.split("\n")
    # All places of an ambiguous quote, so that the model can tell them apart; else the one that is named.
    places = outcome.places or ((outcome.lines,) if outcome.lines[1] > outcome.lines[0] else ())
    for low, high in places[:4]:
        first, end = max(0, low - AROUND), min(len(shown), high + AROUND)
        end = min(end, first + MAX_LINES)
        lines.append(f"{outcome.path}, lines {first + 1} to {end}, as they stand now:")
        lines += ["```", *(line.rstrip("\r") for line in shown[first:end]), "```"]
    return "\n".join(lines)
