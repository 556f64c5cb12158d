"""Plans and outcomes as the command line and the protocol say them."""

from __future__ import annotations

from typing import Any

from ..model import KEEP, Op, Outcome, Proof
from ..planning.plan import Plan
from ..tagging import tag_lines

Json = dict[str, Any]


def hunk_json(outcome: Outcome) -> Json:
    """One hunk: `{"path", "index", "proof", "kind", "reason", "lines": [a, b]}`, lines from 1, both included.

    A hunk that quotes nothing has `a == b + 1`: it stands before line a. `places` holds all lines where an
    ambiguous hunk may belong, `replyLines` where it stands in the reply.
    """
    low, high = outcome.lines
    result: Json = {
        "path": outcome.path,
        "index": outcome.index,
        "proof": outcome.proof.value,
        "kind": outcome.kind.value if outcome.kind else None,
        "reason": outcome.reason or None,
        "lines": [low + 1, high],
        "replyLines": [outcome.reply_lines[0] + 1, outcome.reply_lines[1] + 1],
    }
    if outcome.places:
        result["places"] = [[start + 1, end] for start, end in outcome.places]
    if outcome.mended:
        result["mended"] = outcome.mended
    return result


def mended_words(plan: Plan) -> list[str]:
    """All that was mended, by the reader and hunk by hunk."""
    words = list(plan.mended)
    words += [f"hunk {outcome.index + 1}: {outcome.mended}" for outcome in plan.outcomes if outcome.mended]
    return words


def apply_json(plan: Plan, applied: bool) -> Json:
    """What `dovetail apply --json` prints."""
    return {
        "applied": applied,
        "files": [
            {"path": file.path, "op": file.op.value}
            | ({"newPath": file.new_path} if file.op is Op.RENAME else {})
            for file in plan.files
        ],
        "hunks": [hunk_json(outcome) for outcome in plan.outcomes],
        "mended": mended_words(plan),
    }


def message(plan: Plan) -> str:
    """The plan in one sentence."""
    if not plan.outcomes:
        return "The reply holds no edit."
    if plan.refused:
        total, refused = len(plan.outcomes), len(plan.refused)
        if refused < total:
            fit = total - refused
            return f"{fit} of {total} hunks {'fits' if fit == 1 else 'fit'}, {refused} refused; nothing was changed."
        what = "The hunk is" if total == 1 else f"All {total} hunks are"
        return f"{what} refused; nothing was changed."
    if not plan.files:
        return "Nothing left to do: all of it has been applied already."
    count = sum(
        bool(outcome.changes) or outcome.proof.value != "already applied" for outcome in plan.outcomes
    )
    hunks = f"{count} hunks fit" if count != 1 else "1 hunk fits"
    return f"{hunks}, in {len(plan.files)} file{'s' if len(plan.files) != 1 else ''}."


def hunk_diff(outcome: Outcome, context: int = 2) -> list[tuple[str, str]]:
    """The lines of a hunk for the eye: (" ", "-" or "+", line), kept lines far from a change left out."""
    if outcome.proof is Proof.APPLIED:
        return []
    before = outcome.before.split("\n") if outcome.before else []
    after = outcome.after.split("\n") if outcome.after else []
    lines = tag_lines(before, after)
    near = {
        at
        for number, (tag, _) in enumerate(lines)
        if tag != KEEP
        for at in range(number - context, number + context + 1)
    }
    return [line for number, line in enumerate(lines) if number in near]
