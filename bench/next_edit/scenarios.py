"""Scenarios as text files: what was edited, what should follow or nothing, and what comes of it.

    python -m bench.next_edit.scenarios            # the scenarios of the tests, as a table

A scenario is a heading `@ name`, files (`> path`, lines behind `|`), edits (`edit path`, lines behind `-` and `+`;
`= line` before pure insertions names the line that they stand below), for models what they say (`answer path`, the same
way), and what is expected (`expect path`, the same way) or `quiet` with a part of the reason. Each answer is put into
the shape in which a family sends it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from dovetail.endpoints.nextedit import (
    NEXT_FAMILIES,
    NextEditRequest,
    NextFamily,
    PastEdit,
    UnfitAnswer,
    UnfitText,
)
from dovetail.nextedit import (
    AUTOMATIC,
    ON_DEMAND,
    Answer,
    Edit,
    Predictor,
    Proposal,
    Text,
    edits_between,
    proposals,
)
from dovetail.privacy import redact

FOLDER = Path(__file__).parents[2] / "tests" / "nextedit" / "scenarios"
LANGUAGES = {
    ".py": "python",
    ".ts": "typescript",
    ".js": "javascript",
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
}


@define(slots=True)
class Change:
    """Lines that become others; `below` names the line above an insertion."""

    path: str
    old: list[str] = field(factory=list)
    new: list[str] = field(factory=list)
    below: str | None = None

    def at(self, lines: Sequence[str]) -> int:
        """Where it stands in a text, once.

        Raises:
            ValueError: it stands nowhere.
        """
        if self.below is not None:
            return list(lines).index(self.below) + 1
        size = len(self.old)
        for first in range(len(lines) - size + 1):
            if list(lines[first : first + size]) == self.old:
                return first
        raise ValueError(f"{self.old} is not there")

    def put(self, lines: Sequence[str]) -> list[str]:
        """The text after it."""
        first = self.at(lines)
        return [*lines[:first], *self.new, *lines[first + len(self.old) :]]


@define(slots=True)
class Scenario:
    name: str
    files: dict[str, list[str]] = field(factory=dict)
    edits: list[Change] = field(factory=list)
    answers: list[Change] = field(factory=list)
    expect: list[Change] = field(factory=list)
    """Any of these is right; the first is what the text is measured against."""
    quiet: str = ""
    cursor: int | None = None


def read(path: Path) -> list[Scenario]:
    """The scenarios of a file."""
    found: list[Scenario] = []
    lines: list[str] = []
    change: Change | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        sign, rest = line[:1], line[1:]
        word, _, name = line.partition(" ")
        if sign == "@":
            found.append(Scenario(rest.strip()))
        elif sign == ">":
            lines = found[-1].files[rest.strip()] = []
        elif sign == "|":
            lines.append(rest)
        elif word in ("edit", "answer", "expect"):
            change = Change(name)
            scenario = found[-1]
            {"edit": scenario.edits, "answer": scenario.answers, "expect": scenario.expect}[word].append(
                change
            )
        elif sign in "-+=" and sign and change is not None:
            if sign == "=":
                change.below = rest
            else:
                (change.old if sign == "-" else change.new).append(rest)
        elif word == "quiet":
            found[-1].quiet = name or "."
        elif word == "cursor":
            found[-1].cursor = int(name)
    return found


@define(frozen=True, slots=True)
class Outcome:
    """What came of a scenario."""

    proposal: Proposal | None
    reason: str
    right: bool
    gain: float
    """By how much the text is more like what it should be (chrF, 0 to 1)."""


def _begun(scenario: Scenario) -> tuple[dict[str, Text], Predictor, list[Edit]]:
    texts = {path: tuple(lines) for path, lines in scenario.files.items()}
    predictor, made = Predictor(), list[Edit]()
    for change in scenario.edits:
        before, after = texts[change.path], tuple(change.put(texts[change.path]))
        for edit in edits_between(change.path, before, after):
            predictor.made(edit)
            made.append(edit)
        texts[change.path] = after
    return (
        {path: Text(path, lines, LANGUAGES.get(Path(path).suffix, "")) for path, lines in texts.items()},
        predictor,
        made,
    )


def by_rules(scenario: Scenario) -> Outcome:
    """The rules alone: at the lower bar where something should come, at both where nothing should."""
    texts, predictor, made = _begun(scenario)
    here = (made[-1].uri, made[-1].line)
    answer = predictor.propose(texts, here, ON_DEMAND if scenario.expect else AUTOMATIC)
    if isinstance(answer, Proposal):
        return _outcome(scenario, texts, answer, "")
    return _outcome(scenario, texts, None, "; ".join([answer.reason, *(why for _, why in answer.refused)]))


def by_model(scenario: Scenario, family: NextFamily) -> Outcome:
    """A model that says what the scenario has it say, in its family's shape."""
    texts, _, made = _begun(scenario)
    path = (scenario.answers or scenario.edits)[0].path
    text = texts[path]
    cursor = scenario.cursor if scenario.cursor is not None else _cursor(scenario, text)
    history = tuple(
        PastEdit(redact(e.uri), e.line, tuple(map(redact, e.old)), tuple(map(redact, e.new))) for e in made
    )
    shown = tuple(redact(line) for line in text.lines)
    request = NextEditRequest(redact(path), shown, 0, cursor, 0, history)
    try:
        asked = family.build(request, family)
        said = answer_text(family, asked.old, _said(scenario, asked.first, text, len(asked.old)), asked)
        found = family.read(said, asked)
    except (UnfitText, UnfitAnswer) as error:
        return _outcome(scenario, texts, None, str(error))
    if found is None:
        return _outcome(scenario, texts, None, "nothing to change")
    fit, refused = proposals(Answer(found.first, found.old, found.new, text), text, cursor, made)
    return _outcome(scenario, texts, fit[0] if fit else None, "; ".join(why for _, why in refused))


def _cursor(scenario: Scenario, text: Text) -> int:
    """The line that the model changes first, or where the last edit was."""
    change = (scenario.answers or scenario.edits)[0]
    try:
        return min(change.at(text.lines), len(text.lines) - 1)
    except ValueError:
        return 0


def _said(scenario: Scenario, first: int, text: Text, count: int) -> list[str]:
    """The window as the model would have it."""
    lines = [str(redact(line)) for line in text.lines]
    window = lines[first : first + count]
    for change in scenario.answers:
        window = evolve(change, path="").put(window)
    return window


def answer_text(family: NextFamily, old: Sequence[str], new: list[str], asked: Any) -> str:
    """Lines in the shape in which a model of the family sends them."""
    text = family.joined(new)
    if family.name == "zeta2.1":
        return f"<|marker_1|>{text}<|marker_{len(asked.borders)}|>"
    if family.name == "sweep":
        return family.joined(new[len(asked.prefill) :])
    return f"```\n{text}```" if family.wire in ("edit", "chat") else text


def _outcome(scenario: Scenario, texts: dict[str, Text], proposal: Proposal | None, reason: str) -> Outcome:
    if not scenario.expect:
        return Outcome(proposal, reason, proposal is None and scenario.quiet.strip(".") in reason, 0.0)
    gains = []
    for expect in scenario.expect:
        before = texts[expect.path].lines
        goal = tuple(expect.put(before))
        after = before
        if proposal is not None and proposal.uri == expect.path:
            after = (*before[: proposal.line], *proposal.new, *before[proposal.line + len(proposal.old) :])
        gain = chrf("\n".join(after), "\n".join(goal)) - chrf("\n".join(before), "\n".join(goal))
        gains.append((after == goal, gain))
    return Outcome(proposal, reason, *max(gains))


def chrf(text: str, goal: str, most: int = 6, beta: float = 2.0) -> float:
    """chrF (Popović 2015): the F score of runs of 1 to 6 characters, spaces left out, recall counted twice."""
    one, other = "".join(text.split()), "".join(goal.split())
    scores = []
    for size in range(1, most + 1):
        a, b = (Counter(each[at : at + size] for at in range(len(each) - size + 1)) for each in (one, other))
        both, mine, theirs = sum((a & b).values()), sum(a.values()), sum(b.values())
        if mine and theirs:
            precision, recall = both / mine, both / theirs
            below = beta**2 * precision + recall
            scores.append((1 + beta**2) * precision * recall / below if below else 0.0)
    return sum(scores) / len(scores) if scores else float(one == other)


def table() -> dict[str, dict[str, float]]:
    """For the rules and each family: scenarios, show rate, right, quiet rate, mean gain in chrF."""
    result = {}
    for name, outcomes in _all():
        wanted = [outcome for scenario, outcome in outcomes if scenario.expect]
        unwanted = [outcome for scenario, outcome in outcomes if not scenario.expect]
        result[name] = {
            "scenarios": len(outcomes),
            "show rate": round(sum(each.proposal is not None for each in wanted) / len(wanted), 3),
            "right": round(sum(each.right for each in wanted) / len(wanted), 3),
            "quiet rate": round(sum(each.proposal is None for each in unwanted) / len(unwanted), 3),
            "chrF gained": round(sum(each.gain for each in wanted) / len(wanted), 4),
        }
    return result


def _all() -> Iterator[tuple[str, list[tuple[Scenario, Outcome]]]]:
    rules = [
        scenario for name in ("rules-propose.txt", "rules-quiet.txt") for scenario in read(FOLDER / name)
    ]
    yield "rules", [(scenario, by_rules(scenario)) for scenario in rules]
    models = [
        scenario for name in ("model-propose.txt", "model-quiet.txt") for scenario in read(FOLDER / name)
    ]
    for family in NEXT_FAMILIES.values():
        yield family.name, [(scenario, by_model(scenario, family)) for scenario in models]


if __name__ == "__main__":
    print(json.dumps(table(), indent=1))
