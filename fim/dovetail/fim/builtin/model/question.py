"""One question to the model: the candidates for the rest of a line, from every place that is like it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from operator import eq
from typing import Any

from attrs import define

from dovetail.text import Snapshot

from ..index.document import REACH, Pieces, Surroundings
from ..index.evidence import Finder, Near, Occurrence, Source
from ..index.gone import NOTHING, Gone, Saved
from ..index.lexer import NEWLINE, Vocabulary, split_indent, words_of
from ..index.library import Library, folder_of
from ..index.prefixes import Prefixes
from ..index.segment import DEPTH, rests
from ..words.chain import Options, Words
from ..words.hints import Hinter
from .features import Candidate, Evidence, Found, Situation, Unjudged, matrix
from .rename import renamed, renames
from .tail import Tail

_MOST_LIVE = 16
_RECENT_ABOVE, _RECENT_BELOW = 60, 30
_MOST_LINES = 8
_ANSWERS_KEPT = 4


@define(frozen=True, slots=True)
class State:
    vocabulary: Vocabulary
    library: Library
    pieces: Pieces
    prefixes: Prefixes
    saved: Saved

    @classmethod
    def of(cls, library: Library) -> State:
        vocabulary = library.vocabulary
        return cls(vocabulary, library, Pieces(vocabulary), Prefixes(vocabulary), Saved(vocabulary))


class Question:
    """Everything about one cursor that does not depend on the head of its line."""

    def __init__(
        self,
        state: State,
        lines: Sequence[str],
        number: int,
        path: str,
        live: Sequence[tuple[str, Snapshot]],
        first: int = 0,
    ) -> None:
        """At line `number` of `lines`, which begin at line `first` of the document `path`."""
        self._vocabulary = state.vocabulary
        self._lines = lines
        self._number = number
        around = state.pieces.around(lines, number, first)
        self._names = around.names
        self._answers = around.answers
        # Read before the sources, so that what changes meanwhile is asked for anew.
        self._given = (path, state.library.changes, *[other for other in live if other[0] != path])
        gone = _gone(state, around, lines, number, path)
        sources = list(around.sources)
        folder = folder_of(path)
        for other, snapshot in live[:_MOST_LIVE]:
            if other != path:
                near = folder_of(other) == folder
                for segment in state.pieces.whole(snapshot):
                    whole = Near.of(segment, [0]) if near else None
                    sources.append(Source(segment, None, 0, frozenset(), whole))
        sources += state.library.sources(path, [other for other, _ in live])
        # The words of the next token do look there: a line that was just deleted is often typed again, in
        # part.
        # Whole lines are not looked for among those that are gone: the ranker has not learnt what such a one is worth.
        matches = around.matches
        self._finder = Finder(self._vocabulary, sources, matches)
        library = state.library
        self.words = Words(
            self._vocabulary,
            state.prefixes,
            [*around.sources, *gone.sources, *sources[len(around.sources) :]],
            library.counts,
            around.followers,
            matches,
            self._given,
            self._line_above(),
            gone,
            Hinter(self._vocabulary, sources, matches, lines, number, _kept(around.hints, self._given), path),
        )

    def begins(self, start: str) -> bool:
        """Whether a word begins with `start`."""
        return len(self.words.prefixes.ids(start)) > 0

    def candidates(self, head: str, tail: str = "") -> Found:
        """The likeliest of what may follow `head` on its line, with its features: of these what ends with `tail`, the
        line's end without spaces around."""
        return self.unjudged(head, tail).judged()

    def unjudged(self, head: str, tail: str = "") -> Unjudged:
        """The same, before they are judged."""
        # While a word is typed, each key asks again what may stand in its place.
        key = (head, tail, self._given)
        found: Unjudged | None = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._find(head, tail)
            while len(self._answers) > _ANSWERS_KEPT:
                self._answers.popitem(last=False)
        return found

    def _find(self, head: str, tail: str) -> Unjudged:
        ours = words_of(head)
        canon, shapes = self._vocabulary.look_up(ours)
        before, shapes_before = self.before(DEPTH - len(canon))
        # Two contexts: the tokens as they are, and their shapes, by which lines with other names are found.
        context, shape_context = [*before, *canon], [*shapes_before, *shapes]
        exact = self._finder.exact(context)
        # The whole line has to be alike, its line start included (of a long one, `DEPTH` tokens).
        alike = self._finder.alike(shape_context, max(2, min(len(ours) + 1, DEPTH)))
        ends = Tail(tail, self._vocabulary.texts.__getitem__) if tail else None
        if ends is not None and not ends.may_end(exact, [place for place, _ in alike]):
            return Unjudged()  # before all that is counted of each
        found = self._gather(head, ours, context, exact, alike)
        following = self.next_line
        body = head.strip()
        # Proposing the line that stands right below is never wanted.
        everyone = [
            c for c in found.candidates.values() if not c.text or (body + c.text).strip() != following
        ]
        if ends is not None and not any(ends.ends(c.text) for c in everyone):
            return Unjudged()
        recent: dict[str, int] = {}
        for index in range(max(0, self._number - _RECENT_ABOVE), self._number):
            recent[self._lines[index].strip()] = self._number - index
        # `setdefault`: the same text above is the nearer witness.
        for index in range(self._number + 1, min(len(self._lines), self._number + _RECENT_BELOW)):
            recent.setdefault(self._lines[index].strip(), index - self._number)
        quotes = head.count('"'), head.count("'"), head.count("`")
        situation = Situation(head, frozenset(ours), self._names, quotes, recent)
        wanted = None if ends is None else lambda c: ends.ends(c.text)
        return Unjudged(everyone, lambda: matrix(found, everyone, situation, wanted))

    def next_words(
        self,
        head: str,
        whole: Callable[[], Sequence[tuple[str, float]]],
        inside: Sequence[tuple[str, float]],
        *,
        new: bool,
    ) -> list[Options]:
        """What may come next behind `head` (without the indentation), with the whole rests of the line that other
        evidence gives (see `Words.options`)."""
        before = self.before(DEPTH + 1 - len(words_of(head)))[0]
        return self.words.options(before, head, whole, inside, new=new)

    def before(self, least: int) -> tuple[list[int], list[int]]:
        """Canonical tokens and shapes before the line, at least `least` of them where there are so many, with the
        line's start."""
        context, shapes = [NEWLINE], [NEWLINE]
        above = self._number - 1
        while len(context) < least and above >= max(0, self._number - 12):
            words = words_of(self._lines[above])
            if words:
                canon, alike = self._vocabulary.look_up(words)
                context[:0], shapes[:0] = [NEWLINE, *canon], [NEWLINE, *alike]
            above -= 1
        return context, shapes

    def _gather(
        self,
        head: str,
        ours: Sequence[str],
        context: list[int],
        exact: Sequence[Occurrence],
        alike: Sequence[tuple[Occurrence, list[int]]],
    ) -> Evidence:
        texts, canon = self._vocabulary.texts, self._vocabulary.canon.data  # read one by one
        text_of = texts.__getitem__
        typed_blank = bool(ours) and head[-1].isspace()
        evidence = Evidence()
        found = evidence.candidates
        by_rest: dict[tuple[int, ...], Candidate] = {}  # most places repeat what others said

        def seen(rest: tuple[int, ...]) -> Candidate:
            candidate = by_rest.get(rest)
            if candidate is None:
                candidate = by_rest[rest] = put("".join(map(text_of, rest)), rest)
            return candidate

        def put(text: str, rest: tuple[int, ...]) -> Candidate:
            if typed_blank:
                text = text.lstrip()
            candidate = found.get(text)
            if candidate is None:
                first = texts[canon[rest[0]]] if rest else ""
                candidate = found[text] = Candidate(text, first, len(rest), len(found))
            return candidate

        for occurrence in exact:
            evidence.add_exact(seen(occurrence.rest), occurrence)
        # Read back from the cursor, as `before` is.
        last, ours_back = context[: -DEPTH - 1 : -1], context[: -len(ours) - 1 : -1]
        for occurrence, before in alike:
            window = sum(map(eq, before, last))
            if NEWLINE in before:
                # Tokens of the line only; what stands before it has counted in `window`.
                del before[before.index(NEWLINE) + 1 :]
            same = sum(map(eq, before, ours_back))
            agreement = (same + 1) / (len(ours) + 1)
            seen(occurrence.rest).add_alike(occurrence, agreement, window, False)
            # All names agree: nothing is left to be renamed.
            if same == min(len(before), len(ours)):
                continue
            theirs = [texts[token] for token in reversed(before) if token >= 0]
            new = renamed(self._vocabulary, occurrence.rest, renames(theirs, ours))
            if new is not None and new != "".join(map(text_of, occurrence.rest)):
                put(new, occurrence.rest).add_alike(occurrence, agreement, window, True)
        return evidence

    def _line_above(self) -> tuple[str, ...]:
        for line in reversed(self._lines[max(0, self._number - 4) : self._number]):
            if line.strip():
                return words_of(line)
        return ()

    @cached_property
    def next_line(self) -> str:
        """The line below that is not blank, without spaces around."""
        for line in self._lines[self._number + 1 : self._number + 40]:
            if line.strip():
                return line.strip()
        return ""

    def following(self, candidate: Candidate) -> str:
        """The lines after a rest that a full-depth verbatim match gives, while they are the same block;
        '' where there is no such match."""
        occurrence = candidate.best
        # Less than a full match may have come to the same line by chance, and says nothing of the next.
        if occurrence is None or candidate.level < DEPTH:
            return ""
        texts, canon = self._vocabulary.texts, self._vocabulary.canon
        before = occurrence.segment.head(occurrence.at, canon)
        indent = texts[before[0]].strip("\n") if before and canon[before[0]] == NEWLINE else None
        ours = split_indent(self._lines[self._number])[0]
        # What stands below already ends the block: it would come twice.
        stop = self.next_line
        added, at = "", occurrence.at + len(occurrence.rest)
        tokens = occurrence.segment.tokens
        for _ in range(_MOST_LINES):
            if at >= len(tokens) or indent is None:
                break
            start = texts[tokens[at]]
            theirs = start.lstrip("\n")
            rest = rests([(occurrence.segment, [at + 1])], canon)[0]
            # A blank line, less indentation, or a line too long to be read ends the block.
            if start.startswith("\n\n") or not theirs.startswith(indent) or not rest:
                break
            line = "".join(texts[token] for token in rest)
            if line.strip() == stop:
                break
            # Below the copied block's own indentation, what is deeper stays so.
            added += "\n" + ours + theirs[len(indent) :] + line
            at += 1 + len(rest)
        return added


def _kept(hints: dict[Any, Any], given: Any) -> dict[Any, Any]:
    """What was read of the definitions in these sources; what was read of others is dropped."""
    # One set of sources at a time: with others the definitions may be other ones.
    if given not in hints:
        hints.clear()
        hints[given] = {}
    found: dict[Any, Any] = hints[given]
    return found


def _gone(state: State, around: Surroundings, lines: Sequence[str], number: int, path: str) -> Gone:
    """What the saved file `path` holds and the document no longer does."""
    version = state.library.version(path)
    # The comparison with the saved file reads both as wholes; larger documents are left out.
    if version is None or len(lines) > 2 * REACH:
        return NOTHING
    known = around.gone.get(version)
    if known is None:
        saved = state.library.tokens_of(path)
        if saved is None:  # forgotten meanwhile
            return NOTHING
        around.gone.clear()
        known = around.gone[version] = state.saved.gone(path, saved, version, lines, number)
    return known
