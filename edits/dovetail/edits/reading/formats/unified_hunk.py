"""One hunk of a unified diff: its lines, where it ends, and whether some of it was cut."""

from __future__ import annotations

import re

from attrs import evolve

from ...model import ADD, Hunk
from ..paths_in_prose import header_path, looks_like_path
from .body import BARE, Tally, body_line, readings
from .contract import ReplyText
from .diff_lines import GIT_HEADER, hunk_header, is_hunk_header, is_new, is_old

_OTHER = re.compile(r"^(?:\*\*\* (?:Begin|End|Update|Add|Delete) |[<]{5,9} ?(?:SEARCH|ORIGINAL|HEAD)\b)")
_CHANGED = re.compile(r"^[+-](?:[ \t]{2,}\S|[^\s+-])")
"""A line of a diff that cannot be an entry of a list."""
_END_WORD = re.compile(r"[A-Z][A-Z_0-9]{1,23}")
_GIVEN = re.compile(
    r"\b(?:git[ \t]+(?:apply|am)|patch|apply_patch)\b[^\n<]{0,120}<<-?[ \t]?['\"]?([A-Z][A-Z_0-9]{1,23})['\"]?[ \t]*$"
)
MAX_COMMANDS = 12
"""Lines at the top of a block of a shell in which the command stands that is given the diff."""


class HunkReader:
    """Reads the hunks of one file, one after the other."""

    def __init__(self, reply: ReplyText) -> None:
        self.reply = reply
        self.at = 0
        self._blanks_to = 0
        """The line behind the run of empty lines that was looked at last."""

    @property
    def line(self) -> str:
        return self.reply.lines[self.at]

    @property
    def more(self) -> bool:
        return self.at < len(self.reply)

    def read(self, at: int) -> tuple[Hunk, int]:
        """The hunk whose header stands at line `at`, and the line behind it."""
        self.at = at
        return self._hunk(at), self.at

    def _hunk(self, first: int) -> Hunk:
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
        tally = Tally(header)
        old_bare, new_bare = False, None
        # Lines that can only be the hunk's are taken in one go; whatever may end it is looked at one by one.
        while True:
            self.at = tally.take_plain(self.reply.lines, self.at)
            if not self.more or self._ends(tally):
                break
            raw = self.line
            self.at += 1
            if raw.startswith("\\"):
                # "No newline" is about the line above it: of the old text unless added, of the new one unless
                # removed.
                lines = tally.lines
                if lines and lines[-1][0] != ADD:
                    old_bare = True
                if lines and lines[-1][0] != "-":
                    new_bare = True
                continue
            tally.add(body_line(raw))
        lines = tally.trim()
        # It was said of the old side alone: the new one ends with a line end.
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
            ends_plainly=tally.full or self.more,
        )
        if not lines:
            return evolve(hunk, malformed="the hunk has no lines")
        if all(tag in (" ", BARE) for tag, _, _ in lines):
            return evolve(hunk, malformed="the hunk adds and removes nothing: lines of it may be missing")
        if self.more and self.reply.closes_fence(self.at) and self._goes_on():
            return evolve(
                hunk, malformed="a code fence stands inside the hunk, so where it ends cannot be told"
            )
        if self.more and self.reply.fence is None and tally.short and self._left_over():
            return evolve(
                hunk,
                malformed="the hunk has fewer lines than its header states, and lines of a diff follow below it",
            )
        return self._cut(hunk, tally)

    def _left_over(self) -> bool:
        """Whether lines that look like the rest of a hunk stand shortly below the line that ended it."""
        # Far enough for the rest of a hunk below a remark, near enough not to read the next section.
        for line in self.reply.lines[self.at : self.at + 30]:
            if is_hunk_header(line) or GIT_HEADER.match(line) or is_old(line):
                return False
            # In a mail the rest of a hunk may be quoted again below somebody's words.
            if _CHANGED.match(line) or (line[:1] == ">" and _CHANGED.match(line.lstrip("> "))):
                return True
        return False

    def _goes_on(self) -> bool:
        """Whether the diff seems to go on behind the line that closes its fence."""
        following = self.reply.lines[self.at + 1] if self.at + 1 < len(self.reply) else ""
        return bool(re.match(r"[+ ]|-(?!\s|--)|@@", following))

    def _cut(self, hunk: Hunk, tally: Tally) -> Hunk:
        # Only at the end of the reply can anything have been cut.
        if self.more:
            rest = [line.strip() for line in self.reply.lines[self.at : self.at + 3] if line.strip()]
            if rest == ["@"] and self.at + 3 >= len(self.reply):
                return evolve(hunk, malformed="the reply ends inside the header of the next hunk: it was cut")
            return hunk
        if self.reply.fence is not None:
            return evolve(hunk, malformed="the reply ends inside its code fence: it was cut")
        if tally.full:
            return hunk
        if tally.short:
            return evolve(
                hunk,
                malformed="the reply ends before the hunk has the lines that its header states: it was cut",
            )
        # Context at the end is how a diff ends; a line that is added or removed may have been followed by
        # more.
        return evolve(hunk, may_be_cut=tally.lines[-1][0] != " ")

    def _ends(self, tally: Tally) -> bool:
        line = self.line
        if self.reply.closes_fence(self.at):
            return True
        if is_hunk_header(line) or GIT_HEADER.match(line) or _OTHER.match(line) or line.startswith("Index: "):
            return True
        # What is left is `--- x`, `+++ x` (a header, or a line of the hunk that begins with two such marks), a line
        # that lost its mark, or prose. The header's counts decide where they are there, else what follows.
        following = self.reply.lines[self.at + 1] if self.at + 1 < len(self.reply) else ""
        full = tally.full
        if is_old(line):
            after = self.reply.lines[self.at + 2] if self.at + 2 < len(self.reply) else ""
            if is_new(following) and (is_hunk_header(after) or full):
                return True
            # A header whose second line is missing. Were it the line that fills the counts, it would be the hunk's.
            if is_hunk_header(following) and looks_like_path(header_path(line[4:])):
                return full or not tally.full_with(body_line(line))
            return full and is_old(following)
        if is_new(line) and is_hunk_header(following) and looks_like_path(header_path(line[4:])):
            return full or not tally.full_with(body_line(line))
        if line.rstrip() == "--" and (full or re.match(r"\d+\.\d+", following)):
            return True  # the signature of a mailed patch
        if line and line[0] in " +-\\":
            return False
        if self._is_end_word(line):
            return True
        # In a fence everything up to its end is the diff's, also a line of context that lost its blank.
        if self.reply.fence is not None:
            return False
        # Outside a fence, prose may follow unmarked.
        if full:
            return True
        if self.reply.opens_fence(self.at):
            return True
        if line == "":
            return not self._goes_on_behind_blanks(tally)
        return bool(tally.lines) and tally.lines[-1][2] == ""

    def _is_end_word(self, line: str) -> bool:
        """Whether it ends the here-document of a command that is given the diff: `git apply <<'EOF'`."""
        fence = self.reply.fence
        if fence is None or not _END_WORD.fullmatch(line):
            return False
        top = self.reply.lines[fence.line + 1 : fence.line + 1 + MAX_COMMANDS]
        return any((given := _GIVEN.search(one)) is not None and given[1] == line for one in top)

    # Runs of blank lines are walked once (`_blanks_to`), or a reply of nothing else would take the square of
    # its length.
    def _goes_on_behind_blanks(self, tally: Tally) -> bool:
        """Whether a run of empty lines is context that lost its spaces: lines of the hunk follow it."""
        at = max(self.at, self._blanks_to)
        while at < len(self.reply) and self.reply.lines[at] == "":
            at += 1
        self._blanks_to = at
        if 0 < tally.missing <= at - self.at:
            return True  # the header counts them
        if at >= len(self.reply):
            return False
        line = self.reply.lines[at]
        if line[0] not in " +-" or is_old(line):
            return False
        return True if tally.header.old_count is None else tally.short
