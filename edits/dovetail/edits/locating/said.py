"""Which of several places the words above an edit mean: "in class `B`", "the second `name`", "the last occurrence".

The names are those of the definitions around each place. One place alone may be named; a word that compares
("as in `A`"), or speaks of several ("both"), voids them all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ..live import LiveText
from ..model import Hunk
from ..reading.paths_in_prose import has_known_ending
from .candidate import Candidate
from .sections import sections
from .spans import MAX_TOLD, Span, owners_of

_VOID = re.compile(
    r"\b(?:both|all|each|every|any|either|neither|nor|not|except|other|others|unlike|as|like|same|similar\w*|already|before|after|"
    r"instead|rather|or|compar\w+|contrast|reference|example|see|unchanged|also|too|beide[ns]?|alle[ns]?|jede[rns]?|nicht|auch|wie)\b|n['’]t\b|都|也|两|所有|同样|像|不"
    r"|両方|全て|すべて|同じ|모두|둘 다",
    re.IGNORECASE,
)
"""What compares, or speaks of more than one place."""
_NOUN = (
    r"(?i:class|struct|interface|trait|module|function|method|component|rule|section|klasse|funktion|methode|classe|"
    r"fonction)"
)
_ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "last": -1,
    "erste": 0, "ersten": 0, "zweite": 1, "zweiten": 1, "dritte": 2, "dritten": 2, "letzte": -1, "letzten": -1,
}  # fmt: skip
_NTH = re.compile(
    rf"\b({'|'.join(_ORDINALS)})\s+(?:(occurrence|instance|match|copy|place|appearance|vorkommen|stelle|kopie)\b|`([^`]{{1,80}})`"
    rf"|({_NOUN})\b)",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"^[\s#>*_\-+]*+(?:\d{1,3}[.)]\s+)?(?:(?:first|then|next|now|finally|please|and|so|step \d{1,3})\b[,:]?\s+)*"
    r"(?:\**+`|\**+(?:"
    r"in|inside|within|for|to|update|change|modify|fix|edit|replace|adjust|rename|make|let|add|remove|delete|extend|rewrite"
    rf"|im|ersetz\w*|änder\w*|dans|remplac\w*|modifi\w*|en|reemplaza|cambia|no|na|{_NOUN}"
    rf"|(?:the|der|die|das|den|le|la|el)\s+(?:`|{_NOUN}|\w+\s+{_NOUN}|(?:{'|'.join(_ORDINALS)})\b))\b|[在将把修])",
    re.IGNORECASE,
)
"""How a line begins that tells where something is to be done."""
_INTRODUCES = re.compile(r"[:：][\s*_]*$|^\s*#{1,6}\s|^\s*\*\*.*\*\*\s*$")
_TOKEN = re.compile(r"[\w./\\-]+")
MAX_SAID = 600


def said(hunk: Hunk, candidates: Sequence[Candidate], live: LiveText, path: str) -> Candidate | None:
    """The one candidate that the words above a hunk name; None where they name none, or several."""
    words = hunk.sign.said
    if not words or len(words) > MAX_SAID or len(live) > MAX_TOLD:
        return None
    lines = [_TOKEN.sub(_no_path, line) for line in words.split("\n")]
    # What introduces an edit ends with a colon, or is a heading; other sentences may speak of the edit before.
    telling = "\n".join(line for line in lines if _INTRODUCES.search(line) and _LEADS.match(line))
    if not telling or _VOID.search(telling):
        return None
    owners = [*owners_of(path, live), *sections(path, live.lines)]
    around = [_around(owners, place, place + len(reading.old)) for reading, place in candidates]
    if len({place for _, place in candidates}) != len(candidates):
        return None
    by_name = _by_name(telling, around)
    if by_name is not None and _by_name("\n".join(lines), around) != by_name:
        return None
    by_count = _by_count(telling, around, owners)
    if by_name is not None and by_count is not None and by_name != by_count:
        return None
    chosen = by_name if by_name is not None else by_count
    # Lines that the hunk states itself speak against the words, where another candidate stands there.
    stated = hunk.header.old_start
    if chosen is None or any(place == stated != candidates[chosen][1] for _, place in candidates):
        return None
    return candidates[chosen]


def _no_path(found: re.Match[str]) -> str:
    """A word, unless it is a path: `src/B.py` names no class."""
    return " " if "/" in found[0] or has_known_ending(found[0]) else found[0]


def _around(owners: Sequence[Span], low: int, high: int) -> list[Span]:
    """The definitions that lines stand in, the innermost last."""
    return sorted((one for one in owners if one.start <= low and high <= one.end), key=lambda one: one.start)


def _by_name(words: str, around: Sequence[Sequence[Span]]) -> int | None:
    named = [{name for one in each for name in (one.one.name, one.one.parent) if name} for each in around]
    shared = set.intersection(*named)
    meant = [
        number for number, names in enumerate(named) if any(_names(words, name) for name in names - shared)
    ]
    return meant[0] if len(meant) == 1 else None


def _names(words: str, name: str) -> bool:
    """Whether words name a definition, in code's marks or beside what it is."""
    return bool(_naming(name).search(words))


@lru_cache(256)
def _naming(name: str) -> re.Pattern[str]:
    bare = re.escape(name)
    return re.compile(
        rf"`[^`\n]{{0,80}}(?<![\w$]){bare}(?![\w$])[^`\n]{{0,80}}`|\b{_NOUN}\s{{1,4}}['\"“*]{{0,2}}{bare}(?![\w$])"
        rf"|(?<![\w$.]){bare}['\"”*]{{0,2}}(?:\(\))?\s{{1,4}}{_NOUN}\b|(?<![\w$.]){bare}(?:\.|::|#)\w"
    )


def _by_count(words: str, around: Sequence[Sequence[Span]], owners: Sequence[Span]) -> int | None:
    found = _NTH.findall(words)
    if len(found) != 1:
        return None
    nth, occurrence, name, _ = found[0]
    at = _ORDINALS[nth.lower()]
    if not occurrence:
        # "The second `name`": every definition of the name holds one of the places.
        inner = [each[-1] if each else None for each in around]
        bare = name.removesuffix("()").rpartition(".")[2]
        holders = [one for one in owners if one.one.name == bare]
        if (
            not bare
            or len({id(one) for one in inner}) != len(inner)
            or [*map(id, inner)] != [*map(id, holders)]
        ):
            return None
    at = at if at >= 0 else len(around) - 1
    return at if at < len(around) else None
