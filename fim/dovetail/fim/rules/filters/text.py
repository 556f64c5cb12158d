"""The first filters, about the text alone: line ends, hidden characters, control tokens, stop strings, sentences,
repetition."""

from __future__ import annotations

import re

from dovetail.text import context_at

from ...anchor import with_plain_ends
from ..repeats import repeated_lines, repeats_itself
from .brackets import scan
from .contract import Draft, Dropped, FilterContext

CONTROL = re.compile(
    r"<\|[A-Za-z_▁]{2,32}\|>|<｜[^｜<>\n]{2,24}｜>|<fim_(?:prefix|suffix|middle|pad)>|<\[fim-[a-z]{2,12}\]>"
)
"""Signs that no language writes, whatever model they are from. Those that could be code or text (`<PRE>`,
`<filename>`, `[SUFFIX]`) end an answer only where the family that answers has them (see `Generator.control_tokens`)."""

_STRUCK = "</s>"
"""Ends an answer in the families that come from LLaMA; elsewhere it is a tag that strikes text through."""
_ENDS = (_STRUCK, "<EOT>", "<end_of_turn>", "[/INST]")
"""With these an answer ends in some families; anywhere else in a text they may be what is meant."""
_TAGS = frozenset({"html", "markdown", "javascript", "tsx"})

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control characters (C0 but for tab and line feed, C1), direction marks, characters without width."""

_MARKUP = frozenset({"markdown", "html", "yaml", "toml"})
"""Languages in which a sentence may stand anywhere."""
_SORRY = re.compile(
    r"(?:I(?:['’]m| am) (?:sorry|unable|afraid|not able)|I can(?:not|['’]t| not) "
    r"|I (?:do not|don['’]t) (?:have|know|see) "
    r"|(?:Sure|Certainly|Of course|Okay)[!,.] [A-Z]|Here(?:['’]s| is) (?:the|your|an?) [a-z]+ [a-z]+"
    r"|I apologi[sz]e|As an AI|Sorry,|Unfortunately,|It (?:looks|seems) like (?:you|the|your) )"
)
_SAYS = re.compile(r"[A-Z][a-z]+(?: [a-z]+){2,}[^\n]*\.\Z")
"""A line of words that ends as sentences do."""
_APPLIES = frozenset({"haskell", "ocaml", "ocaml_interface", "sql"})
"""Languages in which words behind each other are code."""
_JOINERS = "\u200c\u200d"


def line_ends(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """`\\n` for every line end; the editor puts in the document's own."""
    return draft.with_text(with_plain_ends(draft.text))


def hidden_characters(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Drop a text with characters that do what nobody sees (an escape sequence, text that runs backwards, a name with
    an invisible character in it), unless the document has the same one already. Joiners in scripts and emoji stay."""
    for match in _HIDDEN.finditer(draft.text):
        sign, text = match.group(), draft.text
        # Joiners make letters of Arabic or Indic scripts, and emoji, out of two: between such they mean
        # something.
        around = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
        if sign in _JOINERS and len(around) == 2 and not around.isascii() and min(around) > "\u02ff":
            continue
        if sign not in context.request.snapshot.text:
            return Dropped(f"it holds an invisible character (U+{ord(sign):04X})")
    return draft


def control_tokens(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Cut at a model's control token, unless the document itself speaks of such tokens."""
    for match in CONTROL.finditer(draft.text):
        if match.group() in context.request.snapshot.text or _quoted(draft.text, match):
            continue
        if not draft.text[: match.start()].strip():
            return Dropped(f"the model sent only its control token {match.group()}")
        return draft.with_text(draft.text[: match.start()])
    return _without_end(draft, context)


def _without_end(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Without the token at the end of an answer, which closes nothing: no tag of markup, no part of a string."""
    text = draft.text.rstrip()
    language = context.request.snapshot.language
    end = next((one for one in _ENDS if text.endswith(one)), None)
    if end is None or language is None or language.name in _TAGS or end in context.request.snapshot.text:
        return draft
    before = text.removesuffix(end)
    # It closes a tag of the text, or stands in a string that is still open.
    if (end == _STRUCK and "<s" in context.head + before) or scan(context.head + before).quote:
        return draft
    return (
        draft.with_text(before.rstrip())
        if before.strip()
        else Dropped(f"the model sent only its control token {end}")
    )


def sentence(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Drop what a chat model says instead of code, where code is to be written: that it is sorry, or what the
    code would do."""
    request = context.request
    language = request.snapshot.language
    # In languages that write calls as words beside each other, a sentence may be code.
    says = _SAYS.match(draft.text.strip()) and language is not None and language.name not in _APPLIES
    if not says and not _SORRY.match(draft.text.strip()):
        return draft
    if language is None or language.name in _MARKUP or context.head.rstrip().endswith(">"):
        return draft
    if context_at(request.snapshot, request.position) is not None:
        return draft  # a comment, or a text
    return Dropped("the model answered with a sentence instead of code")


def _quoted(text: str, token: re.Match[str]) -> bool:
    """Whether a token stands alone between quotes: code that speaks of it."""
    before, behind = text[: token.start()][-1:], text[token.end() :][:1]
    return before != "" and before == behind and before in "\"'`"


def stop_strings(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Cut at the first stop string."""
    cut = min((at for stop in context.stops if stop and (at := draft.text.find(stop)) >= 0), default=-1)
    return draft if cut < 0 else draft.with_text(draft.text[:cut])


def repetition(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Cut what comes over and over in a row; drop a text that says again what stands right above it."""
    # Short texts repeat by nature (`0, 0, 0`).
    if len(draft.text) > 16 and repeats_itself(draft.text):
        return Dropped("the text repeats itself")
    lines = (context.head + draft.text).split("\n")
    if len(lines) == 1:
        return draft
    # As the stop rules see them, line by line: what is shown must not depend on how the text came.
    for count in range(1, len(lines) + 1):
        if (keep := repeated_lines(lines[:count])) is not None:
            return draft.with_text("\n".join(lines[:keep])[len(context.head) :])
    # As many lines above as the text has.
    above = [
        line.strip()
        for line in context.request.snapshot.lines.slice(
            context.request.position.line - len(lines), context.request.position.line
        )
    ]
    said = [line.strip() for line in lines if line.strip()]
    if len(said) > 1 and [line for line in above if line][-len(said) :] == said:
        return Dropped("the text repeats the lines above it")
    return draft
