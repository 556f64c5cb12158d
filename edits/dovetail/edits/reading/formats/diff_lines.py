"""What single lines of a unified diff say: the headers of files and of hunks, and the paths in them."""

from __future__ import annotations

import re

from ...model import Header
from ..paths_in_prose import spellings, unquote

GIT_HEADER = re.compile(r"^diff --git ")
_NUMBERS = re.compile(r"-\s?(\d{1,9})(?:,(\d{1,9}))?[ ,]+\+\s?(\d{1,9})(?:,(\d{1,9}))?")
_HUNK = re.compile(r"^@@(?:\s|$|-)")
_DOTS = re.compile(r"^\.{2,}(?:\s|$)|\s\.{2,}$|^\.$")
"""Dots that stand for numbers, or for more of a line; those of `.card {` and `.PHONY` are its own."""


def is_old(line: str) -> bool:
    """Whether a line may name the old file: a line of a hunk that goes may begin so as well."""
    return line.startswith("--- ") and bool(line[4:].strip())


def is_new(line: str) -> bool:
    """Whether a line may name the new file."""
    return line.startswith("+++ ") and bool(line[4:].strip())


def is_hunk_header(line: str) -> bool:
    """Whether a line starts a hunk, with numbers or without."""
    return bool(_HUNK.match(line))


def between_marks(line: str) -> tuple[str, str] | None:
    """What stands between the two marks of an `@@` line and behind them; None where there is one only."""
    end = line.find("@@", 2)
    if end < 0:
        return None
    return line[2:end].strip(), line[end:].lstrip("@")


def hunk_header(line: str) -> tuple[Header, str]:
    """The numbers of an `@@` line, and the line of the file that it names as its scope.

    What stands behind numbers is git's heading and no scope: the last line above that starts with a letter.
    """
    parts = between_marks(line)
    inner, heading = parts if parts else (line.lstrip("@").strip(), "")
    found = _NUMBERS.search(inner)
    if not found:
        return Header(), _DOTS.sub("", (heading or inner).strip()).strip()
    # A count that is left out is 1. With a count of 0 the start is the line before the place, so it stays as
    # it is once counted from 0: `-3,0` means behind line 3.
    start, count = int(found[1]), 1 if found[2] is None else int(found[2])
    new_count = 1 if found[4] is None else int(found[4])
    target = int(found[3])
    return (
        Header(
            max(start - 1, 0) if count else start,
            count,
            new_count,
            max(target - 1, 0) if new_count else target,
            heading.strip(),
        ),
        "",
    )


def spelt(path: str, has_prefix: bool) -> tuple[str, ...]:
    """The spellings of a path, most likely first."""
    if not path:
        return ()
    if not has_prefix:
        return (path,)
    # With nothing left behind its prefix, a path names no file.
    return spellings(path) if path[2:].strip("./") else (path[2:],)


def git_paths(line: str) -> tuple[str, str]:
    """The two paths of a `diff --git` line; empty where they cannot be told apart."""
    rest = line.split(" ", 2)[2] if line.count(" ") >= 2 else ""
    quoted = re.fullmatch(r'("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)', rest)
    if quoted:
        return unquote(quoted[1]), unquote(quoted[2])
    half = len(rest) // 2  # `a/x y b/x y`: the same path twice, with spaces in it
    if (
        rest[:half].startswith("a/")
        and rest[half + 1 :].startswith("b/")
        and rest[2:half] == rest[half + 3 :]
    ):
        return rest[:half], rest[half + 1 :]
    return "", ""
