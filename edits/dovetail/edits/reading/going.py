"""Names that the words of a reply say are to go: "I removed `retry`", "`load` is now called `read`".

A definition given whole that lacks what the file's has may be a definition of which a part was left out, or one that
lost a part on purpose. Only words tell, so they are read, above the block and below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_LINE = 400
"""Characters of a line of prose that is looked at."""
MAX_NAMES = 200
_GOES = re.compile(
    r"\b(?:remov(?:e|es|ed|ing)|delet(?:e|es|ed|ing)|drop(?:s|ped|ping)?|renam(?:e|es|ed|ing)|inlin(?:e|es|ed|ing)"
    r"|merg(?:e|es|ed|ing)|mov(?:e|es|ed|ing)|no longer|gone|(?:get|gets|got|getting) rid of|is now called"
    r"|entfern\w{0,6}|gelöscht|umbenannt|supprim\w{1,6}|renomm\w{1,6}|elimin(?:a|é|ado|ada|amos)|quitado)\b"
    r"|删除|移除|去掉|重命名|削除|改名|삭제|제거",
    re.IGNORECASE,
)
_REPLACED = re.compile(
    r"\breplac(?:e|es|ed|ing) `(\w{1,80})(?:\(\))?` (?:method |function )?(?:with|by) `", re.IGNORECASE
)
_STAYS = re.compile(
    r"\b(?:not|n['’]t|never|without|instead of|rather than|keep|keeps|kept|nicht|kein\w?|sans|sin)\b|不要|保留",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.;!?])\s|[。；！？]")
_CODE = re.compile(r"`([^`\n]{1,120})`")
_NAME = re.compile(r"[^\W\d]\w*")
_PLAIN = re.compile(r"\b(?:[^\W\d]\w*_\w+|_\w+|[a-z][a-z0-9]*[A-Z]\w*)\b")
"""Words that only code has: with an underscore, or a capital inside."""
_DECORATORS = re.compile(r"\b(?:decorators?|annotations?)\b", re.IGNORECASE)
DECORATORS = "@"
"""Stands among the names where the words say that a decorator goes."""


def names_that_go(lines: Iterable[str]) -> frozenset[str]:
    """The names in sentences that say that something goes; none of a sentence that also says what stays."""
    names: set[str] = set()
    for line in lines:
        if len(line) > MAX_LINE:
            continue
        # By sentences: "Removed `a`. `b` stays." must not let `b` go.
        for sentence in _SENTENCE.split(line):
            said = _REPLACED.search(sentence)
            if said:
                names.add(said[1])
            # One that also says what stays may mean either with each of its names.
            if not _GOES.search(sentence) or _STAYS.search(sentence):
                continue
            for code in _CODE.findall(sentence):
                names.update(_NAME.findall(code))
            names.update(_PLAIN.findall(sentence))
            if _DECORATORS.search(sentence):
                names.add(DECORATORS)
        if len(names) > MAX_NAMES:
            break
    return frozenset(names)
