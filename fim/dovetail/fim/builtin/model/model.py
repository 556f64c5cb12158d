"""The built-in model: what it has learnt from the workspace, and what it proposes at a cursor."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Lock
from time import monotonic

import numpy as np
import numpy.typing as npt
from attrs import define, evolve

from dovetail.privacy import STAR, find_secrets
from dovetail.text import Point, Snapshot, split_lines

from ...types import Passage
from ..index.document import PREPARED, REACH, shown
from ..index.lexer import LONGEST, Vocabulary, split_indent
from ..index.library import Library
from ..index.segment import Segment
from ..words.chain import Options, Words
from ..words.ranker import TokenRanker
from ..words.ranker import shipped as shipped_tokens
from .asked import Asked, Option
from .features import Candidate
from .question import Question, State
from .ranker import Ranker, shipped
from .tail import is_closed
from .thresholds import EXTENDED, LONGER, WHOLE

_STAR = re.escape(STAR)
_STARS = re.compile(rf"{_STAR}{{6}}|[\"'`=:]\s*+{_STAR}{{3}}")
"""Stars as privacy puts them in the place of a secret."""
_BANNER = re.compile(r"\s*+(?:(?:/\*|//|#|;|%|--)[#/;%-]*+\s*+\*{3,}+[^\"'`=:]*+|\*{3,}+/)\s*+")
"""A line of a comment whose stars are its frame: they follow its sign at once, and no value stands in it."""

_MOST_NEW, _TRIM_S = 1_024, 600.0
"""Names of open documents from which old ones are let go, and how often at most, in seconds."""


@define(frozen=True, slots=True)
class Proposal:
    """What may stand behind the cursor: the rest of a word, a few tokens, the rest of the line or a few lines."""

    text: str
    confidence: float
    """The calibrated chance (0–1) that it begins right: for a whole rest of a line, that all of it is right."""
    evidence: str
    """One sentence for `dovetail why`."""


@define(frozen=True, slots=True)
class Stats:
    """How much the model knows."""

    files: int
    tokens: int
    words: int
    segments: int


class BuiltinModel:
    """Learns files and completes lines. `update`, `remove` and `adopt` may be called from another thread
    than `complete`; a question sees the state before or after, never one between."""

    def __init__(
        self,
        ranker: Ranker | None = None,
        words: TokenRanker | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._clock = clock
        self._trimmed_at = clock()
        self._ranker = ranker
        self._token_ranker = words
        self._writing = Lock()
        self._generation = 0
        # Replaced as a whole, never changed in place: a question holds on to the one it began with.
        self._state = State.of(Library(Vocabulary()))

    @property
    def stats(self) -> Stats:
        library = self._state.library
        return Stats(library.files, library.tokens, len(library.vocabulary), library.segments)

    def update(self, path: str, text: str, language: str | None = None) -> None:
        """Learn the saved text of `path` (relative to the workspace, forward slashes) in place of what was
        known of it. The language is taken from the text's own shape; the argument is there for callers
        that know it and changes nothing."""
        with self._writing:
            state = self._state
            state.library.put(path, state.vocabulary.file(split_lines(text)))

    def update_all(self, texts: Mapping[str, str]) -> None:
        """Learn many files at once, by path; everything learnt before is forgotten."""
        vocabulary = Vocabulary()
        files = [(path, vocabulary.file(split_lines(text))) for path, text in texts.items()]
        self.adopt(Library(vocabulary, [Segment.build(vocabulary, files)] if files else []))

    @property
    def overgrown(self) -> bool:
        """Whether so many names came with open documents since what is learnt was taken over that it is time to
        `trim`: most of them stand nowhere any more."""
        library = self._state.library
        due = self._clock() - self._trimmed_at >= _TRIM_S
        return due and len(library.vocabulary) - library.learnt > _MOST_NEW

    def trim(self) -> None:
        """Forget the names that stand in no learnt file; those of open documents come back as these are read. May run
        in another thread."""
        with self._writing:
            self._state = State.of(self._state.library.trimmed())
            self._trimmed_at = self._clock()
            self._generation += 1

    def remove(self, path: str) -> None:
        """Forget `path`."""
        with self._writing:
            self._state.library.remove(path)

    def adopt(self, library: Library, keep: Sequence[str] = ()) -> None:
        """Replace all that was learnt by `library`; files named in `keep` (changed since it was made) are
        carried over as they are known now."""
        with self._writing:
            old = self._state
            for path in keep:
                tokens = old.library.tokens_of(path)
                if tokens is None:
                    library.remove(path)
                else:
                    # As texts: the numbers of tokens are those of the old vocabulary.
                    texts = [old.vocabulary.texts[token] for token in tokens.tolist()]
                    library.put(path, library.vocabulary.extend(texts))
            self._state = State.of(library)
            self._generation += 1

    @property
    def generation(self) -> int:
        """Changes when what was learnt is replaced as a whole: then documents are to be prepared again."""
        return self._generation

    def prepare(self, snapshot: Snapshot, position: Point | None = None) -> None:
        """Index an open document ahead of the first question (may run in another thread), with the cursor
        at `position` if one is known."""
        pieces = self._state.pieces
        # The same window as a question's, so that the first key finds all of it read.
        start = 0 if position is None else max(0, position.line - REACH - 1)
        shown(snapshot, 0, len(snapshot.lines))  # secrets are looked for ahead, too
        pieces.make_room(len(snapshot.lines))
        if position is None:
            pieces.prepare(shown(snapshot, 0, PREPARED))
        else:
            lines = shown(snapshot, start, start + 2 * (REACH + 1))
            # Not the line that is being typed: half a word must not become one of the vocabulary.
            number = position.line - start
            pieces.prepare(lines[:number], start)
            pieces.prepare(lines[number + 1 :], position.line + 1)
            pieces.around(lines, number, start)
            pieces.prepare(shown(snapshot, 0, min(start, PREPARED)))
            pieces.prepare(shown(snapshot, start + len(lines), PREPARED), start + len(lines))

    def release(self) -> None:
        """Let go of some of the memory that holds what was looked at of stored files: to be called once a question
        (see `Library.release`)."""
        self._state.library.release()

    def search(
        self, text: str, *, most: int, near: str = "", hidden: Collection[str] = (), a_file: int = 2
    ) -> list[Passage]:
        """The pieces of the learnt files that share most words with `text`, best first.

        Args:
            near: a folder whose files count a little more.
            hidden: paths that are left out.
            a_file: how many pieces of one file at most.
        """
        library = self._state.library
        return library.search(text, most=most, near=near, hidden=hidden, a_file=a_file)

    def parts(
        self, words: Mapping[str, float], *, most: int, path: str = "", hidden: Collection[str] = ()
    ) -> tuple[list[Passage], list[Passage]]:
        """What a prompt is given of the `most` best pieces for weighted `words`: their best parts, and the single
        lines that define something; both best first."""
        return self._state.library.parts(words, most=most, path=path, hidden=hidden)

    def complete(
        self,
        snapshot: Snapshot,
        position: Point,
        path: str,
        *,
        live: Sequence[tuple[str, Snapshot]] = (),
        count: int = 1,
        multiline: bool = False,
        bar: float = 0.0,
    ) -> list[Proposal]:
        """What may come at `position`, best first, at most `count`: as many tokens as are sure, or the whole rest of
        the line where that is. The first is the best guess however unlikely it is; what is less likely than `bar` is
        not going to be shown, so nothing is looked for behind it.

        `live` are other open documents; they stand in for their versions on disk. With `multiline`, lines
        are added where a long verbatim match agrees on what follows.
        """
        asked = self._ask(snapshot, position, path, live)
        if asked is None or count < 1:
            return []
        options = asked.next_words()
        # Lines that go on behind the typed part of a word, where that is hardly a word of its own, are not looked for:
        # that is most of the work at most keys.
        whole = asked.whole() if count > 1 or asked.is_new else asked.known or []
        rests = self._rests(asked, whole, count, multiline)
        # Between words nothing is looked for behind the first: no chance is great enough.
        least = LONGER if asked.closed else math.inf
        words = self._words(asked, options, least, bar, _sure(rests))
        if words is not None and _secret(asked.head, words.text):
            # The rest of the line may still hold none.
            words = None
        return _joined(words, rests)[:count]

    def rests(
        self,
        snapshot: Snapshot,
        position: Point,
        path: str,
        *,
        live: Sequence[tuple[str, Snapshot]] = (),
        count: int = 1,
        multiline: bool = False,
    ) -> list[Proposal]:
        """As `complete`, but whole rests of the line alone; an empty text says that the line ends here."""
        asked = self._ask(snapshot, position, path, live)
        return self._rests(asked, asked.whole(), count, multiline) if asked is not None else []

    def _ask(
        self,
        snapshot: Snapshot,
        position: Point,
        path: str,
        live: Sequence[tuple[str, Snapshot]],
    ) -> Asked | None:
        position = snapshot.lines.clamp(position)
        line = snapshot.line(position.line)
        if len(line) > LONGEST:
            return None
        # One line more on each side, so that a cut-off end of the document is seen to be one.
        start = max(0, position.line - REACH - 1)
        lines = shown(snapshot, start, position.line + REACH + 2)
        question = Question(self._state, lines, position.line - start, path, live, start)
        head, tail = line[: position.column], line[position.column :].strip()
        return Asked(question, head, tail, self._ranker or shipped())

    def _rests(self, asked: Asked, whole: Sequence[Option], count: int, multiline: bool) -> list[Proposal]:
        # Both readings of what is typed, by their chances.
        options = sorted((*whole, *asked.inside), key=lambda option: -option[1])
        if asked.tail:
            options = _before(asked.tail, options)
        proposals: dict[str, Proposal] = {}
        for text, chance, candidate in options:
            if len(proposals) == count:
                break
            if text in proposals or _secret(asked.head, text):
                continue
            more = ""
            # Only behind a line that is very likely right: what is wrong in it would be wrong in all that
            # follows.
            if multiline and not asked.tail and chance >= EXTENDED:
                more = asked.question.following(candidate)
                if _secret(asked.head, text + more):
                    more = ""
            proposals[text] = Proposal(text + more, chance, _evidence(candidate))
        return list(proposals.values())

    def _words(
        self, asked: Asked, options: Sequence[Options], least: float, bar: float, sure: str
    ) -> Proposal | None:
        """As many tokens as are sure, with the chance that the first is right: that one alone where `sure`, the rest of
        the line that is going to be shown, begins with it."""
        body, tail = split_indent(asked.head)[1], asked.tail
        ranker = self._token_ranker or shipped_tokens()
        chain = asked.question.words.chain(options, ranker, body, least, bar, sure)
        if not chain.pieces:
            return None
        text = chain.until(least).text
        # What stands there already is not proposed a second time.
        if tail and text.endswith(tail):
            text = text[: -len(tail)]
        elif not tail and (body + text).strip() == asked.question.next_line:
            return None  # it stands there already
        return Proposal(text, chain.chances[0], chain.evidence) if text.strip() else None

    def look(self, lines: Sequence[str], number: int, head: str, path: str) -> tuple[Words, list[Options]]:
        """The tables of next tokens at one place, for fitting their ranker."""
        question = Question(self._state, lines, number, path, ())
        return question.words, Asked(question, head, "", self._ranker or shipped()).next_words()

    def rank(
        self, lines: Sequence[str], number: int, head: str, path: str
    ) -> tuple[list[Candidate], npt.NDArray[np.float32]]:
        """The candidates and their features, for fitting the ranker."""
        return Question(self._state, lines, number, path, ()).candidates(head)


def _secret(head: str, text: str) -> bool:
    """Whether `text` would put a secret, or the stars that stand for one, behind `head`. A secret that stands in `head`
    alone is the user's own and is not spread by what comes after it."""
    whole = head + text
    if any(secret.end > len(head) for secret in find_secrets(whole)):
        return True
    # Of the first line, what was typed is not looked at for stars, but says what those behind it are.
    lines = whole.split("\n")
    texts = text.split("\n")
    return any(
        _STARS.search((head[-1:] if number == 0 else "") + new) and not _BANNER.fullmatch(line)
        for number, (line, new) in enumerate(zip(lines, texts, strict=True))
    )


def _sure(rests: Sequence[Proposal]) -> str:
    """The rest of the line that takes the place of the words that it begins with; '' where none is sure enough."""
    return rests[0].text if rests and rests[0].confidence >= WHOLE else ""


def _joined(words: Proposal | None, rests: Sequence[Proposal]) -> list[Proposal]:
    """One list, best first. The likeliest rest of the line takes the place of the words that it begins with."""
    if words is None:
        return [*rests]
    # A rest that is sure enough and agrees says more than its first words.
    if (sure := _sure(rests)) and sure.startswith(words.text):
        return [evolve(rests[0], confidence=max(words.confidence, rests[0].confidence)), *rests[1:]]
    others = [rest for rest in rests if rest.text != words.text]
    return sorted((words, *others), key=lambda proposal: -proposal.confidence)


def _before(tail: str, options: Sequence[Option]) -> list[Option]:
    """Options that fit in front of text which already stands on the line: what they repeat of it is cut off;
    where it is more than closing signs, only those that lead up to it are kept."""
    closers = is_closed(tail)
    kept = []
    for text, chance, candidate in options:
        text = text.rstrip()
        if text.endswith(tail):
            text = text[: -len(tail)]
        elif not closers:
            continue
        if text.strip():
            kept.append((text, chance, candidate))
    return kept


def _evidence(candidate: Candidate) -> str:
    where = ("above in this file", "below in this file", "in this folder", "elsewhere in the workspace")
    place = where[candidate.best.where] if candidate.best else "in the workspace"
    if candidate.level:
        return f"the last {candidate.level} tokens stand in the same order {place}"
    if candidate.renamed:
        return f"a line of the same shape with other names stands {place}"
    return f"a line of the same shape stands {place}"
