"""Two blocks, the text that goes and the text that comes: "Replace … with …", "Before … After", "Find … change to".

The words right above each block say which it is, and a label, or the sentence above the first, names the file. The
first block is a quote like any other: it has to stand in the file.
"""

from __future__ import annotations

import re

from attrs import evolve

from ...model import Extent, FileChange, FileSign, Hunk, Op, Reading, What
from ...tagging import tag_lines
from ..clean import outdent_fence
from ..labels import MAX_LINE, without_paths
from .contract import Fence, Found, ReplyText
from .fence_kinds import DIFF, OUTPUT, SHELL, contradicts, is_command

NAME = "before and after"
name = NAME
starts = "`~"
_THIS = (
    r"(?:\s+(?:the|this|that|these|those|following|current|existing|old|original|above|below|line|lines|code|block|part|"
    r"section|snippet|function|method|class|definition|statement|call|in|of|from|file|one|your|version|here|look|like))*"
)
_OLD = re.compile(
    rf"^(?:(?:in|dans|en|im|nel|inside|of|the|your|file|open|then|next|now|first|also|and|so|please|you|can|should|to)\s+|,\s*|:\s*"
    r"|(?:on|at|around|near)\s+)*(?:"
    rf"(?:replace|find|locate|change|search\s+for|look\s+for|swap|modify|update){_THIS}"
    r"|(?:the\s+)?(?:before|old|original|current|existing)(?:\s+(?:code|version|line|lines|text|block|implementation|content))?"
    r"|(?:is\s+|are\s+)?currently|from|instead\s+of(?:\s+this)?"
    r"|vorher|alt|ersetzen?(?:\s+sie)?(?:\s+\w+){0,3}|suchen?(?:\s+sie)?(?:\s+\w+){0,2}|finden?(?:\s+sie)?(?:\s+\w+){0,2}"
    r"|avant|ancien(?:\s+code)?|remplace[zr]?(?:\s+\w+){0,3}|trouvez(?:\s+\w+){0,2}"
    r"|antes|reemplaza(?:\s+\w+){0,3}|cambia(?:\s+\w+){0,3}|busca(?:\s+\w+){0,3}|substitua(?:\s+\w+){0,3}|troque(?:\s+\w+){0,3}"
    r"|prima|sostituisci(?:\s+\w+){0,3}|было|до|замените(?:\s+\w+){0,3}|найдите(?:\s+\w+){0,3}"
    r"|(?:修改|变更|改动|更改)?(?:之)?前(?:的代码)?|(?:原(?:来的?|始|有)?|旧|舊)(?:的)?(?:代码|代碼|コード|版)|(?:将|把|找到)(?:以下|这段|这行|下面的?)?(?:代码)?"
    r"|(?:変更|修正)前(?:のコード)?|(?:元|現在|古い)の?コード|기존\s?코드|이전\s?코드|변경\s?전|수정\s?전"
    r")\s*[.…]*$",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"^(?:\W*\b(?:then|next|now|first|also|and|so|please|you|can|should|to)\b)*\W*(?:replace|find|locate|change|search|look|swap|"
    r"modify|update|ersetze|suche|finde|remplace|trouvez|reemplaza|cambia|busca|substitua|troque|sostituisci|замените|найдите"
    r"|将|把|找到)",
    re.IGNORECASE,
)
"""What tells to do it."""
_NEW = re.compile(
    r"^(?:(?:and|then|now|so|please|you|can|it|this|that|them|these|to|with|replace|change|update|modify|make|swap|rewrite)\s+|,\s*)*(?:"
    r"(?:(?:replace|change|rewrite|update|modify|swap)\s+)?(?:(?:it|this|that|them)\s+)?(?:with|by|to|into|for|as)"
    r"(?:\s+(?:this|the|following|these|new|code|version|line|lines|block|one|instead|look|read|be|like|so))*"
    r"|(?:the\s+)?(?:after|new|updated|fixed|corrected|replacement)(?:\s+(?:code|version|line|lines|text|block|implementation|content))?"
    r"|(?:it\s+)?(?:becomes|should\s+(?:be|become|read|look\s+like)(?:\s+this)?)|now|use\s+this(?:\s+instead)?|follows"
    r"|nachher|neu|durch(?:\s+\w+){0,2}|(?:und\s+)?ersetzen?(?:\s+sie)?(?:\s+\w+){0,3}\s+durch(?:\s+\w+){0,2}|jetzt|mit"
    r"|après|nouveau(?:\s+code)?|par(?:\s+\w+){0,2}|después|por(?:\s+\w+){0,2}|depois|dopo|con(?:\s+\w+){0,2}"
    r"|стало|после|на(?:\s+\w+){0,2}"
    r"|(?:修改|变更|改动|更改)?(?:之)?后(?:的代码)?|(?:新|更新后|修改后)(?:的)?(?:代码|代碼|コード|版)|(?:改为|改成|替换为|替换成|换成|更改为|修改为)(?:以下代码|如下)?"
    r"|(?:変更|修正)後(?:のコード)?|新しいコード|새(?:로운)?\s?코드|변경\s?후|수정\s?후"
    r")\s*[.…]*$",
    re.IGNORECASE,
)
_ROWS = re.compile(
    r"\b(?:lines?|zeilen?|lignes?|l[íi]neas?|linhas?|righ[ae]|строк\w*)\s+\d{1,7}(?:\s?(?:-|–|to|and|bis|und|à|et|a|y|e|по|и)\s?"
    r"\d{1,7})?(?!\d)|(?:第\s?)?\d{1,7}\s?(?:[-–~〜到至]\s?\d{1,7}\s?)?行目?",
    re.IGNORECASE,
)
"""The lines that words name; the block says itself which they are."""
_ASIDE = re.compile(r"\([^()]{0,80}\)")
MAX_BETWEEN = 6
"""Lines between the two blocks."""


def read(reply: ReplyText, at: int) -> Found | None:
    if reply.fence is not None or not reply.prose or not reply.used < reply.prose[-1]:
        return None
    # The words must stand right above the block: at most one blank line between.
    last = reply.prose[-1]
    fence = reply.opens_fence(at)
    if fence is None or at - last > 2 or not _may_hold_code(fence) or not _said(reply.lines[last], _OLD):
        return None
    fence = _at_the_margin(reply, at, fence)
    middle = _close(reply, at, fence)
    second = _following(reply, middle, fence)
    if second is None:
        return None
    if again := reply.opens_fence(second):
        _at_the_margin(reply, second, again)
    close = _close(reply, second, fence)
    named = reply.file_for(at)
    told = _said(reply.lines[last], _ORDER)
    # "Before" and "after" below an edit may as well tell about it; what is told to be done is an edit of its own.
    if (named.trouble or named.sign.file is FileSign.BEFORE) and not (told and reply.last_path):
        return None
    old, new = reply.lines[at + 1 : middle], reply.lines[second + 1 : close]
    if contradicts(fence.language, named.path) or is_command(fence.language, named.path, old):
        return None
    trouble = named.trouble or (
        "the reply ends inside its code fence: it was cut" if close >= len(reply) else ""
    )
    if not any(line.strip() for line in old):
        trouble = trouble or "the block that is to be replaced is empty"
    hunk = Hunk(
        (Reading(tag_lines(old, new)),),
        first=at,
        last=min(close, len(reply) - 1),
        malformed=trouble,
        ends_plainly=True,
        sign=evolve(named.sign, what=What.EDIT, extent=Extent.PIECES),
    )
    reply.last_path = named.path or reply.last_path
    paths = (named.path,) if named.path else ()
    change = FileChange(Op.EDIT, paths, (hunk,), format=NAME, only_if_there=named.maybe)
    return Found(close + 1, (change,), (named.note,) if named.note else ())


def _may_hold_code(fence: Fence) -> bool:
    return fence.language not in DIFF | OUTPUT | SHELL


def _at_the_margin(reply: ReplyText, at: int, fence: Fence) -> Fence:
    """The fence with its lines as they are without the indentation that a list gives it."""
    if not fence.indent:
        return fence
    outdent_fence(reply.lines, at, fence.indent, fence.mark)
    reply.lines[at] = reply.lines[at][len(fence.indent) :]
    return evolve(fence, indent="")


def _said(line: str, words: re.Pattern[str]) -> bool:
    """Whether a line, its paths and its look aside, says no more than such words."""
    if len(line) > MAX_LINE:
        return False
    text = _ROWS.sub(" ", _ASIDE.sub(" ", without_paths(line))).strip(" \t:：,.*_#>-–—()[]`\"'")
    return bool(words.match(re.sub(r"\s+", " ", text)))


def _close(reply: ReplyText, at: int, fence: Fence) -> int:
    """The line that closes the fence of line `at`; the end of the reply where none does."""
    number = at + 1
    mark = fence.mark[0]
    while number < len(reply):
        line = reply.lines[number]
        if line[:1] == mark and len(line.rstrip(" \t")) >= len(fence.mark) and not line.strip().strip(mark):
            break
        number += 1
    return number


def _following(reply: ReplyText, close: int, fence: Fence) -> int | None:
    """The line that opens the block of what comes, where the words between say that it is that; None otherwise."""
    said: list[str] = []
    for number in range(close + 1, min(close + 1 + MAX_BETWEEN, len(reply))):
        line = reply.lines[number]
        opens = reply.opens_fence(number)
        if opens is not None:
            # Both blocks in one form, and one line of words between them: else the second is something else.
            alike = opens.language == fence.language and opens.mark == fence.mark
            return number if alike and len(said) == 1 and _said(said[0], _NEW) else None
        if line.strip():
            said.append(line)
    return None
