"""A decision in one plain sentence, for people: what came of it, and the one step that decided."""

from __future__ import annotations

from dovetail.fim import Decision

from ..statistics import Reason

BUILT_IN = "the built-in model"


def maker(source: str) -> str:
    """Who made a suggestion, as people call it."""
    if source == "cache":
        return "an answer that was kept from before"
    return BUILT_IN if source in ("", "embedded", "builtin") else source


def sentence(decision: Decision) -> str:
    """What came of a question and why. It names the last step that decided; the others are in `steps`."""
    if not decision.outcome:
        return "The answer is still on its way."
    if decision.outcome == "suggested":
        return f"Suggested by {maker(decision.source)}{_instead(decision)}."
    if decision.outcome.startswith("superseded"):
        return "The next key came before there was an answer."
    # Whoever ended the decision knew better than its steps.
    if decision.sentence:
        return decision.sentence
    # Each kind of step counts once, at the place where it came last.
    last: dict[str, str] = {}
    for step in decision.steps:
        last.pop(step.name, None)
        last[step.name] = step.detail
    for name, detail in reversed(last.items()):
        told = _decided(name, detail)
        if told:
            return told
    return f"{decision.outcome[:1].upper()}{decision.outcome[1:]}."


def _instead(decision: Decision) -> str:
    """Why who suggests is not who was asked first; '' if it is."""
    if maker(decision.source) != BUILT_IN:
        return ""
    for step in reversed(decision.steps):
        if step.name == "generator":
            source, _, told = step.detail.partition(": ")
            return f"; {maker(source)} could not: {told.rstrip('.?')}"
        if (
            step.name == "in flight"
            and (said := step.detail.removesuffix(": the built-in model meanwhile")) != step.detail
        ):
            return f", because {said}"
    return ""


def _decided(name: str, detail: str) -> str:
    """The sentence for a step after which nothing could be suggested; empty if the step is not one."""
    if name == "filter":
        _, dropped, why = detail.partition(": dropped: ")
        return f"There was an answer, but it is not shown: {why}." if dropped else ""
    if name == "generated" and detail.startswith("0 "):
        source = detail.partition(" by ")[2].partition(",")[0]
        who = maker(source)
        return f"{who[:1].upper()}{who[1:]} had nothing to offer here."
    if name == "generator":
        source, _, told = detail.partition(": ")
        return f"{maker(source)[:1].upper()}{maker(source)[1:]}: {told}"
    if name == "cache" and detail.startswith("known"):
        return "Asked at this place before, and nothing was found."
    # "one line" and "many lines" are its answers where it lets a request through.
    if name == "gate" and not detail.startswith(("one line", "many lines")):
        return f"Nothing is asked for here: {detail}."
    return ""


def reason_code(decision: Decision) -> tuple[str, Reason]:
    """Who was asked in vain, and why nothing is shown, for the statistics; NONE where that says nothing about the
    place: the next key came, the document was closed, the same question was asked before."""
    # Nothing of these is the place's doing.
    if decision.outcome.startswith(("suggested", "superseded", "cancelled", "not asked", "the position")):
        return "", Reason.NONE
    source, reason = "", Reason.NONE
    for step in decision.steps:
        if step.name == "generated":
            source = step.detail.partition(" by ")[2].partition(",")[0]
            # The built-in model knows how sure it is; an endpoint that gives nothing has nothing to say.
            builtin = source in ("", "embedded", "builtin")
            reason = Reason.NOT_SURE if builtin else Reason.EMPTY
        elif step.name == "filter" and ": dropped: " in step.detail:
            reason = Reason.FILTERED
        elif step.name == "generator":
            source, reason = step.detail.partition(": ")[0], Reason.FAILED
        elif step.name == "gate" and not step.detail.startswith(("one line", "many lines")):
            reason = Reason.GATE
    return source, reason
