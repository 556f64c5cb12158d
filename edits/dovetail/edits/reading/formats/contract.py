"""The contract of an edit format. One module a format; the scanner in `_parse` knows only this page.

The scanner walks the lines of a reply. At each line it asks every format, in the order of `FORMATS`, whether
an edit of its kind starts there. A format answers None at once where the line cannot be its first (the
scanner asks for every line, so this must not cost more than a look at a line or two), and otherwise reads as
far as the edit goes and answers with what it read.

Rules for all of them:

- Nothing is guessed in silence. What is mended or dropped is said in `Found.mended`, in words for a person.
- Where text can be read in several ways, all the ways are given (`Hunk.readings`, `Hunk.weaker`); the files
  decide, and where they do not, the hunk is refused.
- What cannot be read becomes a hunk with `malformed` set: it stops the plan, it is never left out.
- Line numbers and counts are hints.
"""

from __future__ import annotations

import re
from typing import Protocol

from attrs import define, field

from dovetail.text import split_lines, without_end

from ...model import FileChange

_FENCE = re.compile(r"^( {0,3}(?:> ?)?)(`{3,}|~{3,})[ \t]*([^`]*?)[ \t]*$")


@define(frozen=True, slots=True)
class Fence:
    """A Markdown code fence that is open."""

    line: int
    mark: str
    info: str
    indent: str = ""


@define(slots=True)
class ReplyText:
    """The lines of a reply, and what the scanner knows at the line where it stands."""

    lines: list[str]
    ends_with_newline: bool
    fence: Fence | None = None
    path: str = ""
    """The last path that stood alone on a line (a heading, a label), or in the fence's first line."""
    path_line: int = -1
    last_path: str = ""
    """The path of the edit before this one."""
    notes: list[str] = field(factory=list)

    @classmethod
    def of(cls, text: str) -> ReplyText:
        lines = [without_end(line) for line in split_lines(text)]
        ends = bool(lines) and lines[-1] == ""
        if ends:
            lines.pop()
        return cls(lines, ends)

    def __len__(self) -> int:
        return len(self.lines)

    def closes_fence(self, at: int) -> bool:
        """Whether line `at` closes the fence that is open."""
        if self.fence is None:
            return False
        found = _FENCE.match(self.lines[at])
        return bool(
            found
            and not found[3]
            # Not a blank more: " ```" is a line of a diff that shows a fence.
            and found[1] == self.fence.indent
            and found[2][0] == self.fence.mark[0]
            and len(found[2]) >= len(self.fence.mark)
        )

    def opens_fence(self, at: int) -> Fence | None:
        """The fence that line `at` opens, if it is one."""
        found = _FENCE.match(self.lines[at])
        return Fence(at, found[2], found[3], found[1]) if found else None


@define(frozen=True, slots=True)
class Found:
    """What a format read."""

    next: int
    """The first line behind the edit."""
    changes: tuple[FileChange, ...]
    mended: tuple[str, ...] = ()


class Format(Protocol):
    """One edit format."""

    name: str

    def read(self, reply: ReplyText, at: int) -> Found | None:
        """Read the edit that starts at line `at`, or None where none of this format does."""
