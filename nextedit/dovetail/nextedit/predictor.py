"""From edits that were made to the one that follows: rules, edit locations, refusals, the ranker."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from .chances import AUTOMATIC, RankedLocation, chance_of, least_for, order
from .features import RuleFacts, features
from .found import FoundLocations
from .halves import half, whole_changes
from .locations import MAX_LOCATIONS, EditLocation
from .model import Edit, Proposal, Rename, Silence, Text
from .ranker import Ranker, shipped
from .refusals import breaks_syntax, refuse
from .renames import open_rename, renamed
from .rules import Rule, rules_of

REMEMBERED = 40
"""Edits that rules are made from; older ones are forgotten."""
MOST_RANKED = 250
"""Candidates that are ranked for one proposal; rules with more places than are left are passed over."""
CHECKED = 6
"""Candidates that are parsed at most for one proposal."""


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
        whole = whole_changes(by_rule)
        for rule, found in by_rule:
            # What does not fit is skipped, not cut off: a rule's places are proposed all together or not at
            # all.
            if len(found) >= MAX_LOCATIONS or (rows and len(rows) + len(found) > MOST_RANKED):
                continue
            facts = RuleFacts.of(rule, found, texts, self._edits)
            for location in found:
                reason = self._reason(rule, location, texts) or half(rule, location, whole)
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
            chance = chance_of(rule, location, ranked, here)
            # Of several rules for one change the surest.
            if key not in best or best[key].chance < chance:
                best[key] = RankedLocation(rule, location, row, chance)
        return sorted(best.values(), key=lambda each: order(each, here)), refused

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
            if candidate.chance < least_for(candidate.rule, len(self._found.of(candidate.rule)), least):
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


def _where(location: EditLocation) -> str:
    return f"{location.uri}:{location.line + 1}"
