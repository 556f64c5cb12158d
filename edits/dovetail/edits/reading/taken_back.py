"""Words with which a reply takes back an edit that stands above them: "scratch that", "ignore the patch above".

Replies correct themselves half-way. What was taken back is not written, even where nothing comes in its place; what
only adds to it ("Oops, I forgot the import:") takes nothing back.
"""

from __future__ import annotations

import re

MAX_LINE = 400
"""Characters of a line of prose that is looked at."""
_MAY = re.compile(
    r"wait|hold on|hm|oops|actually|sorry|\bno[,.!:]|scratch|strike|mind|ignore|disregard|discard|forget|apply|thought"
    r"|reflection|back|moment|halt|vergiss|verwirf|ignor|attend|oubli|espera|olvid|descart|esque|aspetta|dimentica"
    r"|等等|不对|忽略|算了|待って|やっぱり|無視|잠깐|무시|подожд|забудь|игнорир|применяй",
    re.IGNORECASE,
)
"""A cheap first look: most lines of prose have none of these."""
_SENTENCE = re.compile(r"(?<=[.;!?])\s|[。；！？]")
_LEAD = re.compile(
    r"^[\s#>*_`~\-+]*(?:(?:but|and|so|please|or|oh|ah|well|okay|ok)\b[,:]?\s*)*", re.IGNORECASE
)
_EDIT = (
    r"(?:(?:the|that|this|my|all|both|of|these|those)\s+)*(?:(?:above|previous|first|second|last|earlier|other|original|whole)\s+)?"
    r"(?:patch(?:es)?|diffs?|edits?|changes?|blocks?|versions?|snippets?|hunks?|attempts?|answers?|one|above)\b"
)
_DEFINITE = re.compile(
    r"^(?:(?:actually|wait|no|hmm+|oops|sorry)\b[,.!:\s—–-]*)*(?:"
    r"(?:scratch|strike)\s+(?:that|this|the\s+above)\b"
    r"|never\s?mind\b(?:\s+(?:that|this|the\s+above|" + _EDIT + r"))?\s*(?:$|[,.:;!—–-])"
    rf"|(?:ignore|disregard|discard|forget)\s+(?:about\s+)?(?:{_EDIT}|(?:that|it|this)\s*(?:$|[,.:;!—–-]))"
    rf"|(?:do\s+not|don['’]?t)\s+apply\s+(?:{_EDIT}|(?:that|this|it)\b)"
    r"|i\s+take\s+(?:that|it|this)\s+back\b"
    r"|on\s+(?:second|further)\s+thoughts?\b|(?:up)?on\s+(?:further\s+|second\s+)?reflection\b"
    r"|thinking\s+about\s+(?:it|this)\s+(?:again|more)\b"
    r"|moment(?:\s+mal)?\s*[,:!].{0,40}\b(?:falsch|nicht|fehler)|halt\s*[,:!].{0,40}\b(?:falsch|nicht|fehler)"
    r"|(?:vergiss|verwirf|ignoriere?)\s+(?:das|den|die)\b|das\s+(?:war|ist)\s+(?:so\s+)?falsch\b"
    r"|(?:oubliez|oublie|ignorez|ignore)\s+(?:ça|cela|ce|le|la)\b|attend(?:ez|s)\b.{0,40}\b(?:faux|erreur|pas)\b"
    r"|(?:olvida|ignora|descarta)\s+(?:eso|esto|el|lo|la)\b|espera\b.{0,40}\b(?:mal|incorrecto|error)\b"
    r"|(?:esqueça|ignore|descarte)\s+(?:isso|o|a)\b|(?:dimentica|ignora)\s+(?:il|la|quello)\b"
    r"|(?:等等|等一下|不对).{0,30}(?:错|不对|应该)|(?:请)?忽略(?:上面|以上|上述|前面|之前)|算了"
    r"|(?:待って|やっぱり).{0,30}(?:間違|違|誤)|(?:上記|上の|先ほど).{0,20}(?:無視|取り消)"
    r"|(?:위|앞).{0,20}무시|잠깐.{0,30}(?:틀|잘못)"
    r"|(?:забудьте?|проигнорируйте|игнорируйте)\s|подождите.{0,40}(?:неверно|неправильно|ошибк)|не\s+применяйте\s"
    r")",
    re.IGNORECASE,
)
_HESITATES = re.compile(
    r"^(?:wait|hold\s+on|hmm+|hm|oops|whoops|actually|sorry|no)\b[,.!:\s—–-]", re.IGNORECASE
)
_CORRECTS = re.compile(
    r"\b(?:wrong(?:ly)?|not\s+(?:quite\s+)?(?:right|correct)|isn['’]?t\s+(?:right|correct)|incorrect|mistaken?|typo|simpler|better"
    r"|(?:won['’]?t|doesn['’]?t|wouldn['’]?t|does\s+not|will\s+not|would\s+not|would|will)\s+(?:work|compile|run|break|fail)|broken)\b",
    re.IGNORECASE,
)
_ADDS = re.compile(
    r"\b(?:also|too|as\s+well|another|missed|forgot|forgotten|if|unless|when|in\s+case)\b", re.IGNORECASE
)
"""What makes of a hesitation an addition, and of an order a condition."""


def takes_back(line: str) -> str:
    """The sentence of a line of prose that takes back what stands above it, shortened; '' for none."""
    if len(line) > MAX_LINE or not _MAY.search(line):
        return ""
    hesitates = False
    for sentence in _SENTENCE.split(line):
        text = _LEAD.sub("", sentence, count=1)
        # What only adds to the edit, or makes its taking back a condition, takes nothing back.
        if _ADDS.search(text):
            hesitates = False
            continue
        # "Oops. That is wrong." hesitates in one sentence and corrects in the next.
        hesitates = hesitates or bool(_HESITATES.match(text + " "))
        if _DEFINITE.match(text) or (hesitates and _CORRECTS.search(text)):
            return text.strip()[:80]
    return ""
