"""Histories, replayed: what was asked at which moment, and what was really typed.

The protocol of the temporal replay: before each commit the workspace is what came before it; the open file
is its new text up to the cursor, then the new text after the hunk that the line belongs to.
"""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from attrs import define

from .index.lexer import TOKEN, split_indent

PLACES = ("start", "token", "mid")
_LEAST_CHARACTERS = 8
LONGEST_TYPED = 160
"""Characters of a line; longer ones are mostly data."""


@define(frozen=True, slots=True)
class ReplayCase:
    """One place in one line that a commit adds."""

    path: str
    place: str
    above: tuple[str, ...]
    """The new text before the line, in lines with their ends."""
    head: str
    """The line up to the cursor."""
    rest: str
    """What was really typed, without trailing spaces."""
    below: tuple[str, ...]
    """The new text after the hunk."""


@define(frozen=True, slots=True)
class TypedLine:
    """One line that a commit adds, to be typed from its indentation on."""

    path: str
    above: tuple[str, ...]
    """The new text before the line, in lines with their ends."""
    indent: str
    body: str
    """What is typed behind the indentation; no spaces at its end."""
    below: tuple[str, ...]
    """The new text after the hunk."""


@define(frozen=True, slots=True)
class TypedCommit:
    """A commit: the lines that are typed of it, then the files it leaves (None: deleted)."""

    commit: str
    lines: tuple[TypedLine, ...]
    files: dict[str, str | None]


@define(frozen=True, slots=True)
class ReplayCommit:
    """A commit as it is replayed: what is asked about it, then the files it leaves (None: deleted)."""

    commit: str
    cases: tuple[ReplayCase, ...]
    files: dict[str, str | None]


@define(frozen=True, slots=True)
class History:
    repo: str
    files: dict[str, str]
    _commits: list[dict[str, Any]]

    @classmethod
    def load(cls, path: Path) -> History:
        """Read a history file (JSON lines, packed with xz or not).

        Raises:
            ValueError: the file is not a history; the text says why.
        """
        opener = lzma.open if path.suffix == ".xz" else open
        try:
            with opener(path, "rt", encoding="utf-8", newline="\n") as lines:
                head, *commits = [json.loads(line) for line in lines if line.strip()]
            return cls(str(head["repo"]), dict(head["files"]), commits)
        except (OSError, EOFError, lzma.LZMAError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is not a history file: {error}") from error

    def steps(
        self, seed: int = 0, per_commit: int | None = 5, places: tuple[str, ...] = PLACES
    ) -> Iterator[ReplayCommit]:
        """The commits in order. At most `per_commit` lines of each are asked about, chosen by `seed`."""
        chance = random.Random(seed)
        # One generator of random numbers for all commits: a line is drawn the same way on every run.
        for commit, added in self._added(chance, per_commit):
            files: dict[str, str | None] = commit["files"]
            cases = []
            for path, number, after in added:
                lines = _split(files[path] or "")
                for place in places:
                    found = _case(path, lines, number, after, place, chance)
                    if found:
                        cases.append(found)
            yield ReplayCommit(commit["commit"], tuple(cases), files)

    def typed(
        self, seed: int = 0, per_commit: int | None = 2, longest: int = LONGEST_TYPED
    ) -> Iterator[TypedCommit]:
        """The commits in order, with at most `per_commit` lines of each to type, chosen by `seed`. Lines of more
        than `longest` characters are left out."""
        for commit, added in self._added(random.Random(seed), per_commit):
            lines = []
            for path, number, after in added:
                text = _split(commit["files"][path] or "")
                indent, body = split_indent(text[number].rstrip())
                if body and len(indent) + len(body) <= longest:
                    # `text[after:]`, not what follows the line: the rest of the hunk is not written yet when
                    # this line is typed.
                    lines.append(TypedLine(path, tuple(text[:number]), indent, body, tuple(text[after:])))
            yield TypedCommit(commit["commit"], tuple(lines), commit["files"])

    def _added(
        self, chance: random.Random, per_commit: int | None
    ) -> Iterator[tuple[dict[str, Any], list[tuple[str, int, int]]]]:
        """Each commit with the lines chosen of it as (path, line, first line after its hunk)."""
        before = dict(self.files)
        for commit in self._commits:
            files: dict[str, str | None] = commit["files"]
            added = [
                (path, line, after)
                for path, text in sorted(files.items())
                if text is not None
                for line, after in added_lines(before.get(path, ""), text)
            ]
            # Sorted again, because lines are asked about in the order in which they stand.
            if per_commit is not None and len(added) > per_commit:
                added = sorted(chance.sample(added, per_commit))
            yield commit, added
            # Only behind the `yield`: while a commit is asked about, the workspace is what came before it.
            for path, text in files.items():
                if text is None:
                    before.pop(path, None)
                else:
                    before[path] = text


def added_lines(old: str, new: str) -> list[tuple[int, int]]:
    """The lines of `new` that a diff from `old` adds, as (line, first line after its hunk), zero-based;
    lines of less than 8 non-blank characters are left out."""
    a, b = _split(old), _split(new)
    return [
        (line, high)
        # Sorted, so that the sample depends on the seed alone.
        for tag, _, _, low, high in SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
        if tag in ("insert", "replace")
        for line in range(low, high)
        if len("".join(b[line].split())) >= _LEAST_CHARACTERS
    ]


def _split(text: str) -> list[str]:
    # Only `\n` splits: other line ends stay in their lines, as they do in the file.
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _case(
    path: str, lines: list[str], number: int, after: int, place: str, chance: random.Random
) -> ReplayCase | None:
    line = lines[number].rstrip("\r\n")
    indent, body = split_indent(line.rstrip())
    # Places are ends of tokens: nobody waits for a suggestion in the middle of an operator.
    ends = [len(indent) + match.end() for match in TOKEN.finditer(body)]
    if place == "start":
        column = len(indent)
    elif place == "token":
        column = ends[0]
    elif place == "any":
        column = chance.choice(ends)
    else:
        middle = len(indent) + len(body) / 2
        # Nearest to the middle of the line by characters, since that is what was typed.
        column = min(ends, key=lambda end: abs(end - middle))
    rest = line[column:].rstrip()
    if not rest:
        return None
    return ReplayCase(path, place, tuple(lines[:number]), line[:column], rest, tuple(lines[after:]))
