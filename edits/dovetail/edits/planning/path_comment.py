"""The comment with which a model names a file in the first line of its code, which is no text of the file."""

from __future__ import annotations

import re

from attrs import evolve

from ..live import LiveText
from ..model import FileSign, Hunk
from ..reading.labels import read_label

_COMMENT = re.compile(r"^\s*(?:#|//|--|;|%|/\*|<!--)\s*|\s*(?:\*/|-->)\s*$")
_MARKER = re.compile(r"^\s*(?:#|//|--|;|%|/\*|<!--)\s*filepath:\s", re.IGNORECASE)
"""How Copilot names a file in the first line of its code; it is no text of the file."""


def without_path_comment(new: list[str], old: LiveText, path: str) -> list[str]:
    """Without a comment above everything that only names the file, which the file itself does not have."""
    first = next((line for line in new[:1] if line.strip()), "")
    named = _named_in_comment(first)
    if not named or old.positions(first.strip()) or not _ends_alike(named, path):
        return new
    # Models put the path in a comment on the first line, and a blank line below it.
    rest = new[1:]
    while rest and not rest[0].strip() and old.lines and old.lines[0].strip():
        rest = rest[1:]
    return rest


def _named_in_comment(line: str) -> str:
    """The path that a comment names and says nothing else of: `# a.py`, `// filepath: src/a.js`; '' for none."""
    bare = _COMMENT.sub("", line).strip()
    label = read_label(bare, 0) if bare and bare != line.strip() else None
    if label is None or label.sign is not FileSign.LABEL:
        return ""
    return label.tokens[0].path.replace("\\", "/")


def without_marker(hunk: Hunk, path: str) -> Hunk:
    """The text of a new file without a first line that only tells where it goes, where that is no text of it."""
    lines = hunk.readings[0].lines if hunk.readings else ()
    first = lines[0][1] if lines else ""
    # JSON has no comments; in other files one that has the path alone is as many people write it.
    if not (_MARKER.match(first) or path.lower().endswith((".json", ".csv"))):
        return hunk
    named = _named_in_comment(first)
    if not named or not _ends_alike(named, path):
        return hunk
    rest = lines[2:] if len(lines) > 1 and not lines[1][1].strip() else lines[1:]
    return evolve(hunk, readings=(evolve(hunk.readings[0], lines=rest),)) if rest else hunk


def _ends_alike(named: str, path: str) -> bool:
    """Whether one of two paths is the end of the other: the name alone, or all of a path on somebody's disk."""
    return f"/{path}".endswith(f"/{named.lstrip('/')}") or f"/{named}".endswith(f"/{path}")
