"""What does not fit, where the rest is applied (`--partial`): which hunks those are, and the file that keeps them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import define

from dovetail.edits import Outcome, Plan


def fitting(plan: Plan, planned: Callable[[set[int]], Plan]) -> tuple[Plan, list[Outcome]]:
    """The plan of the hunks that fit, and those that do not. Leaving some out may unfit others: they go too."""
    rejected: dict[int, Outcome] = {}
    # Ends: each round leaves out at least one hunk more, and stops where none or all of them are refused.
    while plan.refused and len(plan.refused) < len(plan.outcomes):
        rejected |= {outcome.index: outcome for outcome in plan.refused}
        plan = planned({outcome.index for outcome in plan.outcomes if not outcome.refused})
    return plan, [rejected[index] for index in sorted(rejected)]


@define(frozen=True, slots=True)
class Kept:
    """Where what was rejected was written to, or why it could not be."""

    path: str = ""
    trouble: str = ""


def keep(text: str, reply: str, *, root: Path, rejects: str) -> Kept:
    """Write what was rejected to its file.

    Args:
        rejects: the file; '' for one beside the reply.
    """
    if rejects:
        path = Path(rejects)
    elif reply == "-":
        path = root / "dovetail.rej"
    else:
        # A rest that is applied again writes to its own file, not to `x.rej.rej`.
        path = Path(reply if reply.endswith(".rej") else f"{reply}.rej")
    try:
        path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
    except OSError as error:
        return Kept(trouble=f"{path}: {error.strerror or error}")
    return Kept(str(path))
