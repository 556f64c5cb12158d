"""Lines that stand for lines left out: "# ... existing code ...", "// rest unchanged", "(Rest bleibt unverändert)".

Some can be meant as nothing else. Others are comments that a person may write as well; they tell only where
lines go and nothing comes in their place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from ..model import ADD, KEEP, REMOVE
from .rest_elsewhere import says_it_stays, says_the_rest_stays_elsewhere

# Longer lines are text: "... existing code ..." is short in any language.
MAX_LENGTH = 200
_LEAD = re.compile(
    r"^(?:#\||#+|//+!?|/\*+|--+(?:\[\[)?|;+|%+\{?|<!--+|\{/\*+|\(\*+|\"\"\"|'''|\*|REM\b|@rem\b"
    # Blocks of comments in Haskell; Jinja, Twig, Handlebars, Go's templates, ERB, JSP, Razor, Smarty; PowerShell, Wasm
    r"|\{-+|\{#-?|\{\{-?[ \t]*/\*|\{\{![-]*|<%-?#|<%--|@\*|\{\*|<#|\(;+"
    r"|\{%-?[ \t]*comment[ \t]*-?%\}|dnl\b|::(?=[ \t]))[ \t]*",
    re.I,
)
_TAIL = re.compile(
    r"[ \t]*(?:\*+/\}?|--+>|\*\)|\]\]|\"\"\"|'''|\|#|-+\}|-?#\}|\*/[ \t]*-?\}\}|[-]*\}\}|-*%>|\*@|\*\}|#>|;+\)|%\}"
    r"|\{%-?[ \t]*endcomment[ \t]*-?%\})$"
)
_MARKED = re.compile(r"^[\"'!\\|⍝C.*N]{1,2}[ \t]*(?=\.\.\.|…)")
"""What begins a comment in few languages only (Vim, Visual Basic, Fortran …) and other things elsewhere: it counts with
dots on both sides."""
_TASK = re.compile(r"^(?:TODO|FIXME|XXX|NOTE|HACK)\b[ \t]?:?[ \t]*")
_DOTS = ("...", "…", "[...", "[…", "(...", "(…", "<...", "<…")
_FIRST = re.compile(
    r"^\W*(?:the |all |my |your |our |any )?(?:rest|remain\w*|existing|unchanged|previous|other|others"
    r"|omitted|same|original|"
    r"everything|snip\w*|truncated|more|keep|unmodified|skipp?ed|elided|code|implementation|continue[sd]?"
    r"|et cetera|etc|and so (?:on|forth)|ditto|idem|usw)\b",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"\b(?:rest|remaining|remainder|existing|previous|others?|everything|all|same|code"
    r"|original)\b[^.]{0,60}\b"
    r"(?:unchanged|the same|same|stays?|remains?|as before|as is|as above|as it was|as they were|here"
    r"|omitted|unmodified|"
    r"untouched|intact|continues?)\b"
    r"|\bun(?:changed|modified|touched)\b|\b(?:omitted|elided|snipped|truncated|abbreviated|skipped)\b"
    r"|\bfor brevity\b|^\W*(?:etc|et cetera|and so (?:on|forth)|ditto|idem|usw)\W*$"
    r"|\bas (?:before|above)\b|\bexisting (?:\w+ )?(?:code|methods?|functions?|imports?|content|logic"
    r"|implementation|tests?)\b"
    r"|\byour (?:\w+ )?code\b|\bno changes?\b|^\W*snip\W*$|\brest of (?:the |your )?\w+\W*$"
    r"|\bkeep (?:the )?(?:rest|existing)\b"
    r"|\bremaining (?:\w+ )?(?:code|methods?|functions?|imports?|tests?|lines?|fields|cases)\W*$"
    # German, Dutch, French, Spanish, Portuguese, Italian, Polish, Swedish, Turkish, Russian, Chinese, Japanese, Korean
    r"|\b(?:unverändert\w*|bleibt gleich|wie (?:bisher|zuvor|oben)|restliche\w*|bestehende\w*"
    r"|vorhandene\w*|übrige\w*|gekürzt)\b"
    r"|\b(?:ongewijzigd|bestaande|overige)\b|\b(?:inchang\w+|reste d\w+|existant\w*|comme avant"
    r"|sans changement)\b"
    r"|\b(?:sin cambios|resto d\w+|existente\w*|igual que antes|sem (?:mudanças|alterações)|inalterad\w+"
    r"|omitid\w+)\b"
    r"|\b(?:invariat\w+|resto del|come prima|omess\w+)\b|\b(?:bez zmian|reszta|istniejąc\w+)\b"
    r"|\b(?:oförändrad\w*|resten)\b"
    r"|\b(?:değişmedi|aynı kal\w+|mevcut kod)\b|\b(?:без изменений|остальн\w+|существующ\w+)"
    r"|其余|其他(?:代码|部分)|剩余|省略|保持不变|不变|原有|现有|残り|既存"
    r"|変更なし|変更なく|そのまま|同じ$|同上|[以后後]下?略|下略"
    r"|保持原样|没有变化|无需修改|나머지|기존|변경 ?없음|생략|동일|그대로|이하"
    r"|\bigual\b|\bgleich\b|\bidentique\w*\b|\bидентич\w*",
    re.IGNORECASE,
)
_FIRST_ELSEWHERE = re.compile(
    r"^\W*(?:(?:der|die|das|den|le|la|les|el|los|las|o|os|il|de|het)\s+)?"
    r"(?:rest\w*|übrige\w*|reste|resto|restante\w*|reszta|resten|autres?|otr[ao]s|outr[ao]s|andere\w*|overige|bestehende\w*"
    r"|vorhandene\w*|существующ\w+|остальн\w+|остаток|далее)\b"
    r"|^\W*(?:其余|其他|其它|剩余|剩下|后面|后续|以下|下面|余下|原有|现有|残り|他の|その他|既存|以降|나머지|이하|기존)",
    re.IGNORECASE,
)
"""How a comment begins, in other languages than English, that is about what is not shown."""
_COMPARES = re.compile(
    r"\b(?:as|like|than) (?:above|before|below)\b[^.]{0,80}\b(?:but|except|only|with|without)\b"
    r"|\bwie (?:oben|zuvor|bisher)\b[^.]{0,80}\b(?:aber|nur|mit|ohne)\b"
    r"|\b(?:comme|como|come) (?:avant|ci-dessus|antes|arriba|sopra|prima)\b[^.]{0,80}\b(?:mais|pero|mas|ma)\b",
    re.IGNORECASE,
)
"""What tells how the code below differs from that above: "same as above, but with a timeout"."""
_PLAINLY = re.compile(
    r"\b(?:unchanged|omitted|as before|for brevity|(?:stays?|remains?|is|are) (?:the )?same)[^\w]*$",
    re.IGNORECASE,
)
MAX_WORDS = 12


class Elision(IntEnum):
    """How surely a line stands for others."""

    NONE = 0
    MAYBE = 1
    """It may be a comment of its own; it tells where lines go and it alone comes."""
    SURE = 2


def elision(line: str) -> Elision:
    """Whether a line stands for lines that were left out."""
    text = line.strip()
    if not text or len(text) > MAX_LENGTH:
        return Elision.NONE
    lead = _lead(text)
    bare = _TAIL.sub("", text[lead.end() :]) if lead else text
    bare, task = _without_task(bare.strip()) if lead else (bare.strip(), False)
    if task:
        # "TODO: ..." may be a person's own; it tells only where lines go.
        return Elision.MAYBE if _says_so(bare) and len(bare.split()) <= MAX_WORDS else Elision.NONE
    starts, ends = (
        bare.startswith(_DOTS),
        bare.endswith(("...", "…", "...]", "…]", "...)", "…)", "...>", "…>")),
    )
    # Without dots and brackets: what is said, if anything.
    inner = bare.strip(".…[]()<>{} \t")
    if not lead:
        # Outside a comment only what can be no code.
        # `... text ...` with room for a text, or dots alone. `...args` and `[...a, ...b]` are code.
        if starts and (not inner or (ends and len(bare) > 4)):
            return Elision.SURE if not inner or (bare[0] in ".…[<" and not _is_code(bare)) else Elision.NONE
        return Elision.SURE if starts and not _is_code(bare) and _FIRST.match(inner) else Elision.NONE
    # In a comment many words are a person's explanation, even with dots in front.
    few = len(inner.split()) <= MAX_WORDS
    if starts and (not inner or (few and (ends or _FIRST.match(inner)))):
        return Elision.SURE
    if not few or not inner:
        return Elision.NONE
    if ends and _FIRST.match(inner) and _PHRASE.search(inner):
        return Elision.SURE
    return Elision.MAYBE if _says_so(inner) else Elision.NONE


def _lead(text: str) -> re.Match[str] | None:
    """How a comment begins, where a line is one."""
    lead = _LEAD.match(text)
    if lead is not None or not text.endswith(("...", "…")):
        return lead
    marked = _MARKED.match(text)
    return marked if marked and _FIRST.match(text[marked.end() :].lstrip(".… ")) else None


def _says_so(text: str) -> bool:
    """Whether a text speaks of lines that are not shown, in any language."""
    return bool(_PHRASE.search(text)) or says_it_stays(text)


def _is_code(text: str) -> bool:
    """`...rest`, `...args)`, `...base,`: spread syntax, and the tails of it."""
    return bool(re.match(r"^[.…]{1,3}[\w$(\[{]", text))


def is_elision(line: str) -> bool:
    """Whether a line can only stand for lines that were left out."""
    return elision(line) is Elision.SURE


def _without_task(text: str) -> tuple[str, bool]:
    """A comment without the word that makes it a task, and whether there was one."""
    bare = _TASK.sub("", text)
    return bare, bare != text


def says_the_rest_stays(line: str) -> bool:
    """Whether a comment is about what is not shown and nothing else: "rest of the function unchanged"."""
    text = line.strip()
    lead = _lead(text)
    inner = _without_task(text[lead.end() :])[0].strip(" .…[]()<>{}=-*/") if lead else ""
    # A comparison ("same as above, but …") tells what is different, and so leaves nothing out.
    if not inner or len(inner.split()) > 8 or _COMPARES.search(inner):
        return False
    if says_the_rest_stays_elsewhere(inner):
        return True
    return bool(_PHRASE.search(inner) and (_FIRST.match(inner) or _FIRST_ELSEWHERE.match(inner)))


def replaces_lines(lines: Sequence[tuple[str, str]]) -> str:
    """The comment that came in the place of lines that are not there any more; '' where there is none.

    Looked for in each run of changed lines that loses more lines than it gains; a comment that says that the rest
    stays, wherever anything goes.
    """
    goes = {text.strip() for tag, text in lines if tag == REMOVE and text.strip()}
    # Each run of changed lines between kept ones: a comment replaces what stood where it stands.
    runs: list[list[tuple[str, str]]] = [[]]
    for tag, text in lines:
        if tag == KEEP:
            runs.append([])
        else:
            runs[-1].append((tag, text.strip()))
    # Where as many such comments go as come, here and not elsewhere, the file itself speaks so.
    for run in runs:
        removed = [text for tag, text in run if tag == REMOVE and text]
        stays = [text for tag, text in run if tag == ADD and text not in goes and says_the_rest_stays(text)]
        if len(stays) > sum(map(says_the_rest_stays, removed)):
            # Where nothing goes, only what could be said of nothing else.
            told = [text for text in stays if goes or _PLAINLY.search(text)]
            if told:
                return told[0]
    for run in runs:
        removed = [text for tag, text in run if tag == REMOVE and text]
        added = [text for tag, text in run if tag == ADD and text]
        said = [text for text in added if text not in removed and elision(text)]
        # More lines go than come, the comment not counted: it is there in their place.
        if len(said) > sum(bool(elision(text)) for text in removed) and len(removed) > len(added) - len(said):
            return said[0]
    return ""
