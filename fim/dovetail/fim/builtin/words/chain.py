"""A suggestion that is as long as it is sure: tokens are added while their joint chance stays above a bar."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from attrs import define

from ..index.evidence import Source
from ..index.gone import NOTHING, Gone
from ..index.lexer import Ids, Vocabulary, is_word, words_of
from ..index.prefixes import Prefixes
from ..index.segment import Matches
from .counted import MOST, MOST_HINTED, Counted, count
from .followers import FAR, LONGEST_CONTEXT, Followers, after, beginning
from .hints import NOTHING as NO_HINTS
from .hints import Hinter, Hints
from .ranker import TokenRanker
from .table import MEMBER, WHOLE, Around, Table, kind_of, table_of

MOST_TOKENS = 12
# Below this chance the second reading of a typed word is not looked for; and so much at most is taken by
# known members, since the class may have another.
_UNLIKELY = 0.02
_MOST_TAKEN = 0.95
# Contexts of which what was found is kept.
_KEPT = 256
_AHEAD = 3
"""Candidates that are judged behind the first token: they are sorted by promise, and the likeliest is nearly always
among these."""
_MOST_HINTED = 24
_WORD = re.compile(r"\w+\Z")

Lines = Sequence[tuple[str, float]]


@define(frozen=True, slots=True)
class Chain:
    """A suggestion, token by token."""

    pieces: tuple[str, ...]
    chances: tuple[float, ...]
    """The chance that the text up to and with each piece is right."""
    evidence: str = ""

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def until(self, bar: float) -> Chain:
        """The part whose joint chance stays at `bar`, the first token in any case."""
        size = 1
        while size < len(self.pieces) and self.chances[size] >= bar:
            size += 1
        return Chain(self.pieces[:size], self.chances[:size], self.evidence)


@define(slots=True)
class Options:
    """Candidates for the first token, of both readings of what is typed."""

    table: Table
    context: list[int]
    """What stands before the candidates."""
    skip: int
    """Characters of each that are typed already."""
    tokens: int
    """Of the line before the candidates."""
    lines: Lines
    """Rests of the line from the candidates on (those of `skip` characters in), with their chances."""


@define(slots=True, eq=False)
class Words:
    """Everything about one cursor's surroundings that finding words needs."""

    vocabulary: Vocabulary
    prefixes: Prefixes
    sources: Sequence[Source]
    counts: Ids
    """How often each canonical token stands in what is learnt."""
    kept: OrderedDict[Any, Any]
    """What was found lately, by all that it depends on."""
    matches: Matches
    given: Any
    """What tells these sources from others."""
    above: Collection[str] = ()
    """Canonical tokens of the line above."""
    gone: Gone = NOTHING
    """What was just deleted."""
    hinter: Hinter | None = None
    """Tells what the code around says of what may come."""

    def options(
        self,
        before: Sequence[int],
        head: str,
        whole: Callable[[], Lines],
        inside: Lines,
        *,
        new: bool = True,
    ) -> list[Options]:
        """What may come next.

        Args:
            before: the canonical tokens up to the start of the line, its line start included.
            head: the line up to the cursor, without its indentation.
            whole: finds whole rests of the line, where what is typed of a word is all of it, with their chances.
            inside: the same where the word goes on.
            new: whether also what follows a whole word; `whole` is called in any case where that could be.
        """
        words = words_of(head)
        word = _WORD.search(head)
        canon, _ = self.vocabulary.look_up(words)
        context = [*before, *canon]
        last = kind_of(words[-1]) if words else 0
        if word is None:
            blank = not head or head[-1].isspace()
            around = Around(len(head), len(words), 0, 0, last, here=words, above=self.above)
            lines = whole()
            if not new:
                return []
            table = self._table(context, around, self._hints(words), bare=blank, lines=lines)
            return [Options(table, context, 0, len(words), lines)] if table is not None else []
        # A word is being typed. Two readings: it goes on (`re` → `return`), or it is whole and something
        # follows it.
        part = word[0]
        outer = context[:-1]
        before_kind = kind_of(words[-2]) if len(words) > 1 else 0
        around = Around(len(head), len(words) - 1, 1, 0, before_kind, 0.0, len(part), words[:-1], self.above)
        going_on = self._going_on(outer, part, around, self._hints(words[:-1]), inside)
        found = []
        all_of_it = 0.0
        if going_on is not None:
            all_of_it = going_on.whole
            if going_on.tokens:
                found.append(Options(going_on, outer, len(part), len(words) - 1, inside))
        # The second reading needs a word that is known, and is not worth a table where the first leaves no
        # room.
        if canon[-1] >= 0 and (all_of_it > _UNLIKELY or going_on is None):
            around = Around(len(head), len(words), 2, 0, last, all_of_it, len(part), words, self.above)
            lines = whole()
            if not new:
                return found
            table = self._table(context, around, self._hints(words), bare=False, lines=lines)
            if table is not None and table.tokens:
                found.append(Options(table, context, 0, len(words), lines))
        return found

    def chain(
        self,
        options: Sequence[Options],
        ranker: TokenRanker,
        head: str,
        least: float,
        bar: float = 0.0,
        sure: str = "",
    ) -> Chain:
        """The likeliest first token, and those after it while their joint chance is at least `least`: up to a word
        where the first is less likely than `bar`. The first alone where `sure`, a likely rest of the line, begins with
        it. Empty where there is no candidate."""
        # The readings compete by chance alone: their tables share one scale.
        best: tuple[float, int, Options] | None = None
        for option in options:
            chances = self._without_strangers(option.table, ranker.chance(option.table.rows).tolist())
            for number, chance in enumerate(chances):
                if best is None or chance > best[0]:
                    best = chance, number, option
        if best is None:
            return Chain((), ())
        # The first token decides which reading is gone on with.
        joint, number, option = best
        texts, canon = self.vocabulary.texts, self.vocabulary.canon
        token = option.table.tokens[number]
        pieces, chances = [texts[token][option.skip :]], [joint]
        context = [*option.context, int(canon[token])]
        evidence = _evidence(option.table.rows[number])
        # Tokens that lead elsewhere would be less likely than it, as both cannot be right.
        if sure.startswith(pieces[0]):
            return Chain(tuple(pieces), tuple(chances), evidence)
        # Token by token, always the likeliest: a beam would cost a table for each of its rays.
        for step in range(1, MOST_TOKENS):
            if joint < least or (chances[0] < bar and any(map(is_word, map(str.lstrip, pieces)))):
                break  # of what is not shown, the first word is told
            table = self.ahead(option, "".join(pieces), context, step, head)
            if table is None or not table.tokens:
                break
            ahead = ranker.chance(table.rows).tolist()
            number = int(np.argmax(ahead))
            joint *= ahead[number]
            token = table.tokens[number]
            pieces.append(texts[token])
            chances.append(joint)
            context = [*context, int(canon[token])]
        return Chain(tuple(pieces), tuple(chances), evidence)

    def _without_strangers(self, table: Table, chances: list[float]) -> list[float]:
        """Where all members of the object before the cursor are known, others only get what these leave: a name is no
        likelier for standing near. (One that a member begins with may be on its way to it.)"""
        rows = table.rows
        if not len(rows) or not rows[0, WHOLE]:
            return chances
        texts = [self.vocabulary.texts[token].lstrip() for token in table.tokens]
        members = [text for text, row in zip(texts, rows, strict=True) if row[MEMBER] >= 0]
        taken = sum(chance for chance, row in zip(chances, rows, strict=True) if row[MEMBER] >= 0)
        left = 1 - min(taken, _MOST_TAKEN)
        return [
            chance * left
            if row[MEMBER] < 0 and is_word(text) and not any(member.startswith(text) for member in members)
            else chance
            for text, chance, row in zip(texts, chances, rows, strict=True)
        ]

    def ahead(self, option: Options, text: str, context: list[int], step: int, head: str) -> Table | None:
        """What follows `text`, the `step` tokens of a suggestion so far, which `context` ends with."""
        # Only whole lines that agree with what was chosen so far still count as evidence.
        rest = [(line[len(text) :], chance) for line, chance in option.lines if line.startswith(text)]
        last = kind_of(self.vocabulary.texts[context[-1]])
        around = Around(
            len(head) + len(text), option.tokens + step, 0, step, last, here=words_of(head), above=self.above
        )
        hints = self._hints(words_of(head + text))
        return self._table(context, around, hints, bare=False, lines=rest, most=_AHEAD)

    def _hints(self, words: Sequence[str]) -> Hints:
        return self.hinter.at(words) if self.hinter is not None else NO_HINTS

    def _table(
        self,
        context: list[int],
        around: Around,
        hints: Hints,
        *,
        bare: bool,
        lines: Lines,
        most: int = MOST + MOST_HINTED,
    ) -> Table | None:
        # While what was guessed is typed, the same contexts come back key by key.
        hinted = tuple(hints.likely())
        key = ("count", *context[-LONGEST_CONTEXT:], self.given, bare, hints.tight, hinted, most)
        counted: Counted | None = self._once(key, lambda: self._count(context, hints, hinted, bare, most))
        return table_of(
            counted,
            self.vocabulary.texts,
            around,
            lines=lines,
            gone=self._gone(context),
            hints=hints,
        )

    def _count(
        self, context: list[int], hints: Hints, hinted: Sequence[int], bare: bool, most: int
    ) -> Counted | None:
        found = self._after(context)
        if hinted:
            found = Followers.join([found, self._hinted(hints, bare)])
        return count(found, self.vocabulary.canon, bare=bare, hinted=hinted, most=most)

    def _hinted(self, hints: Hints, bare: bool) -> Followers:
        """What is hinted at as occurrences that follow nothing, in the form in which it would stand there."""
        texts, add = self.vocabulary.texts, self.vocabulary.add
        wanted = [*islice(hints.likely(), _MOST_HINTED)]
        # " name" and "name" are different tokens: take the one that can stand at this place.
        if not bare and not hints.tight:
            wanted = [add(" " + texts[token]) for token in wanted]
        size = len(wanted)
        return Followers(
            np.array(wanted, np.int32),
            np.zeros(size, np.int32),
            np.zeros(size, np.int32),
            np.ones(size, np.float32),
            np.full(size, FAR, np.float32),
        )

    def _going_on(
        self, context: list[int], part: str, around: Around, hints: Hints, lines: Lines
    ) -> Table | None:
        vocabulary = self.vocabulary
        ids = self.prefixes.ids(part)
        # No known word begins so: it is a new one, of which nothing can be said.
        if not len(ids):
            return None
        fits = np.zeros(len(vocabulary.canon), np.bool_)
        # As flags over the whole vocabulary: testing a token is one look, however many words begin so.
        fits[ids] = True
        # What follows the context and begins so, what begins so anywhere, and what the code around hints at.
        found = self._after(context)
        which = fits.take(vocabulary.canon.take(found.tokens))
        some = found.only(which)
        parts = [some, beginning(self.sources, vocabulary, fits, ids, self.counts)]
        fitting = hints.fitting(fits) if hints is not NO_HINTS else hints
        if hints is not NO_HINTS:
            parts.append(self._hinted(fitting, True))
        counted = count(
            Followers.join(parts),
            vocabulary.canon,
            bare=True,
            exact=vocabulary.find(part),
            hinted=[*fitting.likely()],
        )
        return table_of(
            counted,
            vocabulary.texts,
            around,
            lines=lines,
            gone=self._gone(context),
            hints=hints,
            fitting=fitting,
        )

    def _gone(self, context: list[int]) -> Mapping[int, int]:
        """How many tokens of the context each word that is gone followed, by its canonical token."""
        if not self.gone.sources:
            return {}
        known: dict[int, int] = self._once(
            ("gone", *context[-LONGEST_CONTEXT:], self.given), lambda: self._of_gone(context)
        )
        return known

    def _of_gone(self, context: list[int]) -> dict[int, int]:
        levels = dict.fromkeys(self.gone.words, 0)
        canon = self.vocabulary.canon
        found = after(self.gone.sources, self.matches, context)
        for token, level in zip(canon.take(found.tokens).tolist(), found.levels.tolist(), strict=True):
            levels[token] = max(level, levels.get(token, 0))
        return levels

    def _after(self, context: list[int]) -> Followers:
        # Only the end of a context matters, so that keys within one word share what was found.
        key = (*context[-LONGEST_CONTEXT:], self.given)
        found: Followers = self._once(key, lambda: after(self.sources, self.matches, context))
        return found

    def _once(self, key: Any, find: Callable[[], Any]) -> Any:
        """What `find` gives, found once for `key`."""
        found = self.kept.get(key, self)
        if found is self:
            found = self.kept[key] = find()
            while len(self.kept) > _KEPT:
                self.kept.popitem(last=False)
        return found


def _evidence(row: Any) -> str:
    for scope, where in (
        (3, "shortly above"),
        (2, "in this file"),
        (1, "in this folder"),
        (0, "in the workspace"),
    ):
        # Where a scope's columns are in the row: eight a scope, and the length of its match is the first.
        level = int(row[7 + 8 * scope])
        if level > 0:
            plural = "s" if level > 1 else ""
            return f"it follows the last {level} token{plural} {where}"
        if level == 0:
            return f"a word that stands {where}"
    return "lines like this one"
