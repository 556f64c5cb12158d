"""The apply_patch envelope: `*** Begin Patch`, sections of files, `@@ scope`, `*** End Patch`.

As OpenAI's models were taught it. There are no line numbers: a hunk is placed by its lines, by the scope lines
above it, and by the order of the hunks.
"""

from __future__ import annotations

import re

from attrs import evolve

from ...model import ADD, KEEP, Extent, FileChange, FileSign, Header, Hunk, Op, Reading, Sign, What
from ..paths_in_prose import spellings
from .body import BARE, BodyLine, Tally, body_line, readings
from .contract import Found, ReplyText
from .diff_lines import hunk_header, is_hunk_header
from .unified import MAX_HUNKS

_BEGIN = re.compile(r"^\*{3} ?Begin Patch\s*$", re.I)
_END = re.compile(r"^\*{3} ?End Patch\s*$", re.I)
_SECTION = re.compile(r"^\*{3} ?(Add|Create|Delete|Remove|Update|Edit|Modify) File: ?(.+?)\s*$", re.I)
_MOVE = re.compile(r"^\*{3} ?(?:Move|Rename) to: ?(.+?)\s*$", re.I)
_EOF = re.compile(r"^\*{3} ?End of File\s*$", re.I)
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?\s*$")
NAME = "apply_patch"
name = NAME
starts = "*"


def read(reply: ReplyText, at: int) -> Found | None:
    line = reply.lines[at]
    if "***" not in line[:8] or not (_BEGIN.match(line) or _SECTION.match(line)):
        return None
    return _Reader(reply, at).envelope()


class _Reader:
    def __init__(self, reply: ReplyText, at: int) -> None:
        self.reply, self.at = reply, at
        self.notes: list[str] = []
        # A patch in a shell command: `apply_patch <<'EOF'` ends at that word, not only at its own end mark.
        self.word = ""
        for above in range(max(0, at - 2), at):
            found = _HEREDOC.search(reply.lines[above])
            if found:
                self.word = found[1]

    @property
    def more(self) -> bool:
        return self.at < len(self.reply)

    def _closed(self) -> bool:
        return self.reply.closes_fence(self.at) or bool(
            self.word and self.reply.lines[self.at].strip() == self.word
        )

    def envelope(self) -> Found:
        first = self.at
        if _BEGIN.match(self.reply.lines[self.at]):
            self.at += 1
        else:
            self.notes.append("*** Begin Patch was missing")
        changes: list[FileChange] = []
        stray = hunks = 0
        while self.more:
            line = self.reply.lines[self.at]
            if _END.match(line):
                self.at += 1
                break
            if self._closed():
                self.notes.append("*** End Patch was missing; the fence ends the patch")
                break
            if _SECTION.match(line):
                changes.append(self._section())
                hunks += len(changes[-1].hunks)
                if hunks > MAX_HUNKS:
                    break  # the scanner refuses a reply of so many
                continue
            if line.strip() and not _BEGIN.match(line):
                stray += 1
                # Prose between sections does no harm; lines of a hunk without a file would be lost unseen.
                if is_hunk_header(line) or line[0] in "+-":
                    changes.append(_broken(self.at, "lines of a patch stand under no file"))
                    self._skip()
                    continue
            self.at += 1
        # The loop ran out of lines without an end mark.
        else:
            trouble = "the patch has no *** End Patch: the reply may have been cut"
            if changes:
                changes[-1] = _spoil(changes[-1], trouble)
            else:
                changes.append(_broken(first, trouble))
        if stray:
            self.notes.append(f"{stray} lines between the files of a patch were left out")
        if not changes:
            self.notes.append("the patch is empty")
        return Found(self.at, tuple(_signed(change) for change in changes), tuple(self.notes))

    def _skip(self) -> None:
        while self.more and not self._over():
            self.at += 1

    def _over(self) -> bool:
        line = self.reply.lines[self.at]
        return bool(_SECTION.match(line) or _END.match(line) or _BEGIN.match(line)) or self._closed()

    def _section(self) -> FileChange:
        found = _SECTION.match(self.reply.lines[self.at])
        assert found
        verb, path, first = found[1].lower(), found[2].strip("`\"'"), self.at
        self.at += 1
        self.reply.last_path = path
        if verb in ("delete", "remove"):
            lines = []
            while self.more and not self._over():
                lines.append(self.reply.lines[self.at])
                self.at += 1
            hunk = Hunk((), first=first, last=self.at - 1)
            # Models repeat the deleted lines; nothing tells whether those, or the whole file, are to go.
            if any(line.strip() for line in lines):
                hunk = evolve(
                    hunk, malformed="a file to delete is followed by lines that have no meaning there"
                )
            return FileChange(Op.DELETE, _spelled(path), (hunk,), format=NAME)
        if verb in ("add", "create"):
            return FileChange(Op.CREATE, _spelled(path), (self._added(first),), format=NAME)
        target = ""
        if self.more and (moved := _MOVE.match(self.reply.lines[self.at])):
            target = moved[1].strip("`\"'")
            self.at += 1
        hunks: list[Hunk] = []
        while self.more and not self._over():
            found_hunk = self._hunk()
            if found_hunk is not None:
                hunks.append(found_hunk)
        if not hunks:
            trouble = "" if target else "the file is named, but nothing is said to change in it"
            hunks = [Hunk((), first=first, last=self.at - 1, malformed=trouble)]
        # A rename may change lines as well: the hunks go along.
        op = Op.RENAME if target else Op.EDIT
        return FileChange(op, _spelled(path), tuple(hunks), _spelled(target) if target else (), NAME)

    def _added(self, first: int) -> Hunk:
        lines: list[BodyLine] = []
        while self.more and not self._over():
            if not _EOF.match(self.reply.lines[self.at]):
                lines.append(body_line(self.reply.lines[self.at]))
            self.at += 1
        # Empty lines part the section from what follows it.
        while lines and lines[-1][2] == "":
            lines.pop()
        # Every line of a new file has a plus; models leave it off empty lines, or off all of them.
        marked = [line for line in lines if line[0] == ADD]
        trouble, repaired = "", ""
        # With some pluses, a line without one is lost context or lost text; without any, all of it is the
        # file.
        if marked and len(marked) < len(lines):
            if all(line[2] == "" for line in lines if line[0] != ADD):
                repaired = "read empty lines without a plus as added"
            else:
                trouble = "some lines of the new file have no plus"
        elif lines and not marked:
            repaired = "read lines without a plus as added"
        text = tuple((ADD, text if tag == ADD else raw) for tag, text, raw in lines)
        return Hunk((Reading(text, repaired),), first=first, last=self.at - 1, malformed=trouble)

    def _hunk(self) -> Hunk | None:
        first = self.at
        scopes: list[str] = []
        header = Header()
        # `@@ class A` above `@@ def f`: scopes may be stacked.
        while self.more and is_hunk_header(self.reply.lines[self.at]):
            stated, scope = hunk_header(self.reply.lines[self.at])
            if stated.old_start is not None:
                header = stated
            if scope:
                scopes.append(scope)
            self.at += 1
        tally = Tally(header)
        at_end = False
        bare_end: bool | None = None
        while self.more and not self._over():
            raw = self.reply.lines[self.at]
            if is_hunk_header(raw):
                break
            self.at += 1
            if _EOF.match(raw):
                at_end = True
                break
            if raw.startswith("\\ No newline"):
                bare_end = True
                continue
            tally.add(body_line(raw))
        lines = tally.trim()
        if not lines:
            return None
        sound, weaker = readings(lines, header)
        if all(tag == BARE for tag, _, _ in lines):
            return Hunk(sound, first=first, last=self.at - 1, malformed="no line of the hunk has a marker")
        if all(tag in (KEEP, BARE) for tag, _, _ in lines):
            trouble = "the hunk adds and removes nothing: lines of it may be missing"
            return Hunk(sound, first=first, last=self.at - 1, malformed=trouble)
        return Hunk(
            sound,
            weaker,
            header,
            tuple(scopes),
            at_end=at_end,
            new_ends_bare=bare_end,
            ordered=True,
            first=first,
            last=self.at - 1,
        )


def _signed(change: FileChange) -> FileChange:
    what = {Op.CREATE: What.NEW}.get(change.op, What.EDIT)
    extent = Extent.PIECES if change.op is Op.EDIT else Extent.ALL
    sign = Sign(FileSign.HEADER, what, extent, change.paths[0] if change.paths else "")
    return evolve(
        change, hunks=tuple(evolve(hunk, sign=sign, ends_plainly=not hunk.malformed) for hunk in change.hunks)
    )


def _spelled(path: str) -> tuple[str, ...]:
    return (path, *(other for other in spellings(path) if other != path))


def _broken(at: int, trouble: str) -> FileChange:
    return FileChange(Op.EDIT, (), (Hunk((), first=at, last=at, malformed=trouble),), format=NAME)


def _spoil(change: FileChange, trouble: str) -> FileChange:
    *rest, last = change.hunks
    return evolve(change, hunks=(*rest, evolve(last, malformed=last.malformed or trouble)))
