"""What the ranker sees of a candidate: numbers, in one fixed order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import log2

from attrs import define

from .locations import EditLocation, neighbours
from .model import Edit, Text
from .refusals import names_known
from .rules import Rule
from .tokens import is_word, tokens

NAMES = (
    "rewrite", "block", "insertion", "template", "import",
    "examples", "example_files", "left", "right", "least_side", "above", "below",
    "spans", "old_tokens", "new_tokens", "old_words", "new_words", "width", "line_tokens",
    "places", "places_here", "files", "share_done", "age", "edits",
    "same_file", "touched_file", "distance", "below_last", "same_suffix",
    "accepted", "rejected", "agree", "names_known", "examples_here", "equal_line", "indent_equal", "deletes",
)  # fmt: skip
"""Names of the features, in the order of the ranker's columns."""


@define(frozen=True, slots=True)
class RuleFacts:
    """What all candidates of a rule have in common, looked at once."""

    rule: Rule
    kinds: tuple[float, ...]
    examples: dict[str, int]
    """How many of them each file has."""
    olds: frozenset[tuple[str, ...]]
    """Their old lines, stripped."""
    indent: str
    suffix: str | None
    spans: tuple[float, float, float] | None
    """For rewrites of tokens: runs, old tokens, new tokens."""
    words: tuple[float, float, float] | None
    """For rewrites of tokens: old words, new words, characters of both."""
    places: dict[str, int]
    """How many places each file has."""
    count: int
    age: float
    edits: float
    edited: frozenset[str]

    @classmethod
    def of(
        cls, rule: Rule, found: list[EditLocation], texts: Mapping[str, Text], edits: list[Edit]
    ) -> RuleFacts:
        """The facts of a rule with its places `found`; `edits` are those that were made, oldest first."""
        example = rule.examples[-1]
        spans = rule.spans[-1] if rule.spans else ()
        old = [word for span in spans for word in span.old if is_word(word)]
        new = [word for span in spans for word in span.new_tokens if is_word(word)]
        was = example.old[0] if example.old else next(iter(example.new), "")
        return cls(
            rule,
            tuple(float(rule.kind == kind) for kind in NAMES[:5]),
            dict(Counter(each.uri for each in rule.examples)),
            frozenset(tuple(line.strip() for line in each.old) for each in rule.examples),
            _indent(was),
            # The values of the last example: the rule's others may be older than the text around.
            texts[example.uri].suffix if example.uri in texts else None,
            (
                float(len(spans)),
                float(sum(len(span.old) for span in spans)),
                float(sum(len(span.new_tokens) for span in spans)),
            )
            if spans
            else None,
            (float(len(old)), float(len(new)), float(sum(map(len, old)) + sum(map(len, new))))
            if spans
            else None,
            dict(Counter(each.uri for each in found)),
            len(found),
            # How many edits ago the rule was last seen, on a scale of doublings.
            log2(1 + len(edits) - _last(rule, edits)),
            log2(1 + len(edits)),
            frozenset(edit.uri for edit in edits),
        )


def features(
    facts: RuleFacts, location: EditLocation, agree: int, texts: Mapping[str, Text], here: tuple[str, int]
) -> list[float]:
    """The numbers of one candidate.

    Args:
        agree: how many rules propose the same.
        here: file and line of the last edit or the cursor.
    """
    rule, text = facts.rule, texts[location.uri]
    above, below = neighbours(rule, text, location.line, location.line + len(location.old))
    if facts.spans is not None and facts.words is not None:
        spans, words = facts.spans, facts.words
        old_tokens = sum(len(tokens(line).words) for line in location.old)
    else:
        old = [word for line in location.old for word in tokens(line).words]
        old_tokens = len(old)
        new = [word for line in location.new for word in tokens(line).words]
        mine, theirs = [word for word in old if is_word(word)], [word for word in new if is_word(word)]
        spans = 0.0, float(len(old)), float(len(new))
        words = float(len(mine)), float(len(theirs)), float(sum(map(len, mine)) + sum(map(len, theirs)))
    # An insertion has no old line: its first new one shows the indentation.
    first = location.old[0] if location.old else next(iter(location.new), "")
    same = location.uri == here[0]
    examples = len(rule.examples)
    # In the order of `NAMES`, which the ranker was fitted to. Counts are capped: beyond that they say no more.
    return [
        *facts.kinds,
        float(min(examples, 8)),
        float(min(len(facts.examples), 5)),
        float(location.left),
        float(location.right),
        float(min(location.left, location.right)),
        float(above),
        float(below),
        spans[0],
        min(spans[1], 40.0),
        min(spans[2], 40.0),
        min(words[0], 20.0),
        min(words[1], 20.0),
        min(words[2], 120.0),
        float(min(old_tokens, 60)),
        log2(1 + facts.count),
        log2(1 + facts.places.get(location.uri, 0)),
        log2(1 + len(facts.places)),
        # The share of all such places that is done already.
        examples / (examples + facts.count),
        facts.age,
        facts.edits,
        float(same),
        float(location.uri in facts.edited),
        # In another file: farther than any place in this one.
        log2(1 + (abs(location.line - here[1]) if same else 5_000)),
        float(same and location.line > here[1]),
        float(facts.suffix is None or text.suffix == facts.suffix),
        float(min(rule.accepted, 4)),
        float(min(rule.rejected, 3)),
        float(min(agree, 4)),
        names_known(location, texts),
        float(facts.examples.get(location.uri, 0)),
        float(tuple(line.strip() for line in location.old) in facts.olds),
        float(_indent(first) == facts.indent),
        float(not location.new),
    ]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _last(rule: Rule, edits: list[Edit]) -> int:
    """How many edits had been made when the rule's newest example was."""
    for index in range(len(edits) - 1, -1, -1):
        if edits[index] is rule.examples[-1]:
            return index + 1
    return 0
