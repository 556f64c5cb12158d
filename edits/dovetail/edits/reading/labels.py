"""What the words above a block say: which file it is of, and what it is.

A path counts only by how it is written. One with a known ending may stand for itself; a word that merely has a
dot or a slash ("Node.js", "CI/CD") names a file only where such a file exists. The words around the path say
whether the block is the file ("Update src/a.py:"), a part of it ("Add to"), or no edit at all ("Then run", "It
prints"). Of other languages than English a few words say so (`tongues`); else the path and the form of the line decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from attrs import define

from ..model import FileSign
from .paths_in_prose import (
    BARE_NAMES,
    DRESS,
    MAX_PATH,
    has_known_ending,
    may_be_path,
    path_token,
    undressed,
)
from .tongues import (
    PART,
    QUOTED,
    RUN,
    negated_elsewhere,
    said_to_be_a_part,
    said_to_be_quoted,
    said_to_run,
)
from .vocabulary import words

MAX_LINE = 400
"""Characters of a line of prose that is looked at."""


@define(frozen=True, slots=True)
class Token:
    """A path in a line of prose."""

    path: str
    sure: bool
    """It has a known ending or name; otherwise it names a file only where one is there."""
    lines: tuple[int, int] | None = None
    """Lines of the file that the label states, from 1, both included."""


@define(frozen=True, slots=True)
class Label:
    """A line of prose that names files."""

    line: int
    words: str
    tokens: tuple[Token, ...]
    sign: FileSign
    item: bool = False
    """An entry of a list."""


@define(frozen=True, slots=True)
class Role:
    """What the words near a block say that it is."""

    run: str = ""
    """The word that says that it is run, or what it prints."""
    quoted: str = ""
    """The word that says that it shows what is there."""
    part: str = ""
    """The word that says that it is a part of the file."""
    whole: str = ""
    new: str = ""
    describes: bool = False
    """What says that it is run or shown may as well tell what the code is about ("`jobs.py` runs the jobs:")."""


_TAG = re.compile(r"^</?[A-Za-z_][\w:-]*(?:\s[^<>]*)?>")
_PATH_TAG = re.compile(
    r"^<(path|file|file_?path|file_?name|name|target_?file)>([^<>]{1,300})</\1>$", re.IGNORECASE
)
_MARKUP = re.compile(
    r"</?(?:b|strong|em|i|code|kbd|summary|details|h[1-6]|p|br|u|span)(?:\s?/)?>", re.IGNORECASE
)
"""Tags that only say how a line looks."""
_LEAD = re.compile(r"^(?:#{1,6}\s+|[-*+•]\s+|\d{1,3}[.)]\s+|>\s?|//+\s+|--\s+|;\s+)+")
_ITEM = re.compile(r"^\s*(?:[-*+•|]|\d{1,3}[.)])\s")
_CODE = re.compile(r"`([^`\n]{1,300})`")
_LINK = re.compile(
    r"\[((?:[^\[\]\n]|\[{1,2}[^\[\]\n]{1,100}\]{1,2}){1,300})\]\((?:[^()\n]|\([^()\n]{0,100}\)){0,300}\)"
)
"""A link of Markdown; its text and its target may hold brackets in pairs: `[(shop)/[id].tsx](./(shop)/[id].tsx)`."""
_LINES = re.compile(r"^(.*?)(?::(\d{1,7})(?:[-:–](\d{1,7}))?|#L(\d{1,7})(?:[-–]L?(\d{1,7}))?)$")
_ABBREVIATION = re.compile(r"^(?:[^\W\d_]\.){2,6}[,:;]?$")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FILLER = words(
    "file files filename filepath name path full new modified updated update updates updating create created",
    "creating creates edit edited edits editing modify modifying change changes changed in the to of is here",
    "here's this that at for code content contents version as follows following below your our and a an it should",
    "look looks like now with becomes become replace replaced replacing rewrite rewritten complete entire whole",
    "final result i i've we let's next then first second third also lines line overwrite by into scratch",
    "fixed corrected revised refactored implementation source be will would inside save write written add added",
)
_RUN = words(
    "run runs running execute executes executing launch invoke install activate try usage use uses using command",
    "commands terminal shell output outputs prints print printed prints returns gives produces produce get shows",
    "log logs logged traceback error errors fails failing diagnostics",
)
_QUOTED = words(
    "bug current currently existing old before problem issue wrong original originally was were had contains",
    "excerpt snippet example counterexample see bad broken faulty today compare fault mistake culprit flaw defect",
)
_PART = words(
    "add append insert put prepend include set delete remove drop extend part section bottom top end",
)
_ADDS_FILE = re.compile(
    r"\b(?:add|include|put|insert|füge|ergänze|ajoutez|ajouter|añade|agrega|adicione|aggiungi|добавьте|添加|追加|加入)\s*"
    r"(?:\b(?:a|an|the|this|that|another|new|following|test|file|module|script|component|helper|page|class|config|die|eine|"
    r"das|den|neue[nrs]?|datei|un|une|le|la|nouveau|fichier|el|nuevo|archivo|um|novo|arquivo|il|nuovo|file|новый|файл)\b"
    r"\s*|新?文件\s*|called\s+|named\s+|(?:in|to|as)\s+a\s+new\s+|[,:]\s*)*\0",
    re.IGNORECASE,
)
"""What is said of a file that is added as such, a mark being its path: "Add a new file `a.py`", not "Add to `a.py`"."""
_COMPOUND = re.compile(
    r"\b(?:failing|failed|fails?|errors?|logs?|commands?|outputs?|usage|run|install|get|shell|terminal)[ -]"
    r"(?:tests?|test\s+cases?|cases?|specs?|handling|handlers?|boundar(?:y|ies)|class(?:es)?|pages?|"
    r"checks?|checking|reporting|paths?|line\s+(?:parser|flags?|options?)|patterns?|palettes?|parsers?|levels?|files?|"
    r"formats?|formatters?|rotation|dir(?:ectory)?|folders?|encodings?|streams?|config(?:uration)?s?|loops?|methods?|requests?|"
    r"endpoints?|routes?|limits?|tracking|statistics|counters?|scripts?|step)\b",
    re.IGNORECASE,
)
"""Words of a thing that a file may be about: "a failing test", "error handling", "the log level"."""
_CREATES = re.compile(
    r"\b(?:creat(?:e|es|ed|ing)|write|save|store|extract(?:ed)?|move[sd]?|generate|introduce|scaffold)\b[^.;!?\0]{0,120}\0",
    re.IGNORECASE,
)
"""What is said of a file that is made, a mark being its path."""
_TELLS_TO_RUN = re.compile(
    r"(?:^|[.;:,!]\s*|\b(?:then|now|and|can|to|you|please|or|by|with|how|when|the|your|current|its)\s+)"
    r"(?:run|running|execute|executing|launch|invoke|use|using|try|usage|outputs?|commands?|terminal|shell|install|activate|"
    r"traceback|errors?|logs?|diagnostics|see|compare|current|currently|before|original|old|existing|excerpt|snippet)\b"
    r"|\b(?:prints?|printed|outputs?|returns?|shows?|gives|logs|produces|contains|had|has|were|was|runs|see)"
    r"(?:\s+(?:this|that|these|the\s+following|out|something\s+like(?:\s+this)?))?\W*$",
    re.IGNORECASE,
)
"""What tells to run something, or names what is shown, rather than telling what the code does."""
_FIX = words(
    "fix fixed fixes corrected correct updated update new version replace change becomes become should instead",
    "rewrite rewritten modify modified refactored revised adjusted improved simplified reworked raised lowered",
    "increased reduced renamed switched tidied",
)
_NEGATED = re.compile(
    r"^(?:(?:please|but|so|and|again|note|also|you|we|just)[,:]?\s+)*"
    r"(?:do\s+not|don['’]?t|never|avoid|no\s+need\s+to|rather\s+than|instead\s+of|(?:must|should|may|can)\s*(?:not|n['’]?t))\b",
    re.IGNORECASE,
)
"""How a line begins that tells not to do something. What stands below is meant where the line points to it, or says
no more than a verb: "Don't do this:", "Avoid:", but not "Avoid global state:"."""
_BELOW = words("this that these following such below so")
_DOING = words("do doing write writing use using apply applying make making change edit put as like it")
_NOT_SO = re.compile(
    r"\b(?:should|must|could|would|can|may)\s*(?:not|n['’]t)\s+(?:be|look|read|become)\b"
    r"|^(?:taken\s+|copied\s+|quoted\s+)?from:?$"
    r"|\b(?:does|do)\s*(?:not|n['’]t)\s+(?:need|have)\s+(?:to\s+(?:be\s+)?)?(?:any\s+)?chang"
    r"|\b(?:needs?|requires?)\s+no\s+(?:\w+\s+)?chang|\bno\s+changes?\s+(?:is\s+|are\s+)?(?:needed|required|necessary)",
    re.IGNORECASE,
)
"""What is said, paths aside, of a block that shows what is there or what is not to be there."""
_SHOWS = re.compile(
    r"\b(?:(?:i|you|we)(?:\s+(?:currently|already|still|now))?\s+have|there\s+(?:is|are)|(?:already|that|because|since)(?:\s+it)?\s+"
    r"(?:has|does|defines|holds)|is\s+called|looking\s+at|look\s+at|similar\s+to|(?:as|like)\s+in|based\s+on|mirrors|quoting|per|"
    r"(?:comes|came|defined|found|stands)\s+(?:in|from)|at\s+the\s+moment|elsewhere|it\s+says)"
    r"(?:\s+(?:this|the\s+following|here|like\s+(?:so|this)))?$"
    r"|\byou\s+(?:wrote|showed|gave|posted|pasted|sent|shared)(?:\s+(?:me|us))?(?:\s+(?:this|it|the\s+following))?(?:\s+(?:in|from))?$"
    r"|\bi\s+(?:found|saw)(?:\s+this)?(?:\s+in)?$|^(?:code\s+)?review(?:\s+of)?$|^(?:suppose|assume|given\s+(?:this|the\s+following))\b|\bright\s+now\b"
    r"|\b(?:relevant|problematic|offending|affected)\s+(?:part|code|section|lines?|block|function|method)\b",
    re.IGNORECASE,
)
"""What is said of a block that shows what is there: "In a.py you have", "Similar to a.py", "You wrote in a.py"."""
_ASKS = re.compile(
    r"^(?:which|should\s+(?:i|we|this|it)|shall\s+(?:i|we)|(?:do|did|would)\s+you|want\s+me|is\s+(?:this|that|it)|are\s+(?:these|you)|"
    r"does\s+(?:this|that))\b[^?]{0,300}\?$",
    re.IGNORECASE,
)
"""What asks rather than tells: "Which of these do you want in a.py?"."""
_AFTERWARDS = words(
    "now then after afterwards should will would must finally becomes become new updated final"
)
_WITHOUT = re.compile(
    r"\b(?:without|no|fix(?:es|ed|ing)?|solv(?:es|ed|ing)|avoid(?:s|ed|ing)?|against)\s+(?:the\s+|this\s+|that\s+|any\s+|your\s+)?"
    r"(?:bug|problem|issue|error)s?\b",
    re.IGNORECASE,
)
_MIGHT = words("could might may would shall perhaps maybe possibly consider suggest suggestion example")
"""Words of what is not done, but might be."""
_OF_A_PART = words("function method class snippet section block example component struct handler")
"""What may be complete without being the file."""
_ALL_OF_IT = re.compile(
    r"\b(?:replace|overwrite|rewrite)s?\s+(?:all\s+(?:of\s+)?)?(?:(?:the|its|your|this)\s+)?(?:current\s+|existing\s+)?"
    r"(?:contents?|file)\b",
    re.IGNORECASE,
)
"""What is said of a file that is replaced: "Replace the contents of Procfile with"."""
_WHOLE = words("complete full entire whole completely entirely overwrite")
_NEW = words("create created creates creating new")


def read_label(line: str, number: int) -> Label | None:
    """The paths that a line of prose names; None where it names none."""
    text = line.strip()
    if not text or len(line) > MAX_LINE:
        return None
    # A tag that only dresses a path is taken off; any other tag is no label.
    if text[0] == "<":
        text = _MARKUP.sub(" ", _PATH_TAG.sub(r"\2", text)).strip()
        if not text or _TAG.match(text):
            return None
    bare = _LEAD.sub("", text)
    tokens: list[Token] = []
    # Links and code first: what an author marked up as a path is surer than any word of the sentence.
    rest = bare

    def take(found: re.Match[str]) -> str:
        token = _token(found[1], dressed=True)
        if token is None:
            return found[0]
        tokens.append(token)
        return " "

    if "](" in rest:
        rest = _LINK.sub(take, rest)
    if "`" in rest:
        rest = _CODE.sub(take, rest)
    words: list[str] = []
    # "文件：src/a.py" has no blank behind its colon, and 、 parts words as a comma does.
    plain = rest.replace("\uff1a", ": ").replace("\u3001", ", ").split()
    # A line of few words may be a label as a whole: there a word that is a path only if the file is there
    # counts.
    alone = len(plain) <= 8
    for word in plain:
        token = _token(word, dressed=False)
        if token is not None and (token.sure or alone):
            tokens.append(token)
        else:
            words.append(word)
    if not tokens and len(plain) > 1 and (whole := _with_blanks(bare)):
        return Label(number, text[:120], (whole,), FileSign.LABEL, bool(_ITEM.match(line)))
    if not tokens:
        return None
    # One path twice is one path.
    distinct = {token.path: token for token in tokens}
    others = [word.lower() for word in _WORD.findall(" ".join(words))]
    label = all(word in _FILLER for word in others) and len(distinct) == 1 and not _question(" ".join(words))
    if not label:
        # A word that may be a path says nothing inside a sentence.
        distinct = {path: token for path, token in distinct.items() if token.sure}
        if not distinct:
            return None
    sign = FileSign.LABEL if label else FileSign.SENTENCE
    return Label(number, text[:120], tuple(distinct.values()), sign, bool(_ITEM.match(line)))


@lru_cache(4096)
def _token(written: str, dressed: bool) -> Token | None:
    """The path that a word, or the text between two backticks, can only be meant as."""
    text = undressed(written)
    # `e.g.` and `z.B.` end as a file may.
    if _ABBREVIATION.match(text):
        return None
    # In this order: the stop ends the sentence, not the name; what it hid may be dressed again.
    text = undressed(text.rstrip(".,;:!?")).rstrip(":")
    # Without the line numbers: a colon is part of no path.
    if not text or len(text) > MAX_PATH or not may_be_path(text.partition(":")[0].partition("#")[0]):
        return None
    lines = None
    if not text.startswith(("http://", "https://")) and (found := _LINES.match(text)):
        start = int(found[2] or found[4])
        text, lines = found[1], (start, int(found[3] or found[5] or start))
    # Spaces are told from words only where quotes or backticks say what belongs together.
    if not dressed and " " in text:
        return None
    if text[:1] == "@" and "/" in text and has_known_ending(text):
        text = text[1:]  # "@src/a.py": how some chats mention a file
    kind = path_token(text)
    if not kind:
        return None
    sure = kind == "sure" or (dressed and kind == "likely")
    return Token(text, sure, lines)


def _with_blanks(text: str) -> Token | None:
    """A path that holds spaces, alone on its line: `my notes/a.txt`. It names a file only where one is there."""
    text = undressed(undressed(text).rstrip(":"))
    head, colon, rest = text.partition(": ")
    if colon and all(word.lower() in _FILLER for word in head.split()):
        text = rest.strip()
    parts = text.split()
    if not 2 <= len(parts) <= 4 or not has_known_ending(parts[-1]) or parts[0].lower() in _FILLER:
        return None
    return Token(text, False) if path_token(text.replace(" ", "_")) else None


def without_paths(line: str) -> str:
    """A line without the paths in it, and without what is written as code or a link."""
    text = _CODE.sub(" ", _LINK.sub(" ", _LEAD.sub("", line.strip())))
    return " ".join(word for word in text.split() if _token(word, dressed=False) is None)


def _with_marks(lines: Sequence[str]) -> str:
    """The lines with a mark in the place of every path."""

    def mark(found: re.Match[str]) -> str:
        return " \0 " if _token(found[1], dressed=True) is not None else " "

    text = " ".join(_CODE.sub(mark, _LINK.sub(mark, line)) for line in lines)[-2 * MAX_LINE :]
    return " ".join("\0" if _token(word, dressed=False) is not None else word for word in text.split())


def negated(line: str) -> str:
    """The words with which a line says that what stands below it is not to be done; '' for none."""
    if len(line) > MAX_LINE:
        return ""
    # Only the last sentence of the line stands right above the block.
    text = _LEAD.sub("", line.strip()).strip(DRESS + "_()[]<>{}").rpartition(". ")[2]
    found = _NEGATED.match(text)
    if not found:
        return negated_elsewhere(text)
    rest = " ".join(word for word in text[found.end() :].split() if _token(word, dressed=False) is None)
    said = [word.lower() for word in _WORD.findall(rest)]
    # "Don't forget to do this:" tells to do it.
    points = not _BELOW.isdisjoint(said) and not {
        "forget",
        "worry",
        "miss",
        "hesitate",
        "need",
        "mind",
    } & set(said)
    return found[0].strip() if points or all(word in _DOING for word in said) else ""


def role_of(lines: Sequence[str]) -> Role:
    """What the words of these lines, without the paths in them, say of the block below them."""
    # The last characters: the words nearest to the block say most.
    text = " ".join(_CODE.sub(" ", _LINK.sub(" ", line)) for line in lines)[-2 * MAX_LINE :]
    kept = " ".join(word for word in text.split() if _token(word, dressed=False) is None)
    spoken = [word.lower() for word in _WORD.findall(_COMPOUND.sub(" ", _WITHOUT.sub(" ", kept)))]
    # Words of a correction: then the block is the new text, whatever else is said to run or to be wrong.
    fix = any(word in _FIX for word in spoken)

    # "with RATE set to 4" says what was done, not what is to be added.
    parts = [word for word, then in pairwise([*spoken, ""]) if (word, then) != ("set", "to")]
    marked = _with_marks(lines)
    adds_file = bool(_ADDS_FILE.search(marked))

    def first(known: frozenset[str], among: Sequence[str] = spoken) -> str:
        return next((word for word in among if word in known), "")

    # What speaks for the whole file, then what speaks against an edit, the surest first.
    all_of_it = _ALL_OF_IT.search(kept)
    whole = first(_WHOLE) or (all_of_it[0] if all_of_it else "")
    not_so = _NOT_SO.search(kept.strip(" :*#-"))
    shows = _SHOWS.search(kept.strip(" :*#-()")) if not fix and _AFTERWARDS.isdisjoint(spoken) else None
    # Of several the one nearest to the block is told.
    against = next(filter(None, map(negated, reversed(lines))), not_so[0] if not_so else "")
    against = against or (shows[0] if shows else "") or _question(kept)
    might = first(_MIGHT)
    return Role(
        describes=not (against or might)
        and bool(_CREATES.search(marked) or not _TELLS_TO_RUN.search(_LEAD.sub("", kept))),
        run=first(_RUN | RUN) or said_to_run(kept) if not fix else "",
        quoted=against or might or (first(_QUOTED | QUOTED) or said_to_be_quoted(kept) if not fix else ""),
        part="" if adds_file else first(_PART | PART, parts) or said_to_be_a_part(kept),
        whole=whole if not any(word in _OF_A_PART for word in spoken) else "",
        new=first(_NEW),
    )


def _question(text: str) -> str:
    """The question with which a text ends, where an answer to it decides what is to be written; '' for none."""
    last = re.split(r"[.!?:]\s+", text.strip(" *_#>-"))[-1]
    return last[:60] if _ASKS.match(last) else ""


__all__ = ["BARE_NAMES", "Label", "Role", "Token", "read_label", "role_of"]
