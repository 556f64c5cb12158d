"""What is wrong with a suggestion, decided mechanically against the line that was really written."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum

from dovetail.fim.builtin.history import TypedLine
from dovetail.text import Snapshot, error_count

LARGEST = 100_000
"""Characters of a document that is parsed for this."""
_TOKEN = re.compile(r"\s+|[^\W\d]\w*|\d\w*|[^\w\s]")
_FORMAT = re.compile(r"^\s*```|<\|[\w ]{2,40}\|>|<(?:PRE|SUF|MID|EOT|fim_\w+)>")


class Error(StrEnum):
    """One kind. The first that holds is taken, in this order."""

    SILENT = "silent"
    """Nothing was shown at the start of a line."""
    FORMAT = "format broken"
    """It holds a code fence or a control token of a model."""
    BELOW = "repeats the line below"
    STALE = "stale"
    """It says again what stands before the cursor."""
    INDENTATION = "wrong indentation"
    """Right but for white space."""
    LONG = "too long"
    """All of the line, and more."""
    SHORT = "too short"
    """Right, and less than the line."""
    SYNTAX = "broken syntax"
    """With it the file has more syntax errors than with what was written."""
    NAME_ELSEWHERE = "wrong name, which exists elsewhere"
    NAME_NOWHERE = "wrong name, which exists nowhere"
    OTHER = "other text"


def judge(line: TypedLine, column: int, suggestion: str, known: Collection[str]) -> Error | None:
    """What is wrong with the first line of a suggestion at `column` of the line's body; None if it is exactly the rest.

    Args:
        known: all words of the workspace.
    """
    text, rest = suggestion.split("\n", 1)[0].rstrip("\r"), line.body[column:]
    if not text.strip():
        return Error.SILENT
    if text.rstrip() == rest:
        return None
    # In order of how plainly each says what went wrong; the first that holds is taken.
    if _FORMAT.search(suggestion):
        return Error.FORMAT
    below = next((one.strip() for one in line.below if one.strip()), "")
    if len(below) > 3 and (line.body[:column] + text).strip() == below:
        return Error.BELOW
    head = line.body[:column].strip()
    # Short heads (`if`, `x =`) begin many right answers.
    if len(head) > 3 and text.lstrip().startswith(head) and not rest.startswith(text):
        return Error.STALE
    if "".join(text.split()) == "".join(rest.split()):
        return Error.INDENTATION
    if text.startswith(rest):
        return Error.LONG
    if rest.startswith(text):
        return Error.SHORT
    if _breaks(line, column, text):
        return Error.SYNTAX
    name = _wrong_name(text, rest)
    if name:
        return Error.NAME_ELSEWHERE if name in known else Error.NAME_NOWHERE
    return Error.OTHER


def _wrong_name(text: str, rest: str) -> str:
    """The name of `text` at which the two part, where a name was written there; '' else."""
    for one, other in zip(_TOKEN.findall(text), _TOKEN.findall(rest), strict=False):
        # The first difference is where the suggestion went wrong; what follows is its consequence.
        if one != other:
            return one if one.isidentifier() and other.isidentifier() else ""
    return ""


def _breaks(line: TypedLine, column: int, text: str) -> bool:
    above, below = "".join(line.above), "".join(line.below)
    if len(above) + len(below) > LARGEST:
        return False
    counts = []
    # Compared with what was really written: the file may have errors of its own.
    for body in (line.body, line.body[:column] + text):
        path = f"file:///{line.path}"
        snapshot = Snapshot.open(path, f"{above}{line.indent}{body}\n{below}", language_id="")
        # Without a grammar there is no syntax to break.
        if snapshot.language is None:
            return False
        counts.append(error_count(snapshot.tree()))
    return counts[1] > counts[0]
