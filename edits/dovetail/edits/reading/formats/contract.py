"""The contract of an edit format. One module a format; the scanner in `parse` knows only this page.

The scanner walks the lines of a reply. At each line it asks every format, in the order of `FORMATS`, whether
an edit of its kind starts there. A format answers None at once where the line cannot be its first (the
scanner asks for every line, so this must not cost more than a look at a line or two), and otherwise reads as
far as the edit goes and answers with what it read.

Rules for all of them:

- Nothing is guessed in silence. What is repaired or dropped is said in `Found.repaired`, in words for a person.
- Which file, what it is and how much of the file it is each have a sign in the reply (`model.Sign`).
- Where text can be read in several ways, all the ways are given (`Hunk.readings`, `Hunk.weaker`); the files
  decide, and where they do not, the hunk is refused.
- What cannot be read becomes a hunk with `malformed` set: it stops the plan, it is never left out.
- Line numbers and counts are hints.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from attrs import define, field

from dovetail.text import split_lines, without_end

from ...model import ADD, FileChange, FileSign, Hunk, Op, Reading, Sign
from ..labels import MAX_LINE, Label, Role, read_label, role_of
from ..paths_in_prose import path_in_info

_MARKS = re.compile(r"^([ \t]*)(`{3,}|~{3,})(.*)$")
_OTHER_FILE = re.compile(
    r"\b(?:other|another|second|third|next|each|remaining|rest of the) (?:\w+ )?"
    r"(?:files?|modules?|headers?|scripts?|stylesheets?|templates?|packages?|sources?)\b"
    r"|\b(?:in|to|for) the (?:other|next) ones?\b|\bthe (?:test|header|spec|stub) file\b|\bcounterparts?\b"
    r"|\bits (?:own )?(?:tests?|headers?|specs?|stubs?)\b",
    re.IGNORECASE,
)
_ITS_OWN = re.compile(
    r"\b(?:in|to|for|of|update|and|adjust|change) (?:the|its|your|our) (?:\w+ )?"
    r"(tests?|specs?|headers?|stubs?|readme|changelog|docs|documentation|configs?|configuration|templates?|"
    r"stylesheets?|migrations?|schemas?|fixtures?|makefile|dockerfile)\W*$",
    re.IGNORECASE,
)
"""How a line ends that introduces a block of a file which it does not name."""
MAX_AHEAD = 60_000
MAX_LOOKED = 1000
"""Lines of prose above an edit that are looked at for labels."""
MAX_LABELS = 60
MAX_NEAR = 6
"""Lines of prose above a block whose words are read for what the block is."""


@lru_cache(1024)
def _language(info: str) -> str:
    return re.split(r"[\s:,{]", info.strip(), maxsplit=1)[0].lower()


@define(frozen=True, slots=True)
class Fence:
    """A Markdown code fence that is open. The lines in it have lost the indentation of its first line."""

    line: int
    mark: str
    info: str
    indent: str = ""
    path: str = ""
    """The path in its first line."""
    lined: bool = False
    """Its first line states lines of that file: it shows, or replaces, a part of it."""

    @property
    def language(self) -> str:
        return _language(self.info)


@define(frozen=True, slots=True)
class Named:
    """The file that an edit is of, as the reply says it."""

    path: str = ""
    sign: Sign = Sign()
    trouble: str = ""
    """Why it cannot be told."""
    note: str = ""
    maybe: bool = False
    """The path is a word that may be something else: it is meant only if there is such a file."""
    lined: bool = False
    """The label states lines of the file."""
    lines: tuple[int, int] | None = None
    """Those lines, from 1, both included."""


@define(slots=True)
class ReplyText:
    """The lines of a reply, and what the scanner knows at the line where it stands."""

    lines: list[str]
    ends_with_newline: bool
    fence: Fence | None = None
    prose: list[int] = field(factory=list)
    """The lines of prose since the edit before, blank ones left out."""
    said: list[int] = field(factory=list)
    """All lines of prose, blank ones left out."""
    _labels: list[Label] = field(factory=list)
    _looked_at: int = 0
    """How many of the lines of prose were looked at for labels."""
    used: int = -1
    """The last line of the block of code before: a label above it was that block's."""
    last_path: str = ""
    """The path of the edit before this one."""
    ahead: int = 0
    """Lines that formats looked ahead over without reading an edit: past `MAX_AHEAD` they look no more, so that
    a reply of nothing but beginnings is read in time that grows with its length."""
    envelope: str = ""
    """The path that the tag around what follows names."""
    alternative: str = ""
    """The heading that offers what follows as one of several ways."""
    read_inside: Callable[[str, str], tuple[FileChange, ...]] | None = None
    """Reads a text that stands inside an edit, such as a patch in a field of a tool call, as of the file whose path
    is given; None inside such a text."""

    @classmethod
    # `str.splitlines` also splits at form feeds and U+2028, so positions would not be an editor's.
    def of(cls, text: str) -> ReplyText:
        # The same lines, and much faster for most replies.
        lines = [without_end(line) for line in split_lines(text)] if "\r" in text else text.split("\n")
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
        line = self.lines[at]
        # Not a blank more: " ```" is a line of a diff that shows a fence.
        if line[:1] != self.fence.mark[0]:
            return False
        marks = line.rstrip(" \t")
        return len(marks) >= len(self.fence.mark) and not marks.strip(self.fence.mark[0])

    def opens_fence(self, at: int) -> Fence | None:
        """The fence that line `at` opens, if it is one."""
        line = self.lines[at]
        if "```" not in line and "~~~" not in line:
            return None
        found = _MARKS.match(line)
        if not found:
            return None
        info = found[3].strip()
        # A backtick fence may have no backtick in its info: ```` ```a``` ```` is inline code.
        if found[2][0] == "`" and "`" in info:
            return None
        path, lined = path_in_info(info)
        return Fence(at, found[2], info, found[1], path, lined)

    @property
    def labels(self) -> list[Label]:
        """The lines of prose that name files: of the last `MAX_LOOKED` lines, the last `MAX_LABELS`. They are looked
        for where an edit asks, for most prose has none below it."""
        for line in self.prose[max(self._looked_at, len(self.prose) - MAX_LOOKED) :]:
            label = read_label(self.lines[line], line)
            if label is not None:
                self._labels.append(label)
        self._looked_at = len(self.prose)
        del self._labels[:-MAX_LABELS]
        return self._labels

    def note_prose(self, at: int) -> None:
        """Remember a line of prose."""
        if self.lines[at].strip():
            self.prose.append(at)
            self.said.append(at)

    def forget_prose(self) -> None:
        """What stood above an edit says nothing of what comes below it."""
        # `said` stays: names that are to go may be told anywhere.
        self.prose, self._labels, self._looked_at = [], [], 0

    def role(self, at: int) -> Role:
        """What is said of the block at line `at`: by the line that names its file, where that is a sentence, and
        by the lines between."""
        if not self.labels:
            return Role()
        label = self.labels[-1]
        # A sentence speaks of the block as well; a label only names the file.
        first = label.line if label.sign is FileSign.SENTENCE else label.line + 1
        return role_of([self.lines[line] for line in self.prose[-MAX_NEAR:] if first <= line < at])

    def near(self, at: int) -> Role:
        """What the last lines of prose above line `at` say."""
        return role_of([self.lines[line] for line in self.prose[-MAX_NEAR:] if self.used < line < at])

    # Nearest first: inside the fence, on its first line, the tag around it, the prose, the edit before.
    def file_for(self, at: int) -> Named:
        """The file that an edit at line `at` is of, by the nearest sign."""
        if self.fence is not None:
            inside = self._label_in_fence(at)
            if inside is not None:
                return inside
            if self.fence.path:
                words = self.lines[self.fence.line].strip()[:120]
                return Named(self.fence.path, Sign(FileSign.FENCE, words=words), lined=self.fence.lined)
        if self.envelope:
            return Named(self.envelope, Sign(FileSign.ENVELOPE, words=self.envelope[:120]))
        if self.prose and self.labels:
            return self._from_prose()
        # Nothing names a file: the edit before may have, unless the words between speak of another file.
        if self.last_path:
            said = next((line for line in self.prose[-MAX_NEAR:] if self._speaks_of_another(line)), None)
            if said is not None:
                trouble = "which file the block is of cannot be told: "
                trouble += f"line {said + 1} of the reply speaks of another file without its name"
                return Named(trouble=trouble)
            note = (
                f"a block names no file (line {at + 1} of the reply); it was read as of {self.last_path}, "
                "like the one before"
            )
            return Named(self.last_path, Sign(FileSign.BEFORE), note=note)
        return Named(trouble="the block does not say which file it changes")

    def _speaks_of_another(self, line: int) -> bool:
        """Whether a line of prose means another file than that of the edit before, without its name."""
        text = self.lines[line]
        if _OTHER_FILE.search(text):
            return True
        kind = _ITS_OWN.search(text) if len(text) <= MAX_LINE else None
        # In a test, "the test" is the file itself.
        return kind is not None and kind[1].lower().removesuffix("s") not in self.last_path.lower()

    # The three lines above the edit: further up there is code.
    def _label_in_fence(self, at: int) -> Named | None:
        """A path alone on the lines between the fence's first line and the edit."""
        assert self.fence is not None
        for above in range(at - 1, max(self.fence.line, at - 4), -1):
            if not self.lines[above].strip():
                continue
            label = read_label(self.lines[above], above)
            if label is None or label.sign is not FileSign.LABEL:
                return None
            return _named(label)
        return None

    # One path in the line right above, or one path in all of the prose, or a label that stands alone above
    # other prose; with several, none is preferred.
    def _from_prose(self) -> Named:
        nearest = self.labels[-1]
        near = nearest.line == self.prose[-1]
        if near and len(nearest.tokens) == 1 and not self._in_a_list(nearest):
            return _named(nearest)
        paths = list(dict.fromkeys(token.path for label in self.labels for token in label.tokens))
        if len(paths) == 1 and self.last_path in ("", paths[0]):
            return _named(nearest)
        headed = nearest.sign is FileSign.LABEL and not nearest.item and len(nearest.tokens) == 1
        if headed and nearest.line > self.used:
            return _named(nearest)
        named = ", ".join(dict.fromkeys([*([self.last_path] if self.last_path else []), *paths][:4]))
        return Named(trouble=f"which file the block is of cannot be told: {named} are named above it")

    def _in_a_list(self, label: Label) -> bool:
        """Whether a label is one of several files in a list, and the block stands below the list as a whole."""
        beside = [one for one in self.labels[:-1] if one.item and label.line - one.line <= 2]
        return label.item and bool(beside) and beside[-1].tokens[0].path != label.tokens[0].path


def _named(label: Label) -> Named:
    token = label.tokens[-1]
    return Named(
        token.path,
        Sign(label.sign, words=label.words),
        maybe=not token.sure,
        lined=token.lines is not None,
        lines=token.lines,
    )


@define(frozen=True, slots=True)
class Found:
    """What a format read."""

    next: int
    """The first line behind the edit."""
    changes: tuple[FileChange, ...]
    repaired: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    """What it saw and did not read as an edit, in words."""


def whole_text(
    reply: ReplyText, span: tuple[int, int], body: list[str], named: Named, *, form: str, trouble: str
) -> FileChange:
    """The change that makes lines the whole text of a file; what follows may go on with that file.

    Args:
        span: the lines of the reply that it stands in, from 0; the last may lie behind the end of a reply that was cut.
        form: the name of the format.
        trouble: why it cannot be applied as it stands.
    """
    hunk = Hunk(
        (Reading(tuple((ADD, line) for line in body)),),
        first=span[0],
        last=min(span[1], len(reply) - 1),
        malformed=trouble,
        ends_plainly=not trouble,
        sign=named.sign,
    )
    reply.last_path = named.path
    return FileChange(Op.WHOLE, (named.path,), (hunk,), format=form, only_if_there=named.maybe)


class Format(Protocol):
    """One edit format."""

    name: str
    starts: str
    """The characters that the first line of its edits may start with, spaces aside. It is asked for no other."""

    def read(self, reply: ReplyText, at: int) -> Found | None:
        """Read the edit that starts at line `at`, or None where none of this format does."""
