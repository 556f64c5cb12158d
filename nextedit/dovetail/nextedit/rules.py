"""Rules: what an edit says of other places. A rule is a rewrite and the edits that are its examples."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from attrs import define, field

from .arguments import replaced
from .model import Edit
from .tokens import Tokens, is_name, tokens

CONTEXT = 6
"""Tokens on each side of a rewrite that are remembered."""
MAX_BLOCK = 12
"""Lines; longer blocks are seldom repeated word for word."""


@define(frozen=True, slots=True)
class Span:
    """One run of tokens of a line that became another: texts, and the tokens beside it."""

    old: tuple[str, ...]
    new: str
    """The new text as it was written, spaces included."""
    new_tokens: tuple[str, ...]
    left: tuple[str, ...]
    """Nearest last."""
    right: tuple[str, ...]
    """Nearest first."""
    gap_old: str = ""
    """All between the token on the left and the token on the right, spaces included, as it was."""
    gap_new: str = ""
    """The same as it became."""


@define(slots=True, eq=False)
class Rule:
    """A rewrite with its examples, and what became of what it proposed."""

    kind: str
    key: tuple[object, ...]
    examples: list[Edit] = field(factory=list)
    spans: list[tuple[Span, ...]] = field(factory=list)
    """For rewrites of tokens: the spans of each example, in the order of `examples`."""
    accepted: int = 0
    rejected: int = 0
    found: dict[str, list[Any]] = field(factory=dict, repr=False)
    """The places in each file that has any. Kept by `Predictor`."""
    common: bool = False
    """It has more places than anybody wants to see, so that none is shown. Kept by `Predictor`."""
    stale: bool = False
    """It is common and has learnt since it was looked for."""
    looked: int = 0
    """How many of the changes of texts that are noted were looked through for it. Kept by `Predictor`."""
    rewritten: dict[str, tuple[str, int, int] | None] = field(factory=dict, repr=False)
    """For rewrites of tokens: what became of each line that was looked at. Kept by `locations`."""
    born: int = 0
    """Number of the edit that made it, counted from the start of the history."""
    _sides: dict[tuple[int, bool, tuple[str, ...]], list[int]] = field(factory=dict, init=False, repr=False)
    """Examples by the number of a span, a side of it (left?) and the token next to it there; of those whose remembered
    sides are the same the first alone."""

    _beside: dict[int, tuple[set[str], set[str]]] = field(factory=dict, init=False, repr=False)
    agreed: dict[tuple[object, ...], tuple[int, int]] = field(factory=dict, init=False, repr=False)
    """How far the neighbours of a span agree with an example's. Kept by `locations`."""

    def learn(self, edit: Edit, spans: tuple[Span, ...]) -> None:
        """Another example; what was found with fewer is looked for again, unless it is everywhere anyway."""
        self.examples.append(edit)
        if spans:
            self.spans.append(spans)
        self._outdated()

    def forget(self, edit: Edit) -> None:
        """An example that counts no more."""
        # By identity, since two equal edits are two examples; from the end, since entries are deleted.
        for index, example in reversed(list(enumerate(self.examples))):
            if example is edit:
                del self.examples[index]
                if self.spans:
                    del self.spans[index]
                self._outdated()

    def _outdated(self) -> None:
        """Its examples are others now. What is everywhere is looked for again only once it is not."""
        # It would stay common with one example more: looking through everything again is not worth it. Where
        # something only comes in, the examples say where, so that with others it may no longer be everywhere.
        taken = self.kind != "insertion" and all(span.old for spans in self.spans for span in spans)
        if self.common and taken:
            self.stale = True
            self._forget_lines()
        else:
            self.look_again()

    def look_again(self) -> None:
        """Look through all texts once more."""
        self.found.clear()
        self.looked = 0
        self.common = self.stale = False
        self._forget_lines()

    def _forget_lines(self) -> None:
        for kept in (self.rewritten, self.agreed, self._sides, self._beside):
            kept.clear()

    def sides(
        self, number: int, left: tuple[str, ...], right: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The tokens on the left (nearest first) and on the right of span `number`, for each example that has the
        token `left` next to the span on its left or `right` on its right; `()` is the end of the line."""
        by_token = self._by_token()
        for index in sorted(
            {*by_token.get((number, True, left), ()), *by_token.get((number, False, right), ())}
        ):
            span = self.spans[index][number]
            yield span.left[::-1], span.right

    def beside(self, number: int) -> tuple[set[str], set[str]]:
        """The tokens next to span `number` in its examples, on the left and on the right; "" is the line's border."""
        if number not in self._beside:
            each = [spans[number] for spans in self.spans]
            self._beside[number] = (
                {span.left[-1] if span.left else "" for span in each},
                {span.right[0] if span.right else "" for span in each},
            )
        return self._beside[number]

    def _by_token(self) -> dict[tuple[int, bool, tuple[str, ...]], list[int]]:
        if not self._sides:
            # Examples that look alike on both sides say nothing new; of hundreds of equal edits one is kept.
            known = set()
            for index, spans in enumerate(self.spans):
                for each, span in enumerate(spans):
                    if (each, span.left, span.right) not in known:
                        known.add((each, span.left, span.right))
                        self._sides.setdefault((each, True, span.left[-1:]), []).append(index)
                        self._sides.setdefault((each, False, span.right[:1]), []).append(index)
        return self._sides

    @property
    def silent(self) -> bool:
        """A rule that was rejected twice and never accepted says nothing any more."""
        return self.rejected >= 2 and self.accepted == 0


def spans_of(old: str, new: str) -> tuple[Span, ...]:
    """The runs of tokens in which two lines differ, from the left."""
    a, b = tokens(old), tokens(new)
    spans = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a.words, b.words, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        # The text as written, from the first token to the last, so that spaces inside stay.
        text = new[b.starts[b1] : b.ends[b2 - 1]] if b2 > b1 else ""
        spans.append(
            Span(
                a.words[a1:a2],
                text,
                b.words[b1:b2],
                a.words[max(a1 - CONTEXT, 0) : a1],
                a.words[a2 : a2 + CONTEXT],
                gap(old, a, a1, a2),
                gap(new, b, b1, b2),
            )
        )
    return tuple(spans)


def gap(line: str, found: Tokens, first: int, last: int) -> str:
    """The text of the tokens `first` to `last` with the spaces around them."""
    start, end = gap_columns(line, found, first, last)
    return line[start:end]


def gap_columns(line: str, found: Tokens, first: int, last: int) -> tuple[int, int]:
    """From the end of the token before `first` to the start of the token `last`; indentation does not count."""
    # Without a token on a side, to the line's own indentation, or its end.
    start = found.ends[first - 1] if first else len(line) - len(line.lstrip())
    end = found.starts[last] if last < len(found.starts) else len(line.rstrip())
    return start, max(start, end)


def rules_of(edit: Edit) -> Iterator[tuple[str, tuple[object, ...], tuple[Span, ...]]]:
    """The rules that one edit is an example of: kind, key, spans (of rewrites)."""
    old, new = edit.old, edit.new
    if len(old) == len(new) == 1 and old[0].strip() and new[0].strip():
        spans = spans_of(old[0], new[0])
        # More spans than four: the line was written anew.
        if spans and len(spans) <= 4:
            yield "rewrite", ("rewrite", tuple((s.old, s.new_tokens) for s in spans)), spans
            # Of several spans each may stand alone elsewhere: `a.x(1)` → `b.y(1)` renames `a` and `x`.
            if len(spans) > 1:
                for span in spans:
                    yield "rewrite", ("rewrite", ((span.old, span.new_tokens),)), (span,)
        if (found := replaced(old[0], new[0])) is not None:
            was, now = found
            a, b = tokens(old[0]).words[was.first : was.last], tokens(new[0]).words[now.first : now.last]
            yield "argument", ("argument", was.callee, was.slot, a, b), ()
        template = template_of(old[0], new[0])
        if template is not None:
            yield "template", ("template", *template), ()
    stripped = tuple(line.strip() for line in old)
    # Four characters: `}` or `);` alone is no pattern.
    if old and len(old) <= MAX_BLOCK and len("".join(stripped)) >= 4:
        yield "block", ("block", stripped, _relative(new, old)), ()
    for name in sorted(_gone(old, new)):
        # By file too: another file's import of the same name has uses of its own.
        yield "import", ("import", edit.uri, name), ()
    if not old and new and len(new) <= MAX_BLOCK and len("".join(new).strip()) >= 4:
        yield "insertion", ("insertion", tuple(line.strip() for line in new)), ()


def _gone(old: tuple[str, ...], new: tuple[str, ...]) -> set[str]:
    """Names that the edit took out of its lines: their import may have lost its last use."""
    if len(old) > MAX_BLOCK or any(is_import(line) for line in old):
        return set()
    kept = {word for line in new for word in tokens(line).words}
    return {word for line in old for word in tokens(line).words if is_name(word) and word not in kept}


def is_import(line: str) -> bool:
    """Whether a line imports names, in Python, JavaScript, TypeScript, Java, Go, Rust or the like."""
    words = tokens(line).words
    return bool(words) and (words[0] in ("import", "use") or (words[0] == "from" and "import" in words))


def _relative(new: tuple[str, ...], old: tuple[str, ...]) -> tuple[str, ...]:
    """New lines without the indentation that the first old line had."""
    indent = old[0][: len(old[0]) - len(old[0].lstrip())]
    # A new line that is indented less than the first old one has no place in the block's own indentation.
    return tuple(line.removeprefix(indent) if line.startswith(indent) else line.lstrip() for line in new)


Shape = tuple[str | int, ...]
"""Tokens of a line; a hole is its number."""


def template_of(old: str, new: str) -> tuple[Shape, Shape] | None:
    """Both lines with the names and literals that they share as numbered holes; None where too little is left.

    Two edits with one template are the same edit of different names (anti-unification, as in Blue-Pencil).
    """
    a, b = tokens(old).words, tokens(new).words
    shared = {word for word in a if _varies(word)} & set(b)
    holes: dict[str, int] = {}
    # A name that goes away is no hole: it is what the template is about.
    left: list[str | int] = [holes.setdefault(word, len(holes)) if word in shared else word for word in a]
    right: list[str | int] = [holes.get(word, word) for word in b]
    constants = [word for word in left if isinstance(word, str)]
    if not holes or len(constants) < 3 or left == right:
        return None
    return tuple(left), tuple(right)


def _varies(word: str) -> bool:
    return is_name(word) or word[0].isdigit()
