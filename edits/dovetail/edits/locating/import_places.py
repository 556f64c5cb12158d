"""The line that an import takes among those of a file: beside those like it, in their order."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from attrs import define

from ..live import LiveText, indent_of
from ..model import Change
from .import_statements import Statement

_SEPARATED = {"python": 2}
"""Blank lines between imports and the definitions below them, where it is not one."""
_SORTED = frozenset({"python", "go", "rust", "java", "kotlin", "csharp"})
"""Languages whose imports are sorted as a rule, by tools even; in others three in order have to show it."""
_AT_THE_TOP = frozenset(
    {"python", "javascript", "typescript", "tsx", "jsx", "go", "java", "kotlin", "rust", "ruby"}
)
"""Languages in which the first import of a file has one place: below what has to stand at the top."""
_HEAD = re.compile(r"^(?:package\s+[\w.]+;?|[\"']use \w{1,20}[\"'];?|#!.*|#!?\[.*\]|//!.*)$")
_COMMENT = ("#", "//", "/*", "*")
_DOCSTRING = re.compile(r"^[rRuU]?(\"\"\"|'''|\"|')")
_DEFINES = re.compile(r"^(?:@|def\b|class\b|async\s+def\b)")
MIN_IN_ORDER = 3


@define(slots=False, eq=False)
class Places:
    """The places for imports in one file. What of it does not depend on the import is found once."""

    language: str
    live: LiveText
    there: Sequence[Statement]
    """Those that the file has at its top level."""

    @cached_property
    def _section(self) -> list[Statement]:
        return _section(self.live, self.there)

    @cached_property
    def _runs(self) -> list[list[tuple[Statement, str, str]]]:
        """The imports without those of `__future__`, each with its kind and its first word, by the blank lines and
        comments between them."""
        section = [one for one in self._section if "__future__" not in one.sources]
        runs: list[list[tuple[Statement, str, str]]] = []
        # In Go those of a group, where there is one.
        lines = self.live.lines
        grouped = self.language == "go" and [one for one in section if indent_of(lines[one.start])]
        for one in grouped or section:
            item = one, _kind(self.language, one), one.text[0].split()[0]
            if runs and one.start == runs[-1][-1][0].end:
                runs[-1].append(item)
            else:
                runs.append([item])
        return runs

    def of(self, new: Statement) -> Change | None:
        """The change that puts a statement among the imports; None where no place is plain."""
        language = self.language
        if not self._section:
            return _at_the_top(language, self.live, new) if language in _AT_THE_TOP else None
        text, runs = new.text, self._runs
        if not runs:
            # Nothing may stand above those; other imports are a group of their own.
            at = self._section[-1].end
            return Change(at, at, ("", *text))
        if language == "go":
            spec = text[0].strip().removeprefix("import").strip()
            in_group = indent_of(self.live.lines[runs[0][0][0].start])
            text = (("\t" + spec) if in_group else f"import {spec}",)
        kind, word = _kind(language, new), new.text[0].split()[0]
        # The statements that are most like it, in the last run that holds such.
        for same_word in (True, False):
            for run in reversed(runs):
                found = [
                    one
                    for one, its_kind, its_word in run
                    if its_kind == kind and (not same_word or language == "go" or its_word == word)
                ]
                if not found:
                    continue
                at = found[-1].end
                if not same_word and language == "python" and word == "import":
                    at = found[0].start  # above those that begin with "from", as they are sorted
                elif same_word and _in_order(language, found):
                    at = next((one.start for one in found if _key(one) > _key(new)), at)
                return Change(at, at, text)
        at = runs[-1][-1][0].end
        return Change(at, at, text)


def _in_order(language: str, run: Sequence[Statement]) -> bool:
    enough = language in _SORTED or len(run) >= MIN_IN_ORDER
    return enough and all(_key(one) <= _key(two) for one, two in pairwise(run))


def _key(one: Statement) -> str:
    return min(one.sources, default="").lower()


def _kind(language: str, one: Statement) -> str:
    """What sets groups of imports apart: relative ones, those of the standard library, others."""
    source = min(one.sources, default="")
    if source.startswith(".") or (language in ("c", "cpp") and '"' in one.text[0]):
        return "relative"
    if language == "python":
        return "standard" if source.partition(".")[0] in sys.stdlib_module_names else "other"
    if language == "go":
        return "other" if "." in source.partition("/")[0] else "standard"
    if language == "rust":
        return (
            source.partition("::")[0] if source.partition("::")[0] in ("crate", "super", "std") else "other"
        )
    return "other"


def _section(live: LiveText, there: Sequence[Statement]) -> list[Statement]:
    """The imports at the top of a file: those with nothing but blank lines and comments between them."""
    section: list[Statement] = []
    for one in there:
        if section and any(
            line.strip() and not line.lstrip().startswith(_COMMENT)
            for line in live.lines[section[-1].end : one.start]
        ):
            break
        section.append(one)
    return section


def _at_the_top(language: str, live: LiveText, new: Statement) -> Change:
    """The first import of a file, below its head."""
    lines = live.lines
    at = _head(language, lines)
    below = next((number for number in range(at, len(lines)) if lines[number].strip()), len(lines))
    lead = [""] if at and lines[at - 1].strip() else []
    there = below - at
    wanted = _SEPARATED.get(language, 1) if below < len(lines) and _DEFINES.match(lines[below]) else 1
    if language != "python":
        wanted = 1
    if below >= len(lines):
        wanted = 0
    return Change(at, at, (*lead, *new.text, *[""] * max(0, wanted - there)))


def _head(language: str, lines: Sequence[str]) -> int:
    """The line below what stands at the top of a file: a licence, what it is run with, its docstring, its package."""
    at = head = 0
    while at < len(lines):
        line = lines[at].strip()
        if not line:
            at += 1
            continue
        if _HEAD.match(line):
            head = at = at + 1
        elif language == "python" and (found := _DOCSTRING.match(line)) and not indent_of(lines[at]):
            rest = line[found.end() :]
            while found[1] not in rest and at + 1 < len(lines):
                at += 1
                rest = lines[at]
            head = at = at + 1
            break
        elif line.startswith(_COMMENT):
            # A comment belongs to what stands right below it, unless that is a blank line.
            while at < len(lines) and lines[at].strip().startswith(_COMMENT):
                at += 1
            if at < len(lines) and lines[at].strip() and not _HEAD.match(lines[at].strip()):
                if language != "python" or not _DOCSTRING.match(lines[at].strip()):
                    break
            else:
                head = at
        else:
            break
    return head
