"""Answers that run on: longer than the request can need, or the same over and over. Small models do both."""

from __future__ import annotations

import re

from attrs import define, field

from .request import Action, EditRequest

CHARS_PER_TOKEN = 3.5
REGION_TIMES, REGION_MORE = 3, 400
"""An answer that is a region: so many times the region's tokens, and so many tokens more."""
FILES_TIMES, FILES_MORE = 2, 1500
"""An answer about files: it may hold each of them as a whole."""
MOST_LINES = 12
"""The longest piece, in lines, that is looked for at the end of an answer again and again."""
TIMES = 6
"""How often a piece has to stand there in a row, if it stands so nowhere in what was shown."""
MIN_CHARS = 160
"""What is repeated has to come to so many characters in all: closing braces are no loop."""
_CLAUSE = re.compile(r"(.{8,80}?)\1{7,}\Z", re.DOTALL)
_TAIL = 900
"""Characters at the end of a line that are looked through for a clause that comes again."""
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)


@define(slots=True)
class Watch:
    """Reads an answer while it comes, and says when to stop."""

    limit: int
    """Characters that the answer may have, thoughts aside."""
    shown: str
    """What the model was shown: a text that holds the repetition itself may be repeated."""
    _text: str = field(default="", init=False)
    _looked: int = field(default=0, init=False)

    @classmethod
    def of(cls, request: EditRequest) -> Watch:
        """The watch over the first answer to a request."""
        shown = "".join(file.text for file in request.files)
        if request.answers_with_region:
            return cls.over_region(request.region_text(), shown)
        tokens = FILES_TIMES * len(shown) / CHARS_PER_TOKEN + FILES_MORE
        tokens += FILES_MORE if request.action is Action.TESTS else 0
        return cls(int(tokens * CHARS_PER_TOKEN), shown)

    @classmethod
    def over_region(cls, region: str, shown: str) -> Watch:
        """The watch over an answer that is the new text of a region."""
        return cls(int((REGION_TIMES * len(region) / CHARS_PER_TOKEN + REGION_MORE) * CHARS_PER_TOKEN), shown)

    def add(self, piece: str) -> str:
        """Take the next piece of the answer; why it has to stop, '' where it may go on."""
        self._text += piece
        if len(self._text) - self._looked < 80:
            return ""
        self._looked = len(self._text)
        if len(self._text) > self.limit and len(_THOUGHT.sub("", self._text)) > self.limit:
            return "it was longer than this edit can need"
        return "it said the same over and over" if self._repeats() else ""

    def _repeats(self) -> bool:
        tail = self._text[-20_000:]
        lines = tail.split("\n")[:-1]
        for size in range(1, MOST_LINES + 1):
            if len(lines) < size * TIMES:
                break
            piece = lines[-size:]
            times = 1
            while lines[-size * (times + 1) : -size * times] == piece:
                times += 1
            run = "\n".join(piece * min(times, TIMES))
            long = len("\n".join(piece)) * times >= MIN_CHARS and bool(run.strip())
            if times >= TIMES and long and run not in self.shown:
                return True
        found = _CLAUSE.search(tail[-_TAIL:])
        return bool(found and found[1].strip(" -=*_#~.\t\n") and found[0] not in self.shown)
