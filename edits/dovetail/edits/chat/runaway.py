"""Answers that run on: longer than the request can need, or the same over and over. Small models do both."""

from __future__ import annotations

import re

from attrs import define, evolve, field

from .request import Action, EditRequest

CHARS_PER_TOKEN = 3.5
REGION_TIMES, REGION_MORE = 3, 400
"""An answer that is a region: so many times the region's tokens, and so many tokens more."""
WHOLE_TIMES, WHOLE_MORE = 1.5, 400
"""An answer that is one whole file."""
FILES_TIMES, FILES_MORE = 2, 1500
"""An answer about files: it may hold each of them as a whole."""
MOST_LINES = 40
"""The longest piece, in lines, that is looked for at the end of an answer again and again."""
TIMES = 6
"""How often a piece has to stand there in a row, if it stands so nowhere in what was shown."""
LONG, LONG_TIMES = 8, 3
"""How often a piece of so many lines or more has to stand there."""
MIN_CHARS = 160
"""What is repeated has to come to so many characters in all: closing braces are no loop."""
PROSE = 600
"""Characters after the one code block of an answer that show that no second one is coming."""
_FENCE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})(.*)")
_THINKS = re.compile(r"\s{0,8}<(?:think|thinking|reasoning)>", re.IGNORECASE)
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_CLAUSE = re.compile(r"(.{8,80}?)\1{7,}\Z", re.DOTALL)
_TAIL = 900
"""Characters at the end of a line that are looked through for a clause that comes again."""
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)


def holds_blocks(text: str) -> bool:
    """Whether a text is written in blocks of edits or as a patch, of which another may follow."""
    return any(mark in text for mark in ("<<<<<<<", "*** Begin", "\n@@", "\n--- "))


@define(slots=True)
class Watch:
    """Reads an answer while it comes, and says when to stop."""

    limit: int
    """Characters that the answer may have, thoughts aside."""
    shown: str
    """What the model was shown: a text that holds the repetition itself may be repeated."""
    one_block: bool = False
    """Whether the answer is one code block: where it is closed, and a paragraph follows, nothing more is waited for."""
    first_block: bool = False
    """Whether the answer is its first code block: what follows is not waited for."""
    _text: str = field(default="", init=False)
    _looked: int = field(default=0, init=False)
    _line: int = field(default=0, init=False)
    """Where the first line begins that has not been looked at for a fence."""
    _thinking: bool = field(default=False, init=False)
    _fence: str = field(default="", init=False)
    _closed: int = field(default=0, init=False)
    """Where the first code block has ended; 0 while it has not."""
    _more: bool = field(default=False, init=False)

    @classmethod
    def of(cls, request: EditRequest) -> Watch:
        """The watch over the first answer to a request."""
        shown = "".join(file.text for file in request.files)
        if request.answers_with_region:
            return evolve(cls.over_region(request.region_text(), shown), first_block=request.plain)
        if request.plain:
            tokens = WHOLE_TIMES * len(shown) / CHARS_PER_TOKEN + WHOLE_MORE
            return cls(int(tokens * CHARS_PER_TOKEN), shown, first_block=True)
        # Tests are new text: nothing that was shown bounds them.
        tokens = FILES_TIMES * len(shown) / CHARS_PER_TOKEN + FILES_MORE
        tokens += FILES_MORE if request.action is Action.TESTS else 0
        return cls(int(tokens * CHARS_PER_TOKEN), shown)

    @classmethod
    def over_region(cls, region: str, shown: str) -> Watch:
        """The watch over an answer that is the new text of a region."""
        tokens = REGION_TIMES * len(region) / CHARS_PER_TOKEN + REGION_MORE
        return cls(int(tokens * CHARS_PER_TOKEN), shown, one_block=True)

    def add(self, piece: str) -> str:
        """Take the next piece of the answer; why it has to stop, '' where it may go on."""
        self._text += piece
        if self.one_block or self.first_block:
            self._follow_fences()
        # Looked at every 80 characters, not at every token: looking costs more than a token does.
        if len(self._text) - self._looked < 80:
            return ""
        self._looked = len(self._text)
        # Thoughts have no limit here. The cheap length first: taking them out walks all of the text.
        if len(self._text) > self.limit and len(_THOUGHT.sub("", self._text)) > self.limit:
            return "it was longer than this edit can need"
        return "it said the same over and over" if self._repeats() else ""

    @property
    def complete(self) -> bool:
        """Whether all that was asked for is there: its code block is closed, and words follow that nobody needs."""
        if self.first_block:
            return self._closed > 0 and not holds_blocks(self._text)
        return (
            self.one_block and self._closed > 0 and not self._more and len(self._text) - self._closed > PROSE
        )

    def _follow_fences(self) -> None:
        """Look at the lines that have come since for the ends of code blocks; thoughts do not count."""
        while (end := self._text.find("\n", self._line)) >= 0:
            line, self._line = self._text[self._line : end], end + 1
            if self._thinking or _THINKS.match(line):
                self._thinking = not _THOUGHT_ENDS.search(line)
                continue
            fence = _FENCE.match(line)
            if fence is None:
                continue
            if not self._fence:
                self._fence = fence[1]
            # A closing mark has nothing behind it, and is at least as long as the opening one.
            elif not self._closed and fence[1].startswith(self._fence) and not fence[2].strip():
                self._closed = self._line
            else:
                self._more = True

    def _repeats(self) -> bool:
        # Bounded, as is `MOST_LINES`: however long the answer is, a look costs the same. The last line may be
        # half written.
        tail = self._text[-20_000:]
        lines = tail.split("\n")[:-1]
        for size in range(1, MOST_LINES + 1):
            enough = LONG_TIMES if size >= LONG else TIMES
            if len(lines) < size * enough:
                continue
            piece = lines[-size:]
            times = 1
            while lines[-size * (times + 1) : -size * times] == piece:
                times += 1
            run = "\n".join(piece * min(times, enough))
            long = len("\n".join(piece)) * times >= MIN_CHARS and bool(run.strip())
            # A file that repeats itself (a table of zeros) may be written as it is.
            if times >= enough and long and run not in self.shown:
                return True
        # A loop within one line has no line ends to be seen by.
        found = _CLAUSE.search(tail[-_TAIL:])
        return bool(found and found[1].strip(" -=*_#~.\t\n") and found[0] not in self.shown)
