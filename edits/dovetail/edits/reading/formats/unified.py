"""Unified diffs, git's and everyone's, with whatever is wrong with them.

GNU's description of the format and git's extended headers are the source; the defects are those that models
make: wrong or no numbers, missing or doubled file headers, lines without a marker, cut ends.
"""

from __future__ import annotations

import re

from attrs import evolve

from ...model import Extent, FileChange, FileSign, Hunk, Kind, Op, Sign, What
from ..paths_in_prose import header_path, looks_like_path, prefixed, unquote
from .contract import Found, ReplyText
from .diff_lines import GIT_HEADER, between_marks, git_paths, is_hunk_header, is_new, is_old, spelt
from .unified_hunk import HunkReader

_COMBINED = re.compile(r"^(?:@@@+ -|diff --(?:cc|combined) )")
_EXTENDED = re.compile(
    r"^(?:index |old mode |new mode |new file mode |deleted file mode |similarity index |dissimilarity index |"
    r"rename from |rename to |copy from |copy to |Binary files |GIT binary patch|Index: |={20,}$)"
)
_MODE = re.compile(r"^(?:new mode|new file mode|deleted file mode|old mode|index \S+) (\d{6})\s*$")
_SPECIAL = {"12": "a symbolic link", "16": "a submodule", "04": "a folder"}
MAX_HUNKS = 4000
"""Hunks of one file that are read; a reply of more is refused as a whole."""
NAME = "unified diff"
name = NAME
starts = "d-+@I"


def read(reply: ReplyText, at: int) -> Found | None:
    line = reply.lines[at]
    if not line or line[0] not in "d-+@I":
        return None
    following = reply.lines[at + 1] if at + 1 < len(reply) else ""
    if _COMBINED.match(line):
        return _combined(reply, at)
    if GIT_HEADER.match(line) or (line.startswith("Index: ") and looks_like_path(line[7:].strip())):
        return _Reader(reply, at).section()
    # Two headers in a row may be a doubled line (`--- a`, `--- a`), which models write.
    if is_old(line) and (is_new(following) or is_hunk_header(following) or is_old(following)):
        return _Reader(reply, at).section()
    if is_new(line) and is_hunk_header(following):
        return _Reader(reply, at).section()
    # `@@` outside a fence may be anything (a Ruby variable, a mention): there it needs the second mark.
    if is_hunk_header(line) and (reply.fence is not None or between_marks(line)):
        return _Reader(reply, at).section()
    return None


def _combined(reply: ReplyText, at: int) -> Found:
    """A diff of a merge against both its parents: it does not say what to do with one file."""
    end = at + 1
    # Up to the next file or the fence's end, so that none of it is read as a plain diff.
    while end < len(reply) and not (GIT_HEADER.match(reply.lines[end]) or reply.closes_fence(end)):
        end += 1
    trouble = "a combined diff of a merge (@@@) cannot be applied; take the diff against one parent"
    sign = Sign(FileSign.HEADER, words=reply.lines[at][:120])
    hunk = Hunk((), malformed=trouble, first=at, last=end - 1, sign=sign)
    word = reply.lines[at].split(" ", 2)
    paths = (unquote(word[2]),) if len(word) == 3 and word[0] == "diff" else ()
    return Found(end, (FileChange(Op.EDIT, paths, (hunk,), format=NAME),))


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
        self.sign = Sign(FileSign.HEADER, words=reply.lines[at].strip()[:120])

    @property
    def line(self) -> str:
        return self.reply.lines[self.at]

    @property
    def more(self) -> bool:
        return self.at < len(self.reply)

    def section(self) -> Found:
        self._headers()
        hunks: list[Hunk] = []
        reader = HunkReader(self.reply)
        while self.more and is_hunk_header(self.line) and len(hunks) <= MAX_HUNKS:
            hunk, self.at = reader.read(self.at)
            hunks.append(hunk)
        return Found(self.at, self._changes(hunks), tuple(self.notes))

    def _headers(self) -> None:
        rename_from = rename_to = ""
        while self.more:
            line = self.line
            if GIT_HEADER.match(line):
                # The second `diff --git` is the next file's.
                if self.at != self.first:
                    break
                self.old, self.new = git_paths(line)
            elif _EXTENDED.match(line):
                if line.startswith("Index: ") and self.at != self.first:
                    break
                word = line.split(" ", 2)
                self._mode(line)
                if line.startswith("index "):
                    # `index 83db48f..bf2a3c4`: the first is the blob that the diff was made from.
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
                    # Old and new mode come as a pair without hunks, where only the mode changes.
                    self.mode_changed = True
                elif line.startswith("copy "):
                    self.trouble = "copies of files are not supported; create the file instead"
                elif line.startswith(("Binary", "GIT binary")):
                    self.trouble = "the diff is of a binary file"
                elif line.startswith("Index: "):
                    self.old = self.new = line[7:].strip()
            elif is_old(line) and self._header_here():
                self._doubled(self.at, "---")
                self.old = header_path(line[4:])
            elif is_new(line) and self._header_here():
                self._doubled(self.at, "+++")
                self.new = header_path(line[4:])
            else:
                break
            self.at += 1
        # The lines of a binary patch are base 85, and may look like anything.
        if self.trouble.startswith("the diff is of a binary"):
            while self.more and not GIT_HEADER.match(self.line) and not self.reply.closes_fence(self.at):
                self.at += 1
        if rename_from or rename_to:
            self.op, self.old, self.new = Op.RENAME, rename_from or self.old, rename_to or self.new
            self._renamed = True

    _renamed = False

    # Octal, as in `100755`: the first two digits are the kind of entry, the last three the permissions.
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
        if not is_old(self.line) or not (self.old and self.new) or self.at == self.first:
            return True
        before = self.reply.lines[self.at - 1]
        if not is_new(before):
            return True
        return header_path(self.line[4:]) in (self.old, self.new)

    def _doubled(self, at: int, mark: str) -> None:
        if at > self.first and self.reply.lines[at - 1].startswith(mark + " "):
            self.notes.append(f"a doubled {mark} line was dropped (line {at + 1} of the reply)")

    def _changes(self, hunks: list[Hunk]) -> tuple[FileChange, ...]:
        old, new, op = self.old, self.new, self.op
        trouble = self.trouble
        if old == "/dev/null" and new != "/dev/null":
            op, old = Op.CREATE, ""
        elif new == "/dev/null":
            op, new = Op.DELETE, ""
        maybe = False
        if op is Op.EDIT and not old and not new:
            named = self.reply.file_for(self.first)
            self.notes.append(
                f"the diff names no file; {named.path} stood above it"
                if named.path
                else "the diff names no file"
            )
            old = new = named.path
            self.sign, maybe = named.sign, named.maybe
            trouble = trouble or (named.trouble.replace("the block", "the diff") if named.trouble else "")
        if not (old or new):
            trouble = trouble or "the diff does not say which file it changes"
        # `a/` and `b/` are git's own where both headers have them; a rename states its names without.
        with_prefix = prefixed(old, new) and not self._renamed
        old_paths = spelt(old, with_prefix)
        new_paths = spelt(new, with_prefix)
        if op is Op.EDIT and old_paths and new_paths and old_paths[0] != new_paths[0]:
            # Headers that name two files mean one of them; which one, the workspace has to tell.
            old_paths = (*old_paths, *(path for path in new_paths if path not in old_paths))
        # A file that is created empty, deleted, renamed or made executable has no hunks; an edit has some.
        # Without hunks the headers alone must say what is done.
        if not hunks:
            hunks = [Hunk((), ordered=True, first=self.first, last=max(self.at - 1, self.first))]
            if op is Op.EDIT and not trouble and not self.mode_changed:
                trouble = "the diff has no hunks"
            if not self.more and self.reply.fence is not None:
                trouble = trouble or "the reply ends inside its code fence: it was cut"
        if trouble:
            hunks = [evolve(hunk, malformed=hunk.malformed or trouble, kind=Kind.MALFORMED) for hunk in hunks]
        what = What.NEW if op is Op.CREATE else What.EDIT
        extent = Extent.PIECES if op in (Op.EDIT, Op.RENAME) else Extent.ALL
        sign = evolve(self.sign, what=what, extent=extent)
        hunks = [evolve(hunk, sign=sign) for hunk in hunks]
        # A new file has its name in the new header alone, all others are found under their old one.
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
            only_if_there=maybe,
        )
        return (change,)
