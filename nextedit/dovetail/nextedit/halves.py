"""Which candidates do only a part of what their examples did, where all of it can be done."""

from __future__ import annotations

from .locations import EditLocation
from .rules import Rule

Whole = dict[tuple[str, int], list[tuple[Rule, EditLocation]]]


def whole_changes(by_rule: list[tuple[Rule, list[EditLocation]]]) -> Whole:
    """By line, what the rules say that know all of an example's line, or which argument it was."""
    places: Whole = {}
    for rule, found in by_rule:
        if rule.kind in ("template", "argument") or (rule.kind == "rewrite" and len(rule.spans[-1]) > 1):
            for location in found:
                places.setdefault((location.uri, location.line), []).append((rule, location))
    return places


def half(rule: Rule, location: EditLocation, whole: Whole) -> str | None:
    """One run of tokens alone is not rewritten where all that its examples did can be done."""
    if rule.kind != "rewrite" or len(rule.spans[-1]) > 1:
        return None
    for other, full in whole.get((location.uri, location.line), ()):
        if full.new != location.new and all(
            any(one is each for each in other.examples) for one in rule.examples
        ):
            if other.kind == "argument":
                return "another argument of this call was replaced at the places like it"
            return "it is a part of what was done at the places like it"
    return None
