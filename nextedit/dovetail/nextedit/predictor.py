"""From edits that were made to the one that follows: rules, edit locations, refusals, the ranker."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log

from attrs import define, evolve

from .features import RuleFacts, features
from .found import FoundLocations
from .locations import MAX_LOCATIONS, EditLocation
from .model import Edit, Proposal, Rename, Silence, Text
from .ranker import Ranker, shipped
from .refusals import breaks_syntax, refuse
from .renames import open_rename, renamed
from .rules import Rule, rules_of

AUTOMATIC, ON_DEMAND = 0.8, 0.4
"""Least chance of what is shown by itself, and of what is shown when asked for."""
REMEMBERED = 40
"""Edits that rules are made from; older ones are forgotten."""
ODDS = 1.5
"""How a rule's fate moves its odds (logits): down by so much a rejection, up by two thirds of it an acceptance."""
ONE_EXAMPLE = 0.97
"""Least chance of what is shown by itself after a single edit like it."""
ONE_EXAMPLE_PLACES = 12
"""With more places than these a second edit like it is waited for, however sure the first is: a line that stands in
dozens of files is a licence's or a banner's, and one slip of the pen in it would be offered in all of them."""
MOST_RANKED = 250
"""Candidates that are ranked for one proposal; rules with more places than are left are passed over."""
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
CHECKED = 6
"""Candidates that are parsed at most for one proposal."""


@define(frozen=True, slots=True)
class RankedLocation:
    """An edit location with the chance that the ranker gives it."""

    rule: Rule
    location: EditLocation
    row: list[float]
    chance: float


class Predictor:
    """The edits of one session and the rules they taught. Not thread-safe; holds the edits and the last texts.

    The same edits, fates and texts give the same proposals: no clock, no chance.
    """

    def __init__(self, ranker: Ranker | None = None) -> None:
        self._ranker = ranker
        self._edits: list[Edit] = []
        self._rules: dict[tuple[object, ...], Rule] = {}
        self._rejected: set[tuple[str, tuple[str, ...], tuple[str, ...]]] = set()
        self._renames: set[tuple[str, str]] = set()
        self._kept_names: set[tuple[str, str] | None] = {None}
        self._made = 0
        self._found = FoundLocations()

    def prepare(self) -> None:
        """Read the ranker, so that the first proposal does not wait for it."""
        (self._ranker or shipped()).prepare()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits that are remembered, oldest first."""
        return tuple(self._edits)

    def made(self, edit: Edit) -> None:
        """The user made an edit (or took a proposal: `edit.accepted`)."""
        self._made += 1
        self._edits.append(edit)
        if (names := renamed(edit)) is not None:
            # Kept longer than the edit: what spreads a new name is left to the editor for the whole session.
            self._renames.add(names)
        # An edit is an example of several rules: the whole line, each of its spans, its template.
        for kind, key, spans in rules_of(edit):
            rule = self._rules.get(key)
            if rule is None:
                rule = self._rules[key] = Rule(kind, key, born=self._made)
            rule.learn(edit, spans)
        while len(self._edits) > REMEMBERED:
            self._forget(self._edits[0])

    def _forget(self, edit: Edit) -> None:
        self._edits.remove(edit)
        for key, rule in list(self._rules.items()):
            rule.forget(edit)
            if not rule.examples:
                del self._rules[key]

    def _forget_rename(self, edit: Edit) -> None:
        """A rename that is no more, unless another edit made the same."""
        names = renamed(edit)
        if names is not None and all(renamed(each) != names for each in self._edits):
            self._renames.discard(names)

    def rename(self, texts: Mapping[str, Text]) -> Rename | None:
        """A definition that was renamed while its old name is still used: for the editor's own rename."""
        wanted = [edit for edit in self._edits if renamed(edit) not in self._kept_names]
        return open_rename(wanted, texts) if self._renames else None

    def keep_name(self, rename: Rename) -> None:
        """The user does not want this rename: it is not offered again."""
        self._kept_names.add((rename.old, rename.new))

    def keeps_name(self, edit: Edit) -> bool:
        """Whether an edit is a rename that was settled: made by the editor, or not wanted."""
        names = renamed(edit)
        return names is not None and names in self._kept_names

    def undone(self, edit: Edit) -> None:
        """The user took an edit back: it teaches nothing."""
        if edit in self._edits:
            self._forget(next(each for each in self._edits if each == edit))
            self._forget_rename(edit)

    def forget_file(self, uri: str) -> None:
        """A file was excluded or removed: neither its edits nor its places count any more."""
        for edit in [edit for edit in self._edits if edit.uri == uri]:
            self._forget(edit)
            self._forget_rename(edit)
        self._found.forget(uri, self._rules.values())

    def accepted(self, proposal: Proposal) -> None:
        """The user took a proposal. The edit itself is told by `made`."""
        for rule in self._behind(proposal):
            rule.accepted += 1

    def rejected(self, proposal: Proposal) -> None:
        """The user did not want a proposal: it is not shown again, also not further up or down."""
        self._rejected.add(proposal.key)
        for rule in self._behind(proposal):
            rule.rejected += 1

    def was_rejected(self, proposal: Proposal) -> bool:
        """Whether the user did not want this proposal before."""
        return proposal.key in self._rejected

    def _behind(self, proposal: Proposal) -> list[Rule]:
        return [
            rule
            for rule in self._rules.values()
            # A proposal names no rule, since rules come and go: its examples tell which it was.
            if rule.kind == proposal.rule and any(each in rule.examples for each in proposal.examples)
        ]

    def candidates(
        self, texts: Mapping[str, Text], here: tuple[str, int]
    ) -> tuple[list[RankedLocation], list[tuple[str, str]]]:
        """All that the rules propose and nothing refuses, by chance; and what was refused, why.

        Args:
            texts: every text that may be proposed in, by uri.
            here: file and line of the last edit or the cursor.
        """
        # Find all places, and count how many rules agree on each.
        ranker = self._ranker or shipped()
        self._found.look_at(texts, self._rules.values())
        by_rule: list[tuple[Rule, list[EditLocation]]] = []
        votes: dict[tuple[str, int, tuple[str, ...], tuple[str, ...]], int] = {}
        # A rule that only carries a new name on is left to the editor's rename, which knows scopes.
        for rule in self._rules.values():
            if rule.silent or self._spreads_a_name(rule):
                continue
            found = self._found.of(rule)
            if found:
                by_rule.append((rule, found))
            # Rules that agree on a place vote for it: their number is a feature.
            # Not of arguments: the same has been found as a rewrite, and the ranker was fitted without them.
            for location in found if rule.kind != "argument" else ():
                key = (location.uri, location.line, location.old, location.new)
                votes[key] = votes.get(key, 0) + 1
        # Refuse, and gather the numbers of what is left, so that the ranker walks its trees once for all.
        refused: list[tuple[str, str]] = []
        kept: list[tuple[Rule, EditLocation]] = []
        rows: list[list[float]] = []
        # Rules that were seen more often and stand in fewer places first: the likely ones are among them.
        by_rule.sort(key=lambda each: (-min(len(each[0].examples), 3), len(each[1]), each[0].born))
        whole = _whole(by_rule)
        for rule, found in by_rule:
            # What does not fit is skipped, not cut off: a rule's places are proposed all together or not at
            # all.
            if len(found) >= MAX_LOCATIONS or (rows and len(rows) + len(found) > MOST_RANKED):
                continue
            facts = RuleFacts.of(rule, found, texts, self._edits)
            for location in found:
                reason = self._reason(rule, location, texts) or _half(rule, location, whole)
                if reason is not None:
                    refused.append((_where(location), reason))
                    continue
                key = (location.uri, location.line, location.old, location.new)
                if rule.kind == "argument" and key in votes:
                    continue  # the same as a rewrite
                votes_here = votes.get(key, 1)
                rows.append(features(facts, location, votes_here, texts, here))
                kept.append((rule, location))
        # Rank: of equal changes the surest.
        best: dict[tuple[str, int, tuple[str, ...], tuple[str, ...]], RankedLocation] = {}
        for (rule, location), row, ranked in zip(kept, rows, ranker.chances(rows), strict=True):
            key = (location.uri, location.line, location.old, location.new)
            known = _argument(rule) if rule.kind == "argument" else max(ranked, _floor(rule, location, here))
            chance = _moved(known, rule)
            # Of several rules for one change the surest.
            if key not in best or best[key].chance < chance:
                best[key] = RankedLocation(rule, location, row, chance)
        return sorted(best.values(), key=lambda each: _order(each, here)), refused

    def _spreads_a_name(self, rule: Rule) -> bool:
        """Whether a rule does nothing but put the new name of a definition for its old one."""
        if rule.kind == "argument" and self._renames:
            old, new = rule.key[3:]
            assert isinstance(old, tuple)
            assert isinstance(new, tuple)
            return any(pair in self._renames for pair in zip(old, new, strict=False))
        return bool(self._renames and rule.spans) and all(
            len(span.old) == len(span.new_tokens) == 1 and (span.old[0], span.new_tokens[0]) in self._renames
            for span in rule.spans[-1]
        )

    def _reason(self, rule: Rule, location: EditLocation, texts: Mapping[str, Text]) -> str | None:
        """Why a place is not proposed, however likely it is."""
        if (location.uri, location.old, location.new) in self._rejected:
            return "it was rejected before"
        return refuse(rule.kind, len(rule.examples), location, texts[location.uri], self._edits)

    def propose(
        self, texts: Mapping[str, Text], here: tuple[str, int], least: float = AUTOMATIC
    ) -> Proposal | Silence:
        """The edit that most likely follows, or why there is none.

        Args:
            texts: every text that may be proposed in, by uri; the same `Text` objects where nothing changed.
            here: file and line of the last edit or the cursor; of equal chances the nearest wins.
            least: the least chance of what is proposed.
        """
        found, refused = self.candidates(texts, here)
        # A rename comes before all else: what the rules would do by tokens, the editor does by scopes.
        if (rename := self.rename(texts)) is not None:
            return Silence(
                f"{rename.old} is {rename.new} where it is defined: that is for your editor's rename",
                refused=tuple(refused[:10]),
                rename=rename,
            )
        # Parsing is slow, so only the few best are checked, one after the other, until one passes.
        for candidate in [each for each in found if each.chance >= least][:CHECKED]:
            if candidate.chance < _bar(candidate.rule, len(self._found.of(candidate.rule)), least):
                refused.append((_where(candidate.location), "one edit like it is not enough to be this sure"))
                continue
            reason = breaks_syntax(candidate.location, texts[candidate.location.uri])
            if reason is None:
                return self._proposal(candidate)
            refused.append((_where(candidate.location), reason))
        if not self._edits:
            return Silence("no edit was made yet")
        if not found:
            reason = "all that follows was refused" if refused else "nothing follows from the last edits"
            return Silence(reason, refused=tuple(refused[:10]))
        # The best by its chance alone: the order of `found` prefers the file of the cursor.
        best = self._proposal(max(found, key=lambda each: each.chance))
        return Silence(
            f"the best guess, {best.chance:.0%}, is under the bar of {least:.0%}", best, tuple(refused[:10])
        )

    def _proposal(self, candidate: RankedLocation) -> Proposal:
        rule, location = candidate.rule, candidate.location
        return Proposal(
            location.uri,
            location.line,
            location.old,
            location.new,
            rule.kind,
            tuple(rule.examples[-3:]),
            len(self._found.of(rule)),
            candidate.chance,
        )

    def others(self, proposal: Proposal, texts: Mapping[str, Text]) -> list[Proposal]:
        """All places of the rule behind a proposal, this one first: to be shown as one plan."""
        # The texts may be newer than those the proposal was found in.
        self._found.look_at(texts, self._rules.values())
        found = [proposal]
        for rule in self._behind(proposal):
            for location in self._found.of(rule):
                if (location.uri, location.old, location.new) in self._rejected:
                    continue
                if (
                    refuse(rule.kind, len(rule.examples), location, texts[location.uri], self._edits)
                    is not None
                ):
                    continue
                if any((each.uri, each.line) == (location.uri, location.line) for each in found):
                    continue
                found.append(
                    evolve(
                        proposal,
                        uri=location.uri,
                        line=location.line,
                        old=location.old,
                        new=location.new,
                        chance=0.0,
                    )
                )
        return found


def _bar(rule: Rule, places: int, least: float) -> float:
    """The least chance for a rule: what comes unasked after a single example must be surer, since one slip of the pen
    that hits a line which stands elsewhere too looks like a pattern."""
    if least < AUTOMATIC or len(rule.examples) > 1 or rule.accepted:
        return least
    return max(least, ONE_EXAMPLE) if places <= ONE_EXAMPLE_PLACES else float("inf")


_Whole = dict[tuple[str, int], list[tuple[Rule, EditLocation]]]


def _whole(by_rule: list[tuple[Rule, list[EditLocation]]]) -> _Whole:
    """By line, what the rules say that know all of an example's line, or which argument it was."""
    places: _Whole = {}
    for rule, found in by_rule:
        if rule.kind in ("template", "argument") or (rule.kind == "rewrite" and len(rule.spans[-1]) > 1):
            for location in found:
                places.setdefault((location.uri, location.line), []).append((rule, location))
    return places


def _half(rule: Rule, location: EditLocation, whole: _Whole) -> str | None:
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


def _order(candidate: RankedLocation, here: tuple[str, int]) -> tuple[float, bool, int, str]:
    """By chance in steps of two in a hundred, with `SAME_FILE` of them for the file of the cursor; then the nearest."""
    # Smaller differences are noise, and the nearest place is what the user looks at.
    location = candidate.location
    same = location.uri == here[0]
    steps = round(candidate.chance * 50) + (SAME_FILE if same else 0)
    return -steps, not same, abs(location.line - here[1]), location.uri


def _where(location: EditLocation) -> str:
    return f"{location.uri}:{location.line + 1}"
