"""Words with which a reply offers one of several ways to do the same: "Option B", "Alternatively", "final version"."""

from __future__ import annotations

import re

from .vocabulary import words

_NOUN = (
    r"(?:option|alternative|approach|variant|variation|version|solution|choice|possibility|attempt|draft|"
    r"method|way)"
)
_COUNT = r"(?:[a-h]|\d{1,2}|one|two|three|four|i{1,3}|iv)"
_ORDINAL = (
    r"(?:first|second|third|fourth|other|another|alternative|final|initial|last|rough|simpler|shorter|safer|"
    r"better)"
)
_KIND = (
    r"(?:quick|simple|minimal|proper|robust|long-?term|short-?term|permanent|temporary|clean(?:er)?|recommended|preferred|"
    r"thorough|conservative|aggressive|safe)"
)
_HEADING = re.compile(
    rf"^(?:{_NOUN}\s*[#:]?\s*{_COUNT}\b|(?:the\s+|an?\s+)?{_ORDINAL}\s+{_NOUN}\b|(?:draft|final|alternative)$|"
    r"(?:my\s+)?(?:thinking|thoughts?|thought process|reasoning|scratch ?pad|scratch work|rough work)$|"
    rf"(?:{_KIND}\s+)+(?:fix|solution|approach|change|workaround|patch|version|variant|way)\b|"
    r"if you(?:['’]d|\s+would)?\s+(?:rather|prefer)\b|"
    r"alternatively\b|or(?:,| else\b| instead\b| as\b| if you\b)|another way\b|on second thou?ght|instead, )",
    re.IGNORECASE,
)
_STARTS = words(
    "the opt alt app var ver sol cho pos att dra met way fir sec thi fou oth ano fin ini las rou sim sho",
    "saf bet ins tho rea scr qui min pro rob lon per tem cle rec pre con agg",
)
_SHORT = ("a", "an", "my", "or", "on", "if")
"""How the words of a way begin. A cheap first look: most lines of prose begin otherwise."""
_MARK = re.compile(r"^#{1,6}\s")
_DRESS = re.compile(r"^[\s#>*_`\-+]+")


def _may_be(line: str) -> bool:
    start = line.lstrip(" \t\xa0#>*_`-+")[:3].lower()
    return start in _STARTS or start.rstrip(" ,\t\xa0") in _SHORT


def heading_of_alternative(line: str) -> str | None:
    """The heading, where a line offers a way; "" where a heading ends the ways; None for any other line."""
    # A heading is short; and this is asked of every line of prose.
    if len(line) > 200 or not line.strip():
        return None
    if not _may_be(line):
        return "" if line[0] == "#" and _MARK.match(line) else None
    text = _DRESS.sub("", line).rstrip(" *_:").strip()
    # Six words at most or a colon: a sentence that begins so is no heading.
    if _HEADING.match(text) and (len(text.split()) <= 6 or line.rstrip(" *_").endswith(":")):
        return text[:80]
    return "" if _MARK.match(line) else None
