"""The chance of a candidate, and how sure it has to be: the ranker's word, what was counted besides it, and what became
of the rule's earlier proposals.
"""

from __future__ import annotations

from math import exp, log

from attrs import define

from .locations import EditLocation
from .rules import Rule

AUTOMATIC, ON_DEMAND = 0.8, 0.4
"""Least chance of what is shown by itself, and of what is shown when asked for."""
ODDS = 1.5
"""How a rule's fate moves its odds (logits): down by so much a rejection, up by two thirds of it an acceptance."""
ONE_EXAMPLE = 0.97
"""Least chance of what is shown by itself after a single edit like it."""
ONE_EXAMPLE_PLACES = 12
"""With more places than these a second edit like it is waited for, however sure the first is: a line that stands in
dozens of files is a licence's or a banner's, and one slip of the pen in it would be offered in all of them."""
UNUSED_IMPORT = 0.5
"""The chance of an import whose last use just went, at least: of 114 in commits replayed in a random order 55 % were
right, while in the order of a file, which the ranker has seen more of, imports are gone before their uses."""
TEMPLATE, TEMPLATE_PLACES = 0.5, 14
"""The chance of a template with at most so many places where it is found in the file of its examples, at least: of 79
such candidates in recorded commits 85 % were right, too few for the ranker to learn it from."""
ARGUMENT = 0.44, 0.59
"""The chance of an argument replaced after two edits like it, and after more: what a sketch reached on 604 commits of
eleven repositories. In the commits that the ranker is fitted on all that it finds was found as a rewrite too."""
ANCHORED = 0.6
"""The chance of an insertion beside lines that are like those of three others, at least: of 68 such candidates in
recorded commits all were right, but in few commits."""
SAME_FILE = 5
"""Steps of chance by which a place in another file must be surer than one in this file: who is led away from what they
look at without need does not follow a second time."""


@define(frozen=True, slots=True)
class RankedLocation:
    """An edit location with the chance that the ranker gives it."""

    rule: Rule
    location: EditLocation
    row: list[float]
    chance: float


def chance_of(rule: Rule, location: EditLocation, ranked: float, here: tuple[str, int]) -> float:
    """The chance of a candidate, to which the ranker gives `ranked`."""
    known = _argument(rule) if rule.kind == "argument" else max(ranked, _floor(rule, location, here))
    return _moved(known, rule)


def least_for(rule: Rule, places: int, least: float) -> float:
    """The least chance for a rule: what comes unasked after a single example must be surer, since one slip of the pen
    that hits a line which stands elsewhere too looks like a pattern."""
    if least < AUTOMATIC or len(rule.examples) > 1 or rule.accepted:
        return least
    return max(least, ONE_EXAMPLE) if places <= ONE_EXAMPLE_PLACES else float("inf")


def _argument(rule: Rule) -> float:
    """The chance of an argument to be replaced as it was in other calls, by the number of those."""
    return ARGUMENT[min(len(rule.examples), 3) - 2]


def _floor(rule: Rule, location: EditLocation, here: tuple[str, int]) -> float:
    """The least chance of a candidate, whatever the ranker says of it."""
    if rule.kind == "import":
        return UNUSED_IMPORT
    if location.anchored:
        return ANCHORED
    if rule.kind == "template" and location.uri == here[0] and all(e.uri == here[0] for e in rule.examples):
        # Places in all files: the more there are, the likelier it is that some of them mean something else.
        places = sum(map(len, rule.found.values()))
        return TEMPLATE if places <= TEMPLATE_PLACES else 0.0
    return 0.0


def _moved(chance: float, rule: Rule) -> float:
    """A chance after what became of the rule's earlier proposals."""
    if not rule.accepted and not rule.rejected:
        return chance
    # In logits, so that a chance near 0 or 1 moves less; bounded, so that no history is forever.
    shift = max(-1.5 * ODDS, min(1.5 * ODDS, ODDS * (2 / 3 * rule.accepted - rule.rejected)))
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return 1 / (1 + exp(-(log(chance / (1 - chance)) + shift)))


def order(candidate: RankedLocation, here: tuple[str, int]) -> tuple[float, bool, int, str]:
    """By chance in steps of two in a hundred, with `SAME_FILE` of them for the file of the cursor; then the nearest."""
    # Smaller differences are noise, and the nearest place is what the user looks at.
    location = candidate.location
    same = location.uri == here[0]
    steps = round(candidate.chance * 50) + (SAME_FILE if same else 0)
    return -steps, not same, abs(location.line - here[1]), location.uri
