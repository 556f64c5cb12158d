"""The members of a class, read from the tokens of its definition."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from attrs import define

from ..index.lexer import NEWLINE, Ids, Vocabulary, is_word
from .lines import FUNCTIONS, OWN, is_name, leaves

_MODIFIERS = frozenset(
    (
        *(
            "public",
            "private",
            "protected",
            "static",
            "readonly",
            "async",
            "get",
            "set",
            "abstract",
            "override",
        ),
        *("declare", "accessor", "pub", "export", "final", "#"),
    )
)
_PROPERTIES = frozenset(("public", "private", "protected", "readonly"))
"""Before a parameter of a constructor they make a member of it."""
_OPEN_ENDED = frozenset(("__getattr__", "__getattribute__", "__dict__", "setattr"))
"""Where one of these stands, there are members that nothing names."""
_OF_LINE = 24
"""Tokens of a line that are read."""
_AT_FIRST = 3_000
"""Tokens that are looked at; most classes end before, and only of others the rest is looked at, too."""
_RUBYS_MEMBERS = "attr_"
_BARE = frozenset(("object", "ABC", "Protocol", "Generic"))
"""Bases that bring no members."""
_CLOSES = {")": 1, "]": 1, "}": 1, ">": 1, ">>": 2}
_BEHIND_A_FIELD = frozenset((":", "=", "?", "!", ";", "<"))


@define(frozen=True, slots=True)
class Body:
    """What one definition of a class says."""

    names: Sequence[str]
    bases: Sequence[str]
    whole: bool
    """Whether it has no other members than these and those of its bases."""


def body_of(vocabulary: Vocabulary, tokens: Ids) -> Body:
    """Read the definition of a class from the raw tokens behind its name."""
    lines = _lines_of(vocabulary, tokens[:_AT_FIRST])
    if not lines.ended and len(tokens) > _AT_FIRST:
        lines = _lines_of(vocabulary, tokens)
    texts, find = vocabulary.texts, vocabulary.find
    head = _words(vocabulary, tokens[: lines.first])
    inside = _in_one_line(head)
    head = head[: head.index("{")] if "{" in head else head
    go = head[:1] in (["struct"], ["interface"])
    bases, whole = _bases(head)
    names: dict[str, None] = {}
    end, ended, own = lines.end, lines.ended, lines.own
    if inside is not None:  # what stands below is no part of it
        end, ended, own = lines.first, True, []
        for words in inside:
            if go:
                go_fields(words, names, bases)
            else:
                names.update(dict.fromkeys(_own_line(words)))
    for at, following in own:
        first = texts[tokens.item(at)].lstrip()
        # But for modifiers two words say what a line defines.
        some = _OF_LINE if go or first in _MODIFIERS or first.startswith(_RUBYS_MEMBERS) else 2
        words = _words(vocabulary, tokens[at : min(following, at + some)])
        whole = whole and first != "["  # `[key: string]: …` stands for any name
        if go:
            go_fields(words, names, bases)
        else:
            names.update(dict.fromkeys(_own_line(words)))
    symbols = vocabulary.canon.take(tokens[:end])
    # Members that are only ever assigned, in any method.
    for token in dict.fromkeys(_anywhere(symbols, find).tolist()):
        if is_word(texts[token]) and not texts[token][0].isdigit():
            names[texts[token]] = None
    for word in _OPEN_ENDED:
        whole = whole and not (symbols == find(word)).any()
    # Cut off before it ends, or a type that equals another: there may be more.
    return Body([*names], bases, whole and ended and "=" not in head[:1])


@define(frozen=True, slots=True)
class _Lines:
    """The lines of a definition, by the numbers of tokens."""

    first: int
    """Where the line of the name ends."""
    own: Sequence[tuple[int, int]]
    """Where each line of the class itself begins and ends: those that are indented as the first one is; what is deeper
    belongs to a method."""
    end: int
    ended: bool
    """Whether it ends there, and not only what was read of it."""


def _lines_of(vocabulary: Vocabulary, tokens: Ids) -> _Lines:
    starts = np.flatnonzero(vocabulary.canon.take(tokens) == NEWLINE)
    if not len(starts):
        return _Lines(len(tokens), (), len(tokens), False)
    # There are few kinds of line starts, each a token: what is to be known of them is asked of each kind once.
    kinds, kind_of = np.unique(tokens.take(starts), return_inverse=True)
    texts = [vocabulary.texts[kind] for kind in kinds.tolist()]
    over = np.flatnonzero(np.array([*map(leaves, texts)])[kind_of])
    number = int(over[0]) if len(over) else len(starts)
    end = int(starts[number]) if len(over) else len(tokens)
    begins = starts[:number] + 1
    ends = np.append(starts[1 : number + 1], len(tokens))[:number]
    # A blank line says nothing of the indentation.
    filled = np.flatnonzero(ends > begins)
    if not len(filled):
        return _Lines(int(starts[0]), (), end, bool(len(over)))
    indents = [text.lstrip("\n") for text in texts]
    own = indents[int(kind_of[filled[0]])]
    alike = filled[np.array([indent == own for indent in indents])[kind_of[filled]]]
    spans = zip(begins[alike].tolist(), ends[alike].tolist(), strict=True)
    return _Lines(int(starts[0]), [*spans], end, bool(len(over)))


def _in_one_line(head: Sequence[str]) -> list[list[str]] | None:
    """The members of a body whose braces stand in its first line (`struct Point { x: f64 }`), each as its words;
    None where they do not."""
    if "{" not in head:
        return None
    depth, parts = 0, [list[str]()]
    for word in head[head.index("{") :]:
        depth += (word in ("(", "[", "{", "<")) - _CLOSES.get(word, 0)
        if depth <= 0:
            return [part for part in parts if part]
        if depth == 1 and word in (",", ";"):
            parts.append([])
        elif depth > 1 or word != "{":
            parts[-1].append(word)
    return None


def _words(vocabulary: Vocabulary, tokens: Ids) -> list[str]:
    return [vocabulary.texts[token].lstrip() for token in tokens.tolist()]


def _anywhere(symbols: Ids, find: Callable[[str], int]) -> Ids:
    """The members that any line names: `self.x`, and parameters that a constructor makes members of."""
    point = np.flatnonzero(symbols[1:-1] == find(".")) + 1
    before = symbols[point - 1]
    found = symbols[point[_any_of(before, OWN, find)] + 1]
    property_ = np.flatnonzero(_any_of(symbols[:-2], _PROPERTIES, find))
    # `private readonly x`: the last of them counts.
    next_ = symbols[property_ + 1]
    named = next_[~_any_of(next_, _PROPERTIES | _MODIFIERS, find)]
    return np.concatenate((found, named))


def _any_of(symbols: Ids, words: Collection[str], find: Callable[[str], int]) -> npt.NDArray[np.bool_]:
    flags = np.zeros(len(symbols), np.bool_)
    for word in words:
        flags |= symbols == find(word)
    return flags


def _bases(head: Sequence[str]) -> tuple[list[str], bool]:
    """The bases that a definition names, and whether these are all that it has."""
    if head[:1] == ["("]:  # Python
        inner, bases, whole = head[1:], list[str](), True
    elif "extends" in head:  # JavaScript and TypeScript
        inner = head[head.index("extends") + 1 :]
        inner, bases, whole = inner[: inner.index("implements")] if "implements" in inner else inner, [], True
    else:
        return [], True
    depth, part = 0, list[str]()
    for word in (*inner, ","):
        if word in "([{<":
            depth += 1
            whole = whole and word != "("  # a base that is made by a call
        elif word in ")]}>" and depth:
            depth -= 1
        elif depth or word == ":":
            continue
        elif word in (",", ")"):
            if "=" in part:
                whole = whole and part[0] == "metaclass" and part[-1] == "ABCMeta"
            elif part and is_name(part[-1]):
                bases += [part[-1]] if part[-1] not in _BARE else []
            part = []
        else:
            part.append(word)
    return bases, whole


def _own_line(words: Sequence[str]) -> Iterator[str]:
    """The members that a line of the class itself defines."""
    if words[0].startswith(_RUBYS_MEMBERS):
        yield from (word for before, word in pairwise(words) if before == ":")
        return
    at = 0
    # A modifier may be a member's own name: `get(key)`, `static: bool`.
    while at < len(words) - 1 and words[at] in _MODIFIERS and words[at + 1] not in ("(", ":", "="):
        at += 1
    rest = words[at:]
    if len(rest) > 1 and (rest[0] in FUNCTIONS or rest[0] in ("class", "type", "const")):
        yield from (word for word in rest[1:2] if is_word(word))
    elif len(rest) > 1 and (is_name(rest[0]) or (rest[1] == "(" and is_word(rest[0]))):
        yield from rest[: 1 if rest[1] == "(" or rest[1] in _BEHIND_A_FIELD else 0]


def go_fields(words: Sequence[str], names: dict[str, None], bases: list[str]) -> None:
    """Add what a line of a struct or interface in Go defines: the names before a type (`a, b int`), a method of an
    interface, or the type that is embedded."""
    rest = [word for word in words if word != "*"]
    if rest and _may_name(rest[-1]) and (len(rest) == 1 or (len(rest) == 3 and rest[1] == ".")):
        bases += [rest[-1]]
        names[rest[-1]] = None
        return
    # Names and commas in turn, until a name is followed by its type.
    for at in range(0, len(words) - 1, 2):
        if _may_name(words[at]):
            names[words[at]] = None
        if words[at + 1] != ",":
            return


def _may_name(word: str) -> bool:
    """Whether a word may name a member; what is a keyword elsewhere may."""
    return is_word(word) and not word[0].isdigit()
