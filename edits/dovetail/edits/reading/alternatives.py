"""Words with which a reply offers one of several ways to do the same: "Option B", "Alternatively", "final version"."""

from __future__ import annotations

import re

_NOUN = (
    r"(?:option|alternative|approach|variant|variation|version|solution|choice|possibility|attempt|draft|"
    r"method|way)"
)
_COUNT = r"(?:[a-h]|\d{1,2}|one|two|three|four|i{1,3}|iv)"
_ORDINAL = (
    r"(?:first|second|third|fourth|other|another|alternative|final|initial|last|rough|simpler|shorter|safer|"
    r"better)"
)
_HEADING = re.compile(
    rf"^(?:{_NOUN}\s*[#:]?\s*{_COUNT}\b|(?:the\s+|an?\s+)?{_ORDINAL}\s+{_NOUN}\b|(?:draft|final|alternative)$|"
    r"alternatively\b|or(?:,| else\b| instead\b| as\b| if you\b)|another way\b|on second thou?ght|instead, )",
    re.IGNORECASE,
)
_DRESS = re.compile(r"^[\s#>*_`\-+]+")


def heading_of_alternative(line: str) -> str | None:
    """The heading, where a line offers a way; "" where a heading ends the ways; None for any other line."""
    if len(line) > 200 or not line.strip():
        return None
    text = _DRESS.sub("", line).rstrip(" *_:").strip()
    if _HEADING.match(text) and (len(text.split()) <= 6 or line.rstrip(" *_").endswith(":")):
        return text[:80]
    return "" if re.match(r"^#{1,6}\s", line) else None
