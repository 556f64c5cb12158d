"""The history typed line by line into a real server, for one way to suggest; goes on where the last run ended."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.fim.builtin.history import History, TypedCommit, TypedLine
from dovetail.fim.builtin.typist import Keys

from ..keystrokes import Server, write_file
from .errors import Error, judge
from .found import add_found, read_found
from .history import words_of

EXAMPLES_KEPT = 20
"""Of each error, where examples are wanted."""


@define(slots=True)
class Tally:
    """What came of one way to suggest."""

    keys: Keys = field(factory=Keys)
    lines: int = 0
    exact: int = 0
    """Lines whose first suggestion, at their start, was the whole of them."""
    shown: int = 0
    errors: dict[str, int] = field(factory=dict)
    recovered: dict[str, int] = field(factory=dict)
    """Of those, after how many the next suggestion of the line began with the right word."""
    times: list[float] = field(factory=list)
    """Of each answer, in ms."""
    questions: int = 0
    examples: dict[str, list[dict[str, str]]] = field(factory=dict)
    tokens: dict[str, int] = field(factory=dict)
    stopped: str = ""
    """Why not all of it was typed."""

    def add(self, other: Tally) -> None:
        self.keys.add(other.keys)
        for name in ("lines", "exact", "shown", "questions"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in (
            (self.errors, other.errors), (self.recovered, other.recovered), (self.tokens, other.tokens)
        ):  # fmt: skip
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number
        self.times += other.times
        for name, some in other.examples.items():
            self.examples[name] = [*self.examples.get(name, []), *some][:EXAMPLES_KEPT]

    def stored(self) -> dict[str, Any]:
        keys = {name: getattr(self.keys, name) for name in self.keys.__slots__ if name != "__weakref__"}
        return {
            "keys": keys, "lines": self.lines, "exact": self.exact, "shown": self.shown, "errors": self.errors,
            "recovered": self.recovered, "times": [round(one, 1) for one in self.times],
            "questions": self.questions, "examples": self.examples, "tokens": self.tokens,
        }  # fmt: skip

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Tally:
        return cls(**{**data, "keys": Keys(**data["keys"])})


@define(slots=True)
class _Watch:
    """Judges the suggestions of one line as they are seen."""

    line: TypedLine
    tally: Tally
    known: set[str]
    examples: bool
    _last: str = ""
    _open: Error | None = None
    """An error of which it is not yet known whether the user recovers."""

    def saw(self, column: int, suggestion: str) -> None:
        text = suggestion.split("\n", 1)[0].rstrip("\r")
        self.tally.questions += 1
        # Judged at the next suggestion of the line: the user typed on, and it came right or did not.
        if self._open is not None and text:
            first = text.split()[:1]
            if first and self.line.body[column:].lstrip().startswith(first[0]):
                self.tally.recovered[self._open] = self.tally.recovered.get(self._open, 0) + 1
            self._open = None
        # The one question that every line has: what is shown before a key of it is typed.
        if column == 0:
            self.tally.exact += text.rstrip() == self.line.body
        # What is left of a suggestion that was seen before is no new one.
        fresh = bool(text.strip()) and not (self._last and self._last.endswith(text))
        self._last = text
        # Silence is counted once a line, at its start.
        if not fresh and not (column == 0 and not text.strip()):
            return
        self.tally.shown += fresh
        error = judge(self.line, column, suggestion, self.known)
        if error is None:
            return
        self.tally.errors[error] = self.tally.errors.get(error, 0) + 1
        self._open = error
        some = self.tally.examples.setdefault(error, []) if self.examples else None
        if some is not None and len(some) < EXAMPLES_KEPT:
            before, written = self.line.body[:column], self.line.body[column:]
            some.append({"file": self.line.path, "before": before, "shown": text, "written": written})


async def replay(
    history: History,
    settings: Mapping[str, Any],
    *,
    seed: int,
    lines: int,
    most: int,
    examples: bool,
    store: Path,
    on_commit: Callable[[int, int], None],
) -> Tally:
    """Type the history.

    Args:
        settings: of the server, as an editor gives them.
        most: questions to the server at most; where they are used up, it ends with what there is.
        store: a file of what was found commit by commit; what stands in it already is not typed again.
        on_commit: told (commits done, commits in all) after each one that was typed.
    """
    total, done = Tally(), known_commits(store)
    commits = list(history.typed(seed, lines))
    with tempfile.TemporaryDirectory(prefix="dovetail-bench-") as name:
        root = Path(name, "workspace")
        for path, text in history.files.items():
            write_file(root, path, text)
        known = words_of(history.files.values())
        # All of it is known from earlier runs: no server need be started.
        if all(commit.commit in done for commit in commits):
            for commit in commits:
                total.add(done[commit.commit])
            return total
        # A home of its own for each run, with nothing of the user's cache and counts.
        server = Server(root, Path(name, "home"), settings)
        spent = dict[str, int]()
        await server.start()
        try:
            for number, commit in enumerate(commits, 1):
                if commit.commit in done:
                    total.add(done[commit.commit])
                elif total.questions >= most:
                    total.stopped = f"stopped after {total.questions:,} questions (--most)"
                    break
                else:
                    found = await _commit(server, commit, known, examples)
                    if server.offline:  # what nobody was asked says nothing about who would have answered
                        total.stopped = f"stopped: {server.offline}"
                        break
                    # The server counts from its start; a commit's own tokens are the difference.
                    spent, before = _tokens(await server.stats()), spent
                    found.tokens = {name: number - before.get(name, 0) for name, number in spent.items()}
                    total.add(found)
                    add_found(store, commit.commit, found.stored())
                    on_commit(number, len(commits))
                # Only what was there before a line was typed is known to it.
                known |= words_of(text for text in commit.files.values() if text is not None)
                changed = [path for path, text in commit.files.items() if write_file(root, path, text)]
                server.announce(changed)
        finally:
            await server.stop()
    return total


async def _commit(server: Server, commit: TypedCommit, known: set[str], examples: bool) -> Tally:
    tally = Tally()
    for line in commit.lines:
        tally.lines += 1
        tally.times += await server.type(line, tally.keys, _Watch(line, tally, known, examples).saw)
    return tally


def _tokens(report: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in report.get("endpoints") or ():
        for name, number in (one.get("tokens") or {}).items():
            found[name] = found.get(name, 0) + int(number)
    return found


def known_commits(store: Path) -> dict[str, Tally]:
    """What earlier runs found, by commit."""
    found: dict[str, Tally] = {}
    for commit, data in read_found(store).items():
        try:
            found[commit] = Tally.read(data)
        except (KeyError, TypeError):  # written by another version
            continue
    return found
