"""Text from elsewhere, made fit for a terminal or a log."""

from __future__ import annotations

import re

_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # unseen, or change the order
    "\ud800-\udfff"  # lone surrogates, which no terminal's encoding has
    "\U000e0000-\U000e007f"  # tags
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef"  # letters and marks without a shape
)
_PATTERN = re.compile(f"[{_UNSEEN}]")
_IN_A_LINE = re.compile(f"[\t\n{_UNSEEN}]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r", "\x1b": r"\e"}


def printable(text: str, *, one_line: bool = False) -> str:
    """`text` with every character that a terminal would obey, or that hides or reorders others, shown as its
    escape (`\\e`, `\\x9b`, `\\u202e`). Tab and line feed stay, unless it is to be one line.

    Control characters move the cursor, rewrite what was printed or set the clipboard; bidirectional overrides
    show a text in another order than it has (Boucher and Anderson, "Trojan Source", 2021).
    """
    return (_IN_A_LINE if one_line else _PATTERN).sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
