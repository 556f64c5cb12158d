"""What `fit_words.py` fits on: the likeliest tokens at each column of lines that commits added, as rows of numbers,
labelled by whether the line goes on so."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fit_ranker import held_out_name

from dovetail.fim.builtin.history import History, TypedLine
from dovetail.fim.builtin.model.model import BuiltinModel
from dovetail.fim.builtin.model.ranker import Ranker
from dovetail.fim.builtin.words.table import NAMES

AHEAD, AHEAD_SHARE = 3, 0.35
YOUNG_FILES = 3
"""Files of a young workspace from the line's folder, and as many from elsewhere."""
HINTS = [NAMES.index(name) for name in ("parameters", "members", "fitting names")]


def places(
    history: History, seed: int, lines: int | None, commits: int | None, rankers: Path | None = None
) -> Iterator[tuple[BuiltinModel, TypedLine]]:
    """Each line with the model as it is before its commit."""
    ranker = None
    if rankers is not None:
        data = (rankers / held_out_name("lines", history.repo)).read_text(encoding="utf-8")
        ranker = Ranker(json.loads(data))
    model = BuiltinModel(ranker)
    model.update_all(history.files)
    for number, step in enumerate(history.typed(seed, lines)):
        if number == commits:
            break
        for line in step.lines:
            yield model, line
        for path, text in step.files.items():
            if text is None:
                model.remove(path)
            else:
                model.update(path, text)


def young(history: History, line: TypedLine, chance: random.Random) -> BuiltinModel:
    """A model that has learnt a few files, as of somebody who has just begun: the same kinds of evidence, and less
    of it. (The files are those before the first commit.)"""
    folder = line.path.rpartition("/")[0]
    near = sorted(path for path in history.files if path.rpartition("/")[0] == folder and path != line.path)
    far = sorted(history.files.keys() - {*near, line.path})
    some = [
        *chance.sample(near, min(YOUNG_FILES, len(near))),
        *chance.sample(far, min(YOUNG_FILES, len(far))),
    ]
    model = BuiltinModel()
    model.update_all({path: history.files[path] for path in some})
    return model


class Rows:
    """What was collected of a history."""

    def __init__(self, seed: int, ahead_share: float = AHEAD_SHARE) -> None:
        self._chance = random.Random(seed)
        self._ahead_share = ahead_share
        self.rows: list[np.ndarray] = []
        self.labels: list[bool] = []
        self.lengths: list[int] = []
        self.tokens: list[int] = []
        """Canonical; those of one line can be compared."""
        self.groups: list[int] = []
        self.asked: list[tuple[int, int]] = []
        """Of each group: line, column (-1: ahead, -2: in a young workspace)."""

    def add(self, model: BuiltinModel, line: TypedLine, number: int, *, young: bool = False) -> None:
        """Ask about all columns of a line."""
        for column in range(len(line.body)):
            head, rest = line.indent + line.body[:column], line.body[column:]
            text = [*line.above, head + "\n", *line.below]
            words, options = model.look(text, len(line.above), head, line.path)
            texts, canon = words.vocabulary.texts, words.vocabulary.canon
            # In a young workspace only what the code says of names is asked about: it is the same as elsewhere, and all
            # other evidence is weaker.
            if young and not any(option.table.rows[:, HINTS].any() for option in options):
                continue
            here = self._group(number, -2 if young else column)
            for option in options:
                for at, token in enumerate(option.table.tokens):
                    piece = texts[token][option.skip :]
                    right = rest.startswith(piece)
                    self._put(option.table.rows[at], right, len(piece), int(canon[token]), here)
                    if not right or young or self._chance.random() >= self._ahead_share:
                        continue
                    if len(rest) > len(piece) and piece[-1:].isalnum() and rest[len(piece)].isalnum():
                        continue  # a name that goes on
                    context, done = [*option.context, int(canon[token])], piece
                    for step in range(1, AHEAD + 1):
                        table = words.ahead(option, done, context, step, line.body[:column])
                        if table is None or not table.tokens:
                            break
                        ahead = self._group(number, -1)
                        found = None
                        for place, following in enumerate(table.tokens[:3]):
                            good = rest[len(done) :].startswith(texts[following])
                            self._put(
                                table.rows[place], good, len(texts[following]), int(canon[following]), ahead
                            )
                            found = following if good and found is None else found
                        if found is None:
                            break
                        done += texts[found]
                        context = [*context, int(canon[found])]

    def _group(self, line: int, column: int) -> int:
        self.asked.append((line, column))
        return len(self.asked) - 1

    def _put(self, row: np.ndarray, right: bool, length: int, token: int, group: int) -> None:
        self.rows.append(row)
        self.labels.append(right)
        self.lengths.append(length)
        self.tokens.append(token)
        self.groups.append(group)


def collect(
    file: Path,
    seed: int,
    lines: int | None,
    commits: int | None,
    rankers: Path | None = None,
    *,
    to_judge: bool = False,
) -> dict[str, Any]:
    """Rows of a history; `to_judge`: only those of places that a typist comes to, which is three times as fast."""
    history, chance = History.load(file), random.Random(seed)
    found = Rows(seed, 0.0 if to_judge else AHEAD_SHARE)
    for number, (model, line) in enumerate(places(history, seed, lines, commits, rankers)):
        found.add(model, line, number)
        if not to_judge:
            found.add(young(history, line, chance), line, number, young=True)
    return {
        "repo": history.repo,
        "rows": np.array(found.rows, np.float32),
        "labels": np.array(found.labels),
        "groups": np.array(found.groups),
        "lengths": np.array(found.lengths),
        "tokens": np.array(found.tokens),
        "asked": np.array(found.asked),
        "names": NAMES,
    }
