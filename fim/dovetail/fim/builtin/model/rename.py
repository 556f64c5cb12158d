"""The same line with other names: what stood after a similar head, in this line's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ..index.lexer import Vocabulary, is_word

_LEAST = 2
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|_+|.")


def renames(theirs: Sequence[str], ours: Sequence[str]) -> dict[str, str]:
    """Which name of `theirs` stands for which of `ours`, both heads read back from the cursor.
    Canonical tokens; only words are renamed, the first pair from the cursor wins."""
    pairs: dict[str, str] = {}
    # Backwards: next to the cursor is what the rest of the line depends on most.
    for their, our in zip(reversed(theirs), reversed(ours), strict=False):
        if their != our and is_word(their) and is_word(our):
            pairs.setdefault(their, our)
    return pairs


@lru_cache(maxsize=1 << 12)
def parts(their: str, our: str) -> tuple[str, str] | None:
    """The differing middles of two names that start or end with the same words ("get_foo", "get_bar" ->
    "foo", "bar"); None where they have no word in common."""
    a, b = _WORDS.findall(their), _WORDS.findall(our)
    limit = min(len(a), len(b))
    start = 0
    while start < limit and a[start] == b[start]:
        start += 1
    end = 0
    while end < limit - start and a[-1 - end] == b[-1 - end]:
        end += 1
    if not start + end:
        return None
    old, new = "".join(a[start : len(a) - end]), "".join(b[start : len(b) - end])
    return (old, new) if len(old) >= _LEAST and new else None


def renamed(vocabulary: Vocabulary, rest: Sequence[int], pairs: dict[str, str]) -> str | None:
    """The text of `rest` with names replaced, also inside longer names; None where nothing changes."""
    if not pairs:
        return None
    pieces: list[tuple[str, str]] = []
    for their, our in pairs.items():
        # A number stands for itself; replacing 1 by 2 everywhere would be a guess.
        if their[0].isdigit():
            continue
        piece = parts(their, our)
        if piece:
            pieces.append(piece)
        # Whole names inside longer ones too, if they are long enough not to be found everywhere.
        if len(their) >= 3:
            pieces.append((their, our))
    texts = [vocabulary.texts[token] for token in rest]
    whole = "".join(texts).lower()
    # Most rests hold none of the names: they are done before each token is looked at.
    if not any(old.lower() in whole for old, _ in (*pairs.items(), *pieces)):
        return None
    changed = False
    for index, text in enumerate(texts):
        bare = text.lstrip()
        if is_word(bare):
            new = pairs.get(bare) or _inside(bare, pieces)
            if new is not None:
                changed = True
                texts[index] = text[: len(text) - len(bare)] + new
    return "".join(texts) if changed else None


def _inside(word: str, pieces: list[tuple[str, str]]) -> str | None:
    for old, new in pieces:
        if old in word:
            return word.replace(old, new)
        # `user` → `order` also in `loadUser`: the same pair with its first letter in the other case.
        if old[:1].islower():
            old, new = old[:1].upper() + old[1:], new[:1].upper() + new[1:]
        else:
            old, new = old[:1].lower() + old[1:], new[:1].lower() + new[1:]
        if old in word:
            return word.replace(old, new)
    return None
