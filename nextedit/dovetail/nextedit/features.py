"""What the ranker sees of a candidate: numbers, in one fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

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


def features(
    rule: Rule,
    location: EditLocation,
    found: list[EditLocation],
    agree: int,
    texts: Mapping[str, Text],
    edits: list[Edit],
    here: tuple[str, int],
) -> list[float]:
    """The numbers of one candidate.

    Args:
        found: all places of the rule.
        agree: how many rules propose the same.
        edits: the edits that were made, oldest first.
        here: file and line of the last edit or the cursor.
    """
    text = texts[location.uri]
    above, below = neighbours(rule, text, location.line, location.line + len(location.old))
    old = [word for line in location.old for word in tokens(line).words]
    new = [word for line in location.new for word in tokens(line).words]
    spans = rule.spans[-1] if rule.spans else ()
    span_old = sum(len(span.old) for span in spans) if spans else len(old)
    span_new = sum(len(span.new_tokens) for span in spans) if spans else len(new)
    words_old = (
        [w for span in spans for w in span.old if is_word(w)] if spans else [w for w in old if is_word(w)]
    )
    words_new = (
        [w for span in spans for w in span.new_tokens if is_word(w)]
        if spans
        else [w for w in new if is_word(w)]
    )
    here_places = sum(1 for each in found if each.uri == location.uri)
    example = rule.examples[-1]
    equal = any(
        tuple(line.strip() for line in each.old) == tuple(line.strip() for line in location.old)
        for each in rule.examples
    )
    first = location.old[0] if location.old else next(iter(location.new), "")
    was = example.old[0] if example.old else next(iter(example.new), "")
    distance = abs(location.line - here[1]) if location.uri == here[0] else 5_000
    return [
        *(float(rule.kind == kind) for kind in NAMES[:5]),
        float(min(len(rule.examples), 8)),
        float(min(len({each.uri for each in rule.examples}), 5)),
        float(location.left),
        float(location.right),
        float(min(location.left, location.right)),
        float(above),
        float(below),
        float(len(spans)),
        float(min(span_old, 40)),
        float(min(span_new, 40)),
        float(min(len(words_old), 20)),
        float(min(len(words_new), 20)),
        float(min(sum(map(len, words_old)) + sum(map(len, words_new)), 120)),
        float(min(len(old), 60)),
        log2(1 + len(found)),
        log2(1 + here_places),
        log2(1 + len({each.uri for each in found})),
        len(rule.examples) / (len(rule.examples) + len(found)),
        log2(1 + len(edits) - _last(rule, edits)),
        log2(1 + len(edits)),
        float(location.uri == here[0]),
        float(any(edit.uri == location.uri for edit in edits)),
        log2(1 + distance),
        float(location.uri == here[0] and location.line > here[1]),
        float(text.suffix == texts[example.uri].suffix if example.uri in texts else 1),
        float(min(rule.accepted, 4)),
        float(min(rule.rejected, 3)),
        float(min(agree, 4)),
        names_known(location, texts),
        float(sum(1 for each in rule.examples if each.uri == location.uri)),
        float(equal),
        float(_indent(first) == _indent(was)),
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
