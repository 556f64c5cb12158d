"""Unified diffs, git's and everyone's, with whatever is wrong with them.

GNU's description of the format and git's extended headers are the source; the defects are those that models
make: wrong or no numbers, missing or doubled file headers, lines without a marker, cut ends.
"""

from __future__ import annotations

import re

from attrs import evolve

from ...model import ADD, FileChange, Header, Hunk, Kind, Op
from ..paths_in_prose import header_path, looks_like_path, spellings, unquote
from .body import BARE, BodyLine, agrees, body_line, counts, readings, trim
from .contract import Found, ReplyText

_NUMBERS = re.compile(r"-\s?(\d{1,9})(?:,(\d{1,9}))?[ ,]+\+\s?(\d{1,9})(?:,(\d{1,9}))?")
_HUNK = re.compile(r"^@@+(?:\s|$|-)")
_CLOSED = re.compile(r"^@@+(.*?)@@+(.*)$")
_GIT = re.compile(r"^diff --(?:git|cc|combined) ")
_EXTENDED = re.compile(
    r"^(?:index |old mode |new mode |new file mode |deleted file mode |similarity index |dissimilarity index |"
    r"rename from |rename to |copy from |copy to |Binary files |GIT binary patch|Index: |={20,}$)"
)
_MODE = re.compile(r"^(?:new mode|new file mode|deleted file mode|old mode|index \S+) (\d{6})\s*$")
_SPECIAL = {"12": "a symbolic link", "16": "a submodule", "04": "a folder"}
_OTHER = re.compile(r"^(?:\*\*\* (?:Begin|End|Update|Add|Delete) |[<]{5,9} ?(?:SEARCH|ORIGINAL|HEAD)\b)")
NAME = "unified diff"
name = NAME


def _is_old(line: str) -> bool:
    return line.startswith("--- ") and bool(line[4:].strip())


def _is_new(line: str) -> bool:
    return line.startswith("+++ ") and bool(line[4:].strip())


def is_hunk_header(line: str) -> bool:
    return bool(_HUNK.match(line))


def read(reply: ReplyText, at: int) -> Found | None:
    line = reply.lines[at]
    if not line or line[0] not in "d-+@I":
        return None
    following = reply.lines[at + 1] if at + 1 < len(reply) else ""
    if _GIT.match(line) or (line.startswith("Index: ") and looks_like_path(line[7:].strip())):
        return _Reader(reply, at).section()
    if _is_old(line) and (_is_new(following) or is_hunk_header(following) or _is_old(following)):
        return _Reader(reply, at).section()
    if _is_new(line) and is_hunk_header(following):
        return _Reader(reply, at).section()
    if is_hunk_header(line) and (reply.fence is not None or _CLOSED.match(line)):
        return _Reader(reply, at).section()
    return None


def hunk_header(line: str) -> tuple[Header, str]:
    """The numbers of an `@@` line, and the line of the file that it names."""
    closed = _CLOSED.match(line)
    inner, heading = (closed[1].strip(), closed[2]) if closed else (line.lstrip("@").strip(), "")
    found = _NUMBERS.search(inner)
    if not found:
        return Header(), (heading or inner).strip().strip(".").strip()
    start, count = int(found[1]), 1 if found[2] is None else int(found[2])
    new_count = 1 if found[4] is None else int(found[4])
    target = int(found[3])
    return (
        Header(
            max(start - 1, 0) if count else start,
            count,
            new_count,
            max(target - 1, 0) if new_count else target,
        ),
        heading.strip(),
    )


class _Reader:
    """Reads the part of a diff that speaks of one file."""

    def __init__(self, reply: ReplyText, at: int) -> None:
        self.reply = reply
        self.at = at
        self.first = at
        self.old = self.new = self.blob = ""
        self.op = Op.EDIT
        self.notes: list[str] = []
        self.trouble = ""
        self.mode_changed = False
        self.executable: bool | None = None

    @property
    def line(self) -> str:
        return self.reply.lines[self.at]

    @property
    def more(self) -> bool:
        return self.at < len(self.reply)

    def section(self) -> Found:
        self._headers()
        hunks: list[Hunk] = []
        while self.more and is_hunk_header(self.line):
            hunks.append(self._hunk())
        return Found(self.at, self._changes(hunks), tuple(self.notes))

    def _headers(self) -> None:
        rename_from = rename_to = ""
        while self.more:
            line = self.line
            if _GIT.match(line):
                if self.at != self.first:
                    break
                self.old, self.new = _git_paths(line)
            elif _EXTENDED.match(line):
                if line.startswith("Index: ") and self.at != self.first:
                    break
                word = line.split(" ", 2)
                self._mode(line)
                if line.startswith("index "):
                    self.blob = re.split(r"\.\.", word[1])[0]
                elif line.startswith("rename from "):
                    rename_from = unquote(line[12:])
                elif line.startswith("rename to "):
                    rename_to = unquote(line[10:])
                elif line.startswith("new file"):
                    self.op = Op.CREATE
                elif line.startswith("deleted file"):
                    self.op = Op.DELETE
                elif line.startswith(("old mode", "new mode")):
                    self.mode_changed = True
                elif line.startswith("copy "):
                    self.trouble = "copies of files are not supported; create the file instead"
                elif line.startswith(("Binary", "GIT binary")):
                    self.trouble = "the diff is of a binary file"
                elif line.startswith("Index: "):
                    self.old = self.new = line[7:].strip()
            elif _is_old(line) and self._header_here():
                self._doubled(self.at, "---")
                self.old = header_path(line[4:])
            elif _is_new(line) and self._header_here():
                self._doubled(self.at, "+++")
                self.new = header_path(line[4:])
            else:
                break
            self.at += 1
        if self.trouble.startswith("the diff is of a binary"):
            while self.more and not _GIT.match(self.line) and not self.reply.closes_fence(self.at):
                self.at += 1
        if rename_from or rename_to:
            self.op, self.old, self.new = Op.RENAME, rename_from or self.old, rename_to or self.new
            self._renamed = True

    _renamed = False

    def _mode(self, line: str) -> None:
        """A mode of git's: whether the file may be run, or that it is no plain file at all."""
        found = _MODE.match(line)
        if not found:
            return
        special = _SPECIAL.get(found[1][:2])
        if special:
            self.trouble = self.trouble or f"the diff is of {special} (mode {found[1]}), not of a plain file"
        elif line.startswith("new "):
            self.executable = bool(int(found[1], 8) & 0o111)

    def _header_here(self) -> bool:
        # A second `--- x` after both paths are known starts the next file (or repeats this one).
        if not _is_old(self.line) or not (self.old and self.new) or self.at == self.first:
            return True
        before = self.reply.lines[self.at - 1]
        if not _is_new(before):
            return True
        return header_path(self.line[4:]) in (self.old, self.new)

    def _doubled(self, at: int, mark: str) -> None:
        if at > self.first and self.reply.lines[at - 1].startswith(mark + " "):
            self.notes.append(f"a doubled {mark} line was dropped (line {at + 1} of the reply)")

    def _hunk(self) -> Hunk:
        first = self.at
        header, heading = hunk_header(self.line)
        self.at += 1
        scopes = [heading] if heading else []
        while header.old_start is None and self.more and is_hunk_header(self.line):
            inner, deeper = hunk_header(self.line)  # "@@ class A" above "@@ def f"
            if inner.old_start is None and deeper:
                scopes.append(deeper)
                self.at += 1
            else:
                break
        lines: list[BodyLine] = []
        old_bare, new_bare = False, None
        while self.more and not self._ends(lines, header):
            raw = self.line
            self.at += 1
            if raw.startswith("\\"):
                if lines and lines[-1][0] != ADD:
                    old_bare = True
                if lines and lines[-1][0] != "-":
                    new_bare = True
                continue
            lines.append(body_line(raw))
        lines = trim(lines, header)
        if old_bare and new_bare is None:
            new_bare = False
        sound, weaker = readings(lines, header)
        hunk = Hunk(
            sound,
            weaker,
            header,
            tuple(scopes),
            old_ends_bare=old_bare,
            new_ends_bare=new_bare,
            ordered=True,
            first=first,
            last=self.at - 1,
        )
        if not lines:
            return evolve(hunk, malformed="the hunk has no lines")
        if all(tag in (" ", BARE) for tag, _, _ in lines):
            return evolve(hunk, malformed="the hunk adds and removes nothing: lines of it may be missing")
        if self.more and self.reply.closes_fence(self.at) and self._goes_on():
            return evolve(
                hunk, malformed="a code fence stands inside the hunk, so where it ends cannot be told"
            )
        return self._cut(hunk, lines, header)

    def _goes_on(self) -> bool:
        """Whether the diff seems to go on behind the line that closes its fence."""
        following = self.reply.lines[self.at + 1] if self.at + 1 < len(self.reply) else ""
        return bool(re.match(r"[+ ]|-(?!\s|--)|@@", following))

    def _cut(self, hunk: Hunk, lines: list[BodyLine], header: Header) -> Hunk:
        if self.more:
            return hunk
        if self.reply.fence is not None:
            return evolve(hunk, malformed="the reply ends inside its code fence: it was cut")
        if agrees(lines, header):
            return hunk
        if header.old_count is not None and header.new_count is not None:
            old, new = counts(lines)
            if old < header.old_count or new < header.new_count:
                return evolve(
                    hunk,
                    malformed="the reply ends before the hunk has the lines that its header states: it was cut",
                )
        return evolve(hunk, may_be_cut=lines[-1][0] != " ")

    def _ends(self, lines: list[BodyLine], header: Header) -> bool:
        line = self.line
        if self.reply.closes_fence(self.at):
            return True
        if is_hunk_header(line) or _GIT.match(line) or _OTHER.match(line) or line.startswith("Index: "):
            return True
        following = self.reply.lines[self.at + 1] if self.at + 1 < len(self.reply) else ""
        full = agrees(lines, header)
        if _is_old(line):
            after = self.reply.lines[self.at + 2] if self.at + 2 < len(self.reply) else ""
            if _is_new(following) and (is_hunk_header(after) or full):
                return True
            if is_hunk_header(following) and looks_like_path(header_path(line[4:])):
                return full or not agrees([*lines, body_line(line)], header)
            return full and _is_old(following)
        if _is_new(line) and is_hunk_header(following) and looks_like_path(header_path(line[4:])):
            return full or not agrees([*lines, body_line(line)], header)
        if line.rstrip() == "--" and (full or re.match(r"\d+\.\d+", following)):
            return True  # the signature of a mailed patch
        if line and line[0] in " +-\\":
            return False
        if self.reply.fence is not None:
            return False
        # Outside a fence, prose may follow without a sign.
        if full:
            return True
        if self.reply.opens_fence(self.at):
            return True
        if line == "":
            return not (following and following[0] in " +-")
        return bool(lines) and lines[-1][2] == ""

    def _changes(self, hunks: list[Hunk]) -> tuple[FileChange, ...]:
        old, new, op = self.old, self.new, self.op
        if old == "/dev/null" and new != "/dev/null":
            op, old = Op.CREATE, ""
        elif new == "/dev/null":
            op, new = Op.DELETE, ""
        if op is Op.EDIT and not old and not new:
            path = self.reply.path or self.reply.last_path
            self.notes.append(
                f"the diff names no file; {path} stood above it" if path else "the diff names no file"
            )
            old = new = path
        trouble = self.trouble
        if not (old or new):
            trouble = trouble or "the diff does not say which file it changes"
        prefixed = (not old or old.startswith("a/")) and (not new or new.startswith("b/"))
        old_paths = _with_prefix(old, prefixed and not self._renamed)
        new_paths = _with_prefix(new, prefixed and not self._renamed)
        if op is Op.EDIT and old_paths and new_paths and old_paths[0] != new_paths[0]:
            # Headers that name two files mean one of them; which one, the workspace has to tell.
            old_paths = (*old_paths, *(path for path in new_paths if path not in old_paths))
        if not hunks:
            hunks = [Hunk((), ordered=True, first=self.first, last=max(self.at - 1, self.first))]
            if op is Op.EDIT and not trouble and not self.mode_changed:
                trouble = "the diff has no hunks"
            if not self.more and self.reply.fence is not None:
                trouble = trouble or "the reply ends inside its code fence: it was cut"
        if trouble:
            hunks = [evolve(hunk, malformed=hunk.malformed or trouble, kind=Kind.MALFORMED) for hunk in hunks]
        paths = old_paths if op in (Op.DELETE, Op.RENAME) else (old_paths or new_paths)
        if op is Op.CREATE:
            paths = new_paths or old_paths
        self.reply.last_path = paths[0] if paths else ""
        change = FileChange(
            op,
            paths,
            tuple(hunks),
            new_paths if op is Op.RENAME else (),
            NAME,
            self.blob,
            whole_old=True,
            executable=self.executable,
        )
        return (change,)


def _with_prefix(path: str, prefixed: bool) -> tuple[str, ...]:
    if not path:
        return ()
    return spellings(path) if prefixed else (path,)


def _git_paths(line: str) -> tuple[str, str]:
    rest = line.split(" ", 2)[2] if line.count(" ") >= 2 else ""
    quoted = re.fullmatch(r'("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)', rest)
    if quoted:
        return unquote(quoted[1]), unquote(quoted[2])
    half = len(rest) // 2  # `a/x y b/x y`: the same path twice, with blanks in it
    if (
        rest[:half].startswith("a/")
        and rest[half + 1 :].startswith("b/")
        and rest[2:half] == rest[half + 3 :]
    ):
        return rest[:half], rest[half + 1 :]
    return "", ""
