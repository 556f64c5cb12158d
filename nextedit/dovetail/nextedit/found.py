"""Where each rule applies in all texts, looked for again only where a text or the rule has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .locations import MAX_LOCATIONS, EditLocation, locations, needle_of
from .model import Text
from .rules import Rule

MOST_CHANGES = 20_000
"""Changes of texts that are noted before all are looked through anew: bounds what is remembered."""


class FoundLocations:
    """The edit locations of rules in the texts of the last time.

    The files whose text became another are noted in the order in which that came up, and each rule remembers how many
    of them it was looked for in. So an edit costs a look at one file for each rule, and none at the others.
    """

    def __init__(self) -> None:
        self._texts: dict[str, Text] = {}
        self._changes: list[str] = []
        self._order: dict[str, int] = {}

    def look_at(self, texts: Mapping[str, Text], rules: Iterable[Rule]) -> None:
        """Note which of the texts are not those of the last time; from now on they are these."""
        if len(self._changes) > MOST_CHANGES:
            # Forgetting the texts makes all of them count as changed in the line below, so nothing is missed.
            self._changes.clear()
            self._texts.clear()
            for rule in rules:
                rule.look_again()
        self._changes += [uri for uri, text in texts.items() if self._texts.get(uri) is not text]
        # A file that is missing now is not among them: when it comes back it is looked through again.
        self._texts = dict(texts)
        self._order = {uri: number for number, uri in enumerate(texts)}

    def forget(self, uri: str, rules: Iterable[Rule]) -> None:
        """A file is closed or excluded: nothing of its text is kept."""
        self._texts.pop(uri, None)
        for rule in rules:
            rule.found.pop(uri, None)
            # The lines looked at are text too, and an excluded file's must not stay in memory.
            rule.rewritten.clear()

    def of(self, rule: Rule) -> list[EditLocation]:
        """The places of a rule, at most 200, in the order of the texts."""
        self._look_for(rule)
        # With the new example there may be fewer places than the limit: only then a look at everything pays.
        if rule.stale and not rule.common:
            rule.look_again()
            self._look_for(rule)
        found = rule.found
        # In the order of the texts, so that the same history gives the same proposals.
        uris = sorted((uri for uri in found if uri in self._texts), key=self._order.__getitem__)
        return [location for uri in uris for location in found[uri]][:MAX_LOCATIONS]

    def _look_for(self, rule: Rule) -> None:
        """Look through the texts that have changed, until there are too many places."""
        found, needle = rule.found, needle_of(rule)
        changed = self._changes[rule.looked :]
        for uri in changed:
            found.pop(uri, None)
        count = sum(map(len, found.values()))
        done = 0
        while done < len(changed) and count < MAX_LOCATIONS:
            text = self._texts.get(changed[done])
            if text is not None and text.uri not in found and _may_apply(rule, needle, text):
                found[text.uri] = locations(rule, text)
                count += len(found[text.uri])
            done += 1
        # Where there were too many places, the rest of the changes waits for the next time.
        rule.looked += done
        rule.common = count >= MAX_LOCATIONS


def _may_apply(rule: Rule, needle: str, text: Text) -> bool:
    # An import is only taken out of the file in which its last use went.
    if rule.kind == "import":
        return rule.key[1] == text.uri
    return not needle or text.holds(needle)
