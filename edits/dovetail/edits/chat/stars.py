"""Where a model was shown stars in place of a secret, its answer's stars stand for that secret again.

The base of a model's edit is what it was shown. A line that it quotes, keeps, moves or repeats as it was shown it is
the file's own line, whatever the number of stars it wrote; so the answer is brought back to the file's own words before
anything is located. A line that is added and still holds such stars would overwrite the secret: it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from attrs import define, evolve, field

from dovetail.privacy import STAR
from dovetail.text import split_lines, without_end

from ..model import ADD, FileChange, Hunk, Kind, Reading, Reply, Tagged
from .request import ShownFile

_STARS = re.compile(re.escape(STAR) + "{3,}")
_FEW = STAR * 3


def _key(line: str) -> str:
    """What two spellings of a line have in common: not its indentation, not how many stars there are."""
    return _STARS.sub(_FEW, line.strip())


@define(slots=True)
class Stars:
    """The lines of one file that hold stars only as shown, and what stands there in truth."""

    rows: list[tuple[str, str]] = field(factory=list)
    """For each line of the file: its key as shown, and the line itself; ("", "") where nothing was overwritten."""
    places: dict[str, list[int]] = field(factory=dict)
    """The rows by their keys."""
    own: set[str] = field(factory=set)
    """Keys of lines that hold stars of their own."""
    runs: set[int] = field(factory=set)
    """How long the runs of stars are that were put in, and that the file itself has nowhere."""

    @classmethod
    def of(cls, file: ShownFile) -> Stars:
        found = cls()
        # Most files hold no secret: then there is nothing to bring back.
        if file.text == file.source:
            return found
        own_runs: set[int] = set()
        for shown, line in zip(split_lines(file.text), split_lines(file.source), strict=True):
            if shown == line:
                found.rows.append(("", ""))
                if STAR in line:
                    found.own.add(_key(line))
                    own_runs |= {len(run) for run in _STARS.findall(line)}
                continue
            found.places.setdefault(_key(shown), []).append(len(found.rows))
            found.rows.append((_key(shown), without_end(line)))
            found.runs |= {len(run) for run in _STARS.findall(shown)}
        # A length that the file itself uses says nothing of who wrote the stars.
        found.runs -= own_runs
        return found

    def lines_back(self, lines: Sequence[str]) -> tuple[list[str], list[int]]:
        """The lines in the file's own words, and the numbers of those whose stars could not be told."""
        result = list(lines)
        unknown: list[int] = []
        at = 0
        while at < len(lines):
            key = _key(lines[at])
            if _FEW not in key:
                at += 1
                continue
            count, rows = self._longest(lines, at)
            # Several places may hold the same: then it does not matter which one is meant.
            truths = {tuple(self.rows[row + i][1] for i in range(count)) for row in rows}
            if len(truths) == 1:
                for i, truth in enumerate(next(iter(truths))):
                    written = lines[at + i]
                    # The indentation is the answer's: it may have moved the line.
                    indent = written[: len(written) - len(written.lstrip())]
                    result[at + i] = indent + truth.strip() if truth.strip() != truth or indent else truth
            # The file's own stars may be written again; stars that were put in may not.
            elif key not in self.own and (rows or self._is_put_in(lines[at])):
                unknown += range(at, at + max(count, 1))
            at += max(count, 1)
        return result, unknown

    def _longest(self, lines: Sequence[str], at: int) -> tuple[int, list[int]]:
        """How many lines from `at` on stand in the file as they were shown, and where the longest such runs begin. One
        line of a private key looks like another once both are stars; a run of them is the key."""
        rows = self.places.get(_key(lines[at]), [])
        count = 1
        while len(rows) > 1 and at + count < len(lines) and _FEW in (key := _key(lines[at + count])):
            longer = [
                row for row in rows if row + count < len(self.rows) and self.rows[row + count][0] == key
            ]
            if not longer:
                break
            rows, count = longer, count + 1
        return count if rows else 0, rows

    def _is_put_in(self, line: str) -> bool:
        return any(len(run) in self.runs for run in _STARS.findall(line))


def in_own_words(reply: Reply, files: Iterable[ShownFile], resolve: Callable[[str], object]) -> Reply:
    """`reply` with the file's own lines where it repeats what was shown with stars; hunks whose added lines hold such
    stars still are marked as malformed, with the reason."""
    by_path = {file.path: stars for file in files if (stars := Stars.of(file)).rows}
    if not by_path:
        return reply
    changes = []
    for change in reply.changes:
        paths = [_path(resolve, path) for path in change.paths]
        named = next((by_path[path] for path in paths if path in by_path), None)
        changes.append(change if named is None else _change(change, named))
    return evolve(reply, changes=tuple(changes))


def _path(resolve: Callable[[str], object], path: str) -> str:
    found = resolve(path)
    return found if isinstance(found, str) else path


def _change(change: FileChange, stars: Stars) -> FileChange:
    return evolve(change, hunks=tuple(_hunk(hunk, stars) for hunk in change.hunks))


def _hunk(hunk: Hunk, stars: Stars) -> Hunk:
    trouble: list[str] = []
    readings = tuple(_reading(reading, stars, trouble) for reading in hunk.readings)
    spoilt = bool(trouble)
    weaker: list[Reading] = []
    for reading in hunk.weaker:
        unfit: list[str] = []
        back = _reading(reading, stars, unfit)
        # One that would write stars is no reading at all; if it was the only one that fits, nothing does.
        if not unfit:
            weaker.append(back)
    hunk = evolve(hunk, readings=readings, weaker=tuple(weaker))
    if not spoilt or hunk.malformed:
        return hunk
    reason = f"it would write {trouble[0]!r}: the stars stand for a secret that was not shown, and would overwrite it"
    return evolve(hunk, malformed=reason, kind=Kind.MALFORMED)


def _reading(reading: Reading, stars: Stars, trouble: list[str]) -> Reading:
    texts = [text for _, text in reading.lines]
    if not any(_FEW in text for text in texts):
        return reading
    back, unknown = stars.lines_back(texts)
    lines: Tagged = tuple((tag, text) for (tag, _), text in zip(reading.lines, back, strict=True))
    trouble += [texts[i].strip()[:60] for i in unknown if reading.lines[i][0] == ADD]
    return evolve(reading, lines=lines)
