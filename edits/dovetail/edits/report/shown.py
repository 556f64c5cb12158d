"""A plan as a model may be told of it: everything that stands in files without its secrets."""

from __future__ import annotations

from attrs import evolve

from dovetail.privacy import redact, secrets_of

from ..model import Outcome
from ..planning.plan import Plan, PlannedFile


def for_model(plan: Plan) -> Plan:
    """The same plan with each secret of its files overwritten by stars, in what is quoted of them too.

    It is for reports alone: its texts are no longer those of the files.
    """
    # A key may be quoted anywhere, so all secrets of all texts are covered everywhere.
    texts = [text for file in plan.files for text in (file.before, file.after) if text is not None]
    known = frozenset[str]().union(*map(secrets_of, {*texts, *plan.texts.values()}))

    def covered(text: str) -> str:
        return str(redact(text, known))

    def file(one: PlannedFile) -> PlannedFile:
        before, after = (None if text is None else covered(text) for text in (one.before, one.after))
        return evolve(one, before=before, after=after)

    def outcome(one: Outcome) -> Outcome:
        return evolve(
            one,
            reason=covered(one.reason),
            note=covered(one.note),
            before=covered(one.before),
            after=covered(one.after),
        )

    return evolve(
        plan,
        files=tuple(map(file, plan.files)),
        outcomes=tuple(map(outcome, plan.outcomes)),
        texts={path: covered(text) for path, text in plan.texts.items()},
    )
