"""The keys that a file of data has at its outermost level: what a part of such a file, shown alone, lacks."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

_TOP = {
    (".yaml", ".yml"): re.compile(r"^[\"']?([\w./@$ -]{1,80}?)[\"']?[ ]?:(?:[ ]|$)"),
    (".toml", ".ini", ".cfg"): re.compile(r"^\[{1,2}([^\]\n]{1,120})\]{1,2}"),
}
"""By a file's ending, how a line begins that names a key or a table at its margin."""
_STRING = r"(\"(?:[^\"\\\n]|\\.)*\")"
_COMMENT = re.compile(_STRING + r"|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)")
_LAST_COMMA = re.compile(_STRING + r"|,(?=\s{0,200}[}\]])")
"""What some programs read in files of JSON: comments, and a comma behind the last entry. Strings are passed over."""


def keys_lost(path: str, old: Sequence[str], new: Sequence[str], goes: Collection[str] = ()) -> list[str]:
    """Outermost keys, or tables, of the old text that the new one lacks, in their order.

    Args:
        goes: names that are said to go.
    """
    had = _keys(path, old)
    has = set(_keys(path, new))
    return [key for key in had if key not in has and key not in goes]


def _keys(path: str, lines: Sequence[str]) -> list[str]:
    name = path.lower()
    if name.endswith((".json", ".jsonc", ".json5", ".ipynb")):
        return _of_json(lines)
    for endings, pattern in _TOP.items():
        if name.endswith(endings):
            # By the lines at the margin, which a part of such a file shows as well.
            found = (pattern.match(line) for line in lines)
            return list(dict.fromkeys(one[1].strip() for one in found if one))
    return []


def _of_json(lines: Sequence[str]) -> list[str]:
    text = "\n".join(lines)
    if "//" in text or "/*" in text:
        text = _COMMENT.sub(lambda found: found[1] or "", text)
    try:
        value = json.loads(_LAST_COMMA.sub(lambda found: found[1] or "", text))
    except (ValueError, RecursionError):
        # No JSON: nothing can be said of its keys, and the syntax is judged elsewhere.
        return []
    return list(value) if isinstance(value, dict) else []
