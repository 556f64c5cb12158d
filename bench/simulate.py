"""A person, an editor and an endpoint, for benchmarks of the engine: all scripted, all in virtual time.

The editor does what our Neovim client does: a suggestion is shown less the keys typed since and asked for nothing
while it is typed along; one request at a time, kept as long as its answer may still fit.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable
from math import log

from attrs import define, field

from dovetail.fim import Engine, GenerationRequest, Piece, Suggestion, SuggestionRequest, Trigger
from dovetail.text import Point, Snapshot, TextEdit

NEXT = re.compile(r"\s*(?:\w+|[^\w\s])")
WORD = re.compile(r"\w+|[^\w\s]|\s+")


def next_word(text: str) -> str:
    """The next word or sign of `text`, with the white space before it."""
    found = NEXT.match(text)
    return found.group() if found else text


def shows(shown: str, truth: str) -> bool:
    """Whether the next word or sign of `truth` is the next of `shown`."""
    word = next_word(truth)
    return bool(word.strip()) and next_word(shown) == word


class Endpoint:
    """Answers with what will really be typed, but for `wrong` of the words (not the signs), drawn anew for each
    request.

    `latency_ms` to the first word, then `word_ms` each. It takes the window for the truth: where what stands before
    the cursor is not what will stand there, it answers with noise.
    """

    wants_context = True

    def __init__(
        self,
        truth: Callable[[], tuple[str, str]],
        *,
        latency_ms: float,
        wrong: float,
        word_ms: float = 10.0,
        slots: int = 2,
        seed: int = 1,
        most_words: int = 60,
    ) -> None:
        self.name = "scripted"
        self.slots = slots
        self.truth = truth
        self.latency_ms, self.word_ms, self.wrong, self.most = latency_ms, word_ms, wrong, most_words
        self.random = random.Random(seed)
        self.requests = self.speculative = self.closed = self.words = 0

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        self.requests += 1
        self.speculative += request.speculative
        before, after = self.truth()
        whole = False
        try:
            await asyncio.sleep(self.latency_ms / 1000)
            head = request.snapshot.lines.between(Point(0, 0), request.position)
            rest = (before + after)[len(head) :] if (before + after).startswith(head) else "noise + noise\n"
            # As with a real one, a blank line's indentation is not in the prompt, so it is in the answer.
            line = head.rpartition("\n")[2]
            rest = rest if line.strip() else line + rest
            for count, word in enumerate(WORD.findall(rest)):
                if count >= self.most:
                    break
                if word[0].isalnum() and self.random.random() < self.wrong:
                    word = "wrong"
                self.words += bool(word.strip())
                yield Piece(word)
                await asyncio.sleep(self.word_ms / 1000)
            whole = True
        finally:
            self.closed += not whole


@define
class Result:
    """What a person saw."""

    keys: int = 0
    right_s: float = 0.0
    shown_s: float = 0.0
    total_s: float = 0.0
    right_soon: int = 0
    """Keys 50 ms after which the next word on screen was right."""
    looked: int = 0
    """Keys after which the screen was looked at: not while a slip of the finger waits to be taken back."""
    keys_shown: int = 0
    """Keys after which something was on screen when the next came."""
    asked: int = 0
    """Requests of the editor."""


@define
class Editor:
    """Types `text` at the cursor of `snapshot`, key by key, and looks at the screen."""

    engine: Engine
    snapshot: Snapshot
    position: Point
    path: str
    rest: str = ""
    """What is still to be typed."""
    result: Result = field(factory=Result)
    _typed: str = ""
    """All that was typed."""
    _shown: tuple[str, str] | None = None
    """(`_typed` when it was asked for, text)."""
    _task: asyncio.Task[list[Suggestion]] | None = None
    _asked_at: str = ""
    _partial: str = ""

    def screen(self) -> str:
        """What is left of the suggestion."""
        if self._shown is None:
            return ""
        whole = "".join(self._shown)
        inside = len(self._shown[0]) <= len(self._typed)
        return whole[len(self._typed) :] if inside and whole.startswith(self._typed) else ""

    def ask(self) -> None:
        self.result.asked += 1
        if self._task is not None:
            self._task.cancel()
        self._asked_at, self._partial = self._typed, ""
        request = SuggestionRequest(self.snapshot, self.position, self.path, Trigger.AUTOMATIC)
        self._task = asyncio.ensure_future(self.engine.suggest(request, self.partial))
        self._task.add_done_callback(self.answered)

    def partial(self, found: list[Suggestion]) -> None:
        self._partial = found[0].text if found else ""
        self.take(self._partial)

    def take(self, text: str) -> bool:
        fits = self._typed.startswith(self._asked_at) and (self._asked_at + text).startswith(self._typed)
        if fits and len(self._asked_at) + len(text) > len(self._typed):
            self._shown = self._asked_at, text
            return True
        return False

    def answered(self, task: asyncio.Task[list[Suggestion]]) -> None:
        if task is not self._task or task.cancelled():
            return
        self._task = None
        found = task.result()
        if not (found and self.take(found[0].text)) and self._typed != self._asked_at and not self.screen():
            self.ask()

    def key(self, text: str) -> None:
        """One event: signs typed at once (a line end brings its indentation), or '\\b'."""
        self.result.keys += 1
        line, column = self.position
        seen = bool(self.screen())
        if text == "\b":
            before = Point(line, column - 1)
            self.snapshot = self.snapshot.edit(TextEdit(before, self.position, ""), self.snapshot.version + 1)
            self.position, self._typed = before, self._typed[:-1]
        else:
            at = self.position
            self.snapshot = self.snapshot.edit(TextEdit(at, at, text), self.snapshot.version + 1)
            lines = text.split("\n")
            self.position = Point(line + len(lines) - 1, len(lines[-1]) + (column if len(lines) == 1 else 0))
            self._typed += text
        if self.screen():
            if self._task is not None and not (seen and self._typed.startswith(self._asked_at)):
                self._task.cancel()  # a slip that was taken back: what was on the screen is there again
                self._task = None
            return
        if self._task is not None and self._typed.startswith(self._asked_at):
            typed = self._typed[len(self._asked_at) :]
            if self._partial.startswith(typed) or typed.startswith(self._partial):
                return
        self.ask()

    async def watch(self, seconds: float) -> None:
        """Look at the screen in steps of 10 ms."""
        left = seconds
        soon = False
        looked = 0.0
        while left > 1e-9:
            step = min(left, 0.01)
            await asyncio.sleep(step)
            left -= step
            looked += step
            screen = self.screen()
            self.result.total_s += step
            self.result.shown_s += step * bool(screen)
            right = shows(screen, self.rest)
            self.result.right_s += step * right
            if looked <= 0.0501:
                soon = right
        self.result.looked += 1
        self.result.right_soon += soon
        self.result.keys_shown += bool(self.screen())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self.engine.stop()


def events(text: str, rng: random.Random, *, typos: float = 0.015) -> list[tuple[str, float]]:
    """Keys that type `text`, each with the seconds until the next: quick inside words, slower between them, slow at
    line starts; now and then a wrong key that is taken back."""
    found: list[tuple[str, float]] = []
    index = 0
    while index < len(text):
        if text[index] == "\n":
            end = index + 1
            while end < len(text) and text[end] in " \t":
                end += 1
            found.append((text[index:end], rng.lognormvariate(log(0.45), 0.5)))
            index = end
            continue
        if text[index].isalpha() and rng.random() < typos:
            found += [("q" if text[index] != "q" else "w", 0.25), ("\b", 0.2)]
        inside = text[index].isalnum() and index + 1 < len(text) and text[index + 1].isalnum()
        found.append((text[index], rng.lognormvariate(log(0.160) if inside else log(0.220), 0.35)))
        index += 1
    return found


def ceiling(text: str, keys: list[tuple[str, float]], wrong: float) -> dict[str, float]:
    """Seconds of right answers to be expected where none takes any time: a wrong word is on screen until its first
    letter tells, then an answer drawn anew has it, or not."""
    found = {"best": 0.0, "best_time": 0.0}
    typed = ""
    for key, pause in keys:
        typed = typed[:-1] if key == "\b" else typed + key
        rest = text[len(typed) :] if text.startswith(typed) else ""
        word = next_word(rest)
        if not word.strip():
            continue
        chance = 1.0
        if word.strip()[0].isalnum():
            begun = not word[0].isspace() and typed[-1:].isalnum()
            chance = 1 - wrong**2 if begun else 1 - wrong
        found["best"] += pause * chance
        found["best_time"] += pause
    return found
