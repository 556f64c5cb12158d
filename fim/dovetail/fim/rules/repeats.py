"""A text that says the same over and over: consecutive, and many times.

The same line several times with others between is how guards, cases and rules of a style sheet look; a row of equal
numbers is how tables look. Neither is repetition.
"""

from __future__ import annotations

import re

PERIODS = 6
"""Lines of the longest piece that is looked for."""
TIMES = 5
"""How often one line must stand in a row to be a repetition; longer pieces must come `TIMES_MORE` times."""
TIMES_MORE = 4
SHORT = 20
"""Characters of the longest piece that is looked for inside a line."""
SHORT_TIMES, SIGN_TIMES = 8, 48
"""How often such a piece must come, with a word in it, and without one (`0x00, 0x00`, `None, None`)."""
LONG, LONG_TIMES = 100, 4
"""Characters of the longest phrase that is looked for, and how often one must come."""
_PHRASE = re.compile(r"[^\W\d_]{2,}(?: [^\W\d_]+){2,}")
"""Three words beside each other: what is said, not what is listed."""

_LETTER = re.compile(r"[^\W\d_]")
_VALUE = re.compile(r"\b(?:\d\w*|true|false|none|null|nullptr|nil|nan|undefined)\b", re.IGNORECASE)
"""Values that rows of a table are made of: with punctuation between them they are no words."""


def repeated_lines(lines: list[str]) -> int | None:
    """How many of `lines` to keep where they end with the same piece over and over: up to the end of its first
    copy. None where they do not. Indentation counts, and pieces without any letter are never repetitions."""
    for period in range(1, PERIODS + 1):
        # A single line may well come a few times; longer pieces need fewer copies to be a loop.
        times = TIMES if period == 1 else TIMES_MORE
        if len(lines) < period * times:
            break
        piece = lines[-period:]
        # Rows of braces or rules of signs repeat in any code.
        if not _LETTER.search("".join(piece)):
            continue
        start = len(lines) - period
        while start >= period and lines[start - period : start] == piece:
            start -= period
        if (len(lines) - start) // period >= times:
            return start + period
    return None


def repeats_itself(text: str) -> bool:
    """Whether `text` ends with a few characters over and over. A rule of one character (-----) does not count."""
    # Only as much of the end as the longest piece needs.
    whole = text.rstrip()[-LONG * (LONG_TIMES + 1) :]
    text = whole[-SHORT * SHORT_TIMES * 2 :]
    for size in range(2, SHORT + 1):
        piece = text[-size:]
        if len(set(piece.strip())) < 2:
            continue
        # Rows of values (`0, 0, 0,`) and punctuation repeat in real code, so more copies are needed.
        words = _LETTER.search(_VALUE.sub("", _between_commas(piece)) if "," in piece else piece)
        times = SHORT_TIMES if words else SIGN_TIMES
        if text.endswith(piece * times):
            return True
    return _says_again(whole)


def _says_again(text: str) -> bool:
    """Whether `text` ends with the same phrase over and over ("This is it. This is it. …")."""
    if not _PHRASE.search(text[-LONG:]):
        return False
    # From the end backwards, the last sign included once: the space between copies need not end the text.
    for size in range(8, min(LONG, len(text) // (LONG_TIMES - 1)) + 1):
        copies = text[-size * (LONG_TIMES - 1) :]
        if copies == copies[:size] * (LONG_TIMES - 1) and _PHRASE.search(copies[:size] * 2):
            start = text[: -len(copies)]
            # The first copy has no space in front of it where the text begins with it.
            return start.endswith(copies[:size].lstrip())
    return False


def _between_commas(piece: str) -> str:
    """What stands in a row of `piece` over and over, wherever in a value the piece begins (`x00, 0`)."""
    row = piece * 3
    return row[row.index(",") + 1 : row.rindex(",")]
