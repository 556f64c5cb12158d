"""A reply, whatever came: prose, fences, and edits in any of the formats, in any mixture.

The reply is walked line by line. Thinking is blanked, quotes and indentation are taken off, a format that
knows a line reads its edit, a fence is entered, and what is left is prose, whose words are the signs for what
comes below it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

from ..model import FileChange, FileSign, Hunk, Op, Reply
from .alternatives import heading_of_alternative
from .clean import outdent_fence, outdent_run, unquote_run, without_end_marks, without_escapes
from .formats import Format, ReplyText, formats_for
from .formats.contract import MAX_AHEAD, Fence, Found
from .formats.fence_kinds import is_command
from .going import names_that_go
from .labels import negated
from .tags import OpenTags
from .taken_back import takes_back
from .thinking import (
    ends_thinking,
    may_hold_the_answer,
    may_hold_thinking,
    names_a_tag,
    skip_thinking,
)
from .transcript import leave_out_users_turn, may_ask
from .without_edits import what_it_holds

MAX_REPLY = 16_000_000
"""Characters of a reply; more is refused unread."""
MAX_LINES = 400_000
"""Lines of a reply; more is refused unread."""
MAX_MARKS = 50_000
"""Marks of code blocks in a reply; more is refused unread."""
MAX_HUNKS = 4000
MAX_SAID = 1000
"""Lines of prose, the last ones, in which is looked for names that are to go."""
MAX_ABOVE = 4
"""Lines of prose above an edit that may tell its place."""
MAX_QUOTES = 200
"""Runs of quoted lines, or quotes within quotes, that are read."""
LOOKS_A_LINE = 6
"""How often a line of an edit that is read may be looked at before that counts as looking ahead in vain."""
_END_MARKS = "the marks with which the model ended its answer were taken out"
_COLOURS = "the colours of a terminal were taken out"


def read_reply(text: str) -> Reply:
    """Read every edit of a reply. Never raises; what cannot be read is a hunk with `malformed` set."""
    if len(text) > MAX_REPLY:
        return Reply((_unread(f"the reply is longer than {MAX_REPLY} characters"),))
    if max(text.count("\n"), text.count("\r")) > MAX_LINES:
        return Reply((_unread(f"the reply has more than {MAX_LINES} lines"),))
    if text.count("```") > MAX_MARKS:
        return Reply((_unread(f"the reply holds more than {MAX_MARKS // 2} code blocks"),))
    # A reply saved by PowerShell or Notepad may start with a byte order mark.
    plain, coloured = without_escapes(text.removeprefix("\ufeff"))
    plain, ended = without_end_marks(plain)
    reply = ReplyText.of(plain)
    reply.read_inside = _read_inside
    scanner = _Scanner(reply)
    if coloured:
        scanner.repaired.append(_COLOURS)
    if ended:
        scanner.repaired.append(_END_MARKS)
    return scanner.scan()


def _read_inside(text: str, path: str) -> tuple[FileChange, ...]:
    """Read a text that stands in a field of a tool call. Inside it, nothing else is looked for inside."""
    reply = ReplyText.of(text)
    reply.envelope = path
    return _Scanner(reply).scan().changes


class _Scanner:
    def __init__(self, reply: ReplyText) -> None:
        self.reply = reply
        self.changes: list[FileChange] = []
        self.repaired: list[str] = []
        self.users_told = False
        self.seen: list[str] = []
        self.hunks = 0
        self.at = self.read_to = 0
        self.quotes = 0
        self.quotes_to = 0
        """The line behind the quoted lines that were looked at for an edit."""
        self.plain_fences = self.commands = 0
        self.edits_in_fence = False
        self.unclosed: set[str] = set()
        """Closing tags that do not stand below."""
        self.asked_to = 0
        """The line of the answer to the user's turn above; the end, where no turn is answered any more."""
        self.tags = OpenTags()
        """Outside fences."""

    def scan(self) -> Reply:
        reply = self.reply
        lines = reply.lines
        while self.at < len(lines):
            if not lines[self.at]:
                self.at += 1  # an empty line starts and ends nothing here
                continue
            line = lines[self.at]
            # In a fence an opening tag is code; a closing one may still end the thinking that the fence was
            # part of.
            tag = names_a_tag(line) if "<" in line else ""
            if (
                _may_be_tag(line)
                and (not tag or may_hold_thinking(tag))
                and (reply.fence is None or line.lstrip()[:2] == "</")
            ):
                self._thinking()
                if self.at >= len(lines):
                    break
                line = lines[self.at]
                tag = names_a_tag(line)
            if line[:1] in _DRESSED:
                self._take_off()
                if lines[self.at] is not line:
                    line = lines[self.at]
                    tag = names_a_tag(line)
            # Most lines are prose: one look at the first character spares asking every format about each of
            # them.
            forms = formats_for(line, tag)
            before = reply.ahead
            found = self._ask(forms) if forms else None
            if found is not None:
                # What was looked ahead over and read costs no more than its length; the rest is counted.
                if found.changes:
                    reply.ahead = max(before, reply.ahead - LOOKS_A_LINE * (found.next - self.at))
                self._take(found)
                if self.hunks > MAX_HUNKS:
                    return Reply(
                        (_unread(f"the reply holds more than {MAX_HUNKS} hunks"),), tuple(self.repaired)
                    )
                continue
            self._other()
            self.at += 1
        self._end()
        if reply.ahead > MAX_AHEAD and self.changes:
            trouble = (
                "the reply holds so many beginnings of edits without an end that it was not read to its end"
            )
            self.changes.append(_unread(trouble))
        return Reply(
            tuple(change for change in _with_names_that_go(self.changes, reply) if change.hunks),
            tuple(self.repaired),
            tuple(dict.fromkeys(self.seen)),
        )

    # A run that holds no edit would otherwise be walked again from each of its lines.
    def _take_off(self) -> None:
        """Take the quotes or the indentation off the lines from here on, where an edit is dressed so."""
        reply, head = self.reply, self.reply.lines[self.at][:1]
        if head in (" ", "\t"):
            if outdent_run(reply.lines, self.at) and reply.fence is None:
                self.repaired.append(f"an indented edit was read (line {self.at + 1} of the reply)")
        elif head == ">" and reply.fence is None and self.at >= self.quotes_to:
            found, self.quotes_to = unquote_run(reply.lines, self.at)
            self.quotes = self.quotes + 1 if found else self.quotes
            if self.quotes > MAX_QUOTES:
                self.quotes_to = len(reply)
            elif found:
                self.repaired.append(f"a quoted edit was read (line {self.at + 1} of the reply)")

    def _ask(self, forms: Sequence[Format]) -> Found | None:
        for form in forms:
            found = form.read(self.reply, self.at)
            if found is not None:
                return found
        return None

    def _take(self, found: Found) -> None:
        changes = found.changes
        against = self._said_against() if changes else ""
        if against:
            trouble = f"the line above it says {against!r}: is it to be done?"
            changes = tuple(one.doubted(trouble) for one in changes)
        if self.reply.alternative:
            changes = tuple(evolve(one, alternative=self.reply.alternative) for one in changes)
        if sum(len(change.hunks) for change in changes) == 1:
            changes = tuple(evolve(one, hunks=tuple(map(self._with_words, one.hunks))) for one in changes)
        self.changes += changes
        self.repaired += found.repaired
        self.seen += found.seen
        self.hunks += sum(len(change.hunks) for change in changes)
        # `used` is the last line that was read, `at` the next to read.
        self.reply.used = self.at = max(found.next, self.at + 1)
        self.reply.used -= 1
        if changes and not changes[0].only_if_defines:
            self.read_to = self.at
            self.edits_in_fence = True
            self.reply.forget_prose()

    def _with_words(self, hunk: Hunk) -> Hunk:
        """A hunk with what is said right above it."""
        reply = self.reply
        above = [reply.lines[line] for line in reply.prose[-MAX_ABOVE:] if line > reply.used]
        if not above or sum(map(len, above)) > MAX_SAID:
            return hunk
        return evolve(hunk, sign=evolve(hunk.sign, said="\n".join(above)))

    def _said_against(self) -> str:
        """The words right above an edit that tell not to make it; '' for none."""
        reply = self.reply
        last = reply.prose[-1] if reply.prose else -1
        # For a block in a fence the words stand above the fence, not above its first line.
        top = self.at if reply.fence is None else reply.fence.line
        return negated(reply.lines[last]) if reply.used < last and 0 <= top - last <= 2 else ""

    def _thinking(self) -> None:
        """Leave thinking out, and everything above a closing tag that was never opened."""
        reply = self.reply
        while (
            self.at < len(reply)
            and reply.fence is None
            and (skipped := skip_thinking(reply.lines, self.at, self.unclosed))
        ):
            self.at, ended = skipped
            self.seen.append("thinking, which is no answer" if ended else "thinking that does not end")
        if self.at >= len(reply):
            return
        rest = ends_thinking(reply.lines[self.at])
        # Everything so far was thought, not said: the opening tag was in the prompt, as some chat templates
        # have it.
        if rest is None:
            return
        reply.lines[self.at] = rest
        if self.changes:
            self.repaired.append("what stands above a closing thinking tag was left out")
        self.changes, self.hunks, self.read_to = [], 0, self.at
        self.seen = ["thinking, which is no answer"]
        reply.fence, reply.last_path, reply.alternative = None, "", ""
        reply.forget_prose()

    def _other(self) -> None:
        """A line that starts no edit: of a fence, the start of one, or prose."""
        reply, at = self.reply, self.at
        if reply.fence is not None:
            if reply.closes_fence(at):
                if not self.edits_in_fence:
                    self.plain_fences += 1
                    body = reply.lines[reply.fence.line + 1 : at]
                    self.commands += bool(is_command(reply.fence.language, "", body[:40]))
                reply.fence, reply.used = None, at
            elif (
                self.edits_in_fence
                and (again := reply.opens_fence(at)) is not None
                and again.info
                and not again.indent
            ):
                self._opens_again(again)
            return
        line = reply.lines[at]
        fence = reply.opens_fence(at) if "```" in line or "~~~" in line else None
        if fence is not None:
            reply.fence, self.edits_in_fence = fence, False
            # A fence in a list is indented with its item; its lines are the code's only without that.
            if fence.indent:
                outdent_fence(reply.lines, at, fence.indent, fence.mark)
            return
        if (
            # The tag that named the path closes; the tags inside it, of the format itself, do not end it.
            reply.envelope
            and line.lstrip().startswith("</")
            and not line.lstrip().startswith(("</diff", "</args", "</file"))
        ):
            reply.envelope = ""
        if "<" in line:
            self._tag(line)
        heading = heading_of_alternative(line) if line.lstrip(" \t")[:1] != "<" else None
        if heading is not None:
            reply.alternative = heading
        # The heading of a way says which of them stands below it, and takes none back.
        if self.changes and not heading and (words := takes_back(line)):
            said = f"line {at + 1} of the reply takes it back: {words!r}"
            self.changes = [evolve(one, taken_back=one.taken_back or said) for one in self.changes]
        if at >= self.asked_to and may_ask(line):
            self._users_turn()
        reply.note_prose(at)

    def _opens_again(self, fence: Fence) -> None:
        """Another fence opens behind an edit, in the fence of that edit, which therefore was never closed."""
        reply, above = self.reply, fence.line - 1
        while above > self.read_to and not reply.lines[above].strip():
            above -= 1
        if above >= self.read_to:
            reply.note_prose(above)
        self.repaired.append(f"a code fence is not closed (line {fence.line + 1} of the reply opens another)")
        reply.fence, self.edits_in_fence = fence, False

    def _users_turn(self) -> None:
        """Leave out what the user quotes, where a chat was copied with both its sides."""
        answer, quoted = leave_out_users_turn(self.reply.lines, self.at)
        # Without an answer below, no later turn has one either.
        self.asked_to = len(self.reply) if answer is None else answer
        if answer is not None and answer > self.at:
            self.seen.append("what the user quotes, which is no answer")
            # A part of the answer may be headed "User:" as well, so what is left out is not passed over in silence.
            if quoted and not self.users_told:
                self.users_told = True
                head = self.reply.lines[self.at].strip()[:40]
                self.repaired.append(f"code below {head!r} was read as the user's own and left out")

    def _tag(self, line: str) -> None:
        """A tag alone on a line. What stands in one that is not known to hold answers is a question."""
        closed = self.tags.seen(line, len(self.changes))
        if closed is None or may_hold_the_answer(closed[0]):
            return
        # Only what was read since the tag opened.
        name, first = closed
        trouble = f"it stands inside <{name}>, and nothing says that what is in there is the answer"
        self.changes[first:] = [change.doubted(trouble) for change in self.changes[first:]]

    def _end(self) -> None:
        reply, changes = self.reply, self.changes
        if changes and reply.fence is not None:
            _spoil_last(changes, "the reply ends inside its code fence: it was cut")
        elif changes and self._starts_an_edit():
            _spoil_last(changes, "the reply ends where another edit starts: it was cut")
        if self.commands and not changes:
            some = f"{self.commands} code blocks" if self.commands > 1 else "a code block"
            self.seen.append(f"a command or output in {some}")
        plain = self.plain_fences - (0 if changes else self.commands)
        if plain:
            some = "1 code block" if plain == 1 else f"{plain} code blocks"
            if changes:
                self.repaired.append(f"{some} without a path {'was' if plain == 1 else 'were'} read as prose")
            else:
                self.seen.append(f"{some} that {'names' if plain == 1 else 'name'} no file")
        if not changes and not self.seen:
            self.seen.append(what_it_holds(reply.lines))

    def _starts_an_edit(self) -> bool:
        """Whether the last line is the start of an edit, or the path above one, with nothing behind it."""
        reply, read_to = self.reply, self.read_to
        # From the last line up to the first one with text: that line alone decides.
        for at in range(len(reply) - 1, read_to - 1, -1):
            line = reply.lines[at]
            if line.strip():
                # No line end behind it, as where a stream stops in the middle of a word.
                if at == len(reply) - 1 and not reply.ends_with_newline and re.fullmatch(r"[\w./\\-]+", line):
                    # One word with nothing behind it, right below the last edit: the start of the next one's path.
                    above = reply.lines[at - 1]
                    # A full stop ends a sentence, but within a path it comes before the ending.
                    if at <= read_to + 1 and above.strip() and ("/" in line or not line.endswith(".")):
                        return True
                last = reply.labels[-1] if reply.labels else None
                labelled = last is not None and last.line == at and last.sign is FileSign.LABEL
                # "ann@example.org" below a signature is no path that an edit would follow.
                labelled = labelled and last is not None and last.tokens[0].sure
                return bool(_START.match(line)) or (labelled and not line.rstrip().endswith("."))
        return False


def _with_names_that_go(changes: list[FileChange], reply: ReplyText) -> list[FileChange]:
    """The changes, whole texts with the names that the prose of the reply says are to go."""
    if not any(change.op is Op.WHOLE for change in changes):
        return changes
    goes = names_that_go(reply.lines[at] for at in reply.said[-MAX_SAID:])
    if not goes:
        return changes
    return [
        evolve(
            change,
            hunks=tuple(evolve(hunk, sign=evolve(hunk.sign, goes=goes)) for hunk in change.hunks),
        )
        if change.op is Op.WHOLE
        else change
        for change in changes
    ]


def _may_be_tag(line: str) -> bool:
    return "<" in line or "[" in line or "◁" in line


_DRESSED = frozenset(" \t>")
_START = re.compile(r"^[ \t]*(?:<{3,10}|-{5,10} ?S|@@|\*{3} [A-Z]?|diff -|--- \S|\+\+\+ \S|`{1,2}$)")


def _spoil_last(changes: list[FileChange], trouble: str) -> None:
    *rest, hunk = changes[-1].hunks
    changes[-1] = evolve(changes[-1], hunks=(*rest, evolve(hunk, malformed=hunk.malformed or trouble)))


def _unread(trouble: str) -> FileChange:
    return FileChange(Op.EDIT, (), (Hunk((), malformed=trouble),))
