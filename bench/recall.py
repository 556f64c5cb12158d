"""How many of the names that a hole needs from other files are in the context that is gathered for it.

    python bench/recall.py HISTORY... [--tokens 1024] [--holes 2] [--commits N] [--seed 0]

For each commit of a recorded history, runs of up to six lines that it adds are holes: the workspace is what came before
the commit, the open file its new text above and below the hunk. The names that count stand in the hole and in
another file of the workspace, and not in the open file. Prints the share of them that the gathered context holds
(recall), for what the server sends, for its index and for its signatures of imports alone. No deadline is kept: what
is asked is what is found, not when.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import define

from dovetail.fim import Passage, SuggestionRequest
from dovetail.fim.builtin.history import History, added_lines
from dovetail.fim.builtin.index.lexer import KEYWORDS
from dovetail.fim.builtin.model.model import BuiltinModel
from dovetail.fim.prompt.context import ImportedSignatures, WorkspaceIndex, index
from dovetail.fim.prompt.context.gather import gather
from dovetail.fim.prompt.window import window_at
from dovetail.privacy import Shown, redact
from dovetail.text import Point, Snapshot, language_of_path

_NAME = re.compile(r"[A-Za-z_]\w{2,}")
_LINES = 6
_DEADLINE_MS = 60_000.0


@define(frozen=True, slots=True)
class Hole:
    path: str
    above: list[str]
    hole: list[str]
    below: list[str]


@define(slots=True)
class Workspace:
    """The files before a commit, as context sources see them."""

    files: dict[str, str]

    def open_documents(self) -> list[tuple[str, Snapshot]]:
        return []

    def read(self, path: str, asked: str) -> Shown | None:
        text = self.files.get(path)
        return None if text is None else redact(text)


def names(text: str) -> set[str]:
    return set(_NAME.findall(text)) - KEYWORDS


def holes(before: dict[str, str], after: dict[str, str | None]) -> Iterator[Hole]:
    for path, text in sorted(after.items()):
        if text is None or language_of_path(path) is None:
            continue
        lines = text.split("\n")
        added = added_lines(before.get(path, ""), text)
        for _, hunk in groupby(added, key=lambda each: each[1]):
            numbers = [number for number, _ in hunk]
            end = added[[number for number, _ in added].index(numbers[-1])][1]
            for first in range(0, len(numbers), _LINES):
                some = numbers[first : first + _LINES]
                yield Hole(path, lines[: some[0]], lines[some[0] : some[-1] + 1], lines[end:])


async def of_history(
    history: History, count: int, commits: int | None, seed: int, tokens: int
) -> dict[str, Any]:
    files = dict(history.files)
    model = BuiltinModel()
    model.update_all(files)
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    wanted = asked = 0
    times = []

    async def search(text: str, *, most: int, near: str, hidden: Collection[str]) -> Sequence[Passage]:
        return model.search(text, most=most, near=near, hidden=hidden)

    kinds = {
        "what the server sends": (ImportedSignatures(), WorkspaceIndex(search)),
        "the index alone": (WorkspaceIndex(search),),
        "signatures of imports alone": (ImportedSignatures(),),
    }
    where: dict[str, Counter[str]] = {}  # of each name, the files that it stands in
    for path, text in files.items():
        for name in names(text):
            where.setdefault(name, Counter())[path] += 1
    for number, commit in enumerate(history._commits):
        if number == commits:
            break
        some = list(holes(files, commit["files"]))
        for hole in sorted(chance.sample(some, min(count, len(some))), key=lambda each: each.path):
            here = names("\n".join((*hole.above, *hole.below)))
            needed = {
                name
                for name in names("\n".join(hole.hole)) - here
                if any(path != hole.path for path in where.get(name, ()))
            }
            if not needed:
                continue
            asked += 1
            wanted += len(needed)
            text = "\n".join((*hole.above, "", *hole.below))
            snapshot = Snapshot.open(f"file:///{hole.path}", text)
            request = SuggestionRequest(snapshot, Point(len(hole.above), 0), hole.path)
            window = window_at(snapshot, request.position)
            for kind, sources in kinds.items():
                started = perf_counter()
                context = await gather(
                    sources, request, window, Workspace(files), deadline_ms=_DEADLINE_MS, max_tokens=tokens
                )
                if len(sources) > 1:
                    times.append((perf_counter() - started) * 1000)
                found[kind] += len(needed & names("\n".join(snippet.text for snippet in context.snippets)))
        for path, text in commit["files"].items():
            for name in names(files.pop(path, "")):
                del where[name][path]
            if text is None:
                model.remove(path)
                continue
            files[path] = text
            model.update(path, text)
            for name in names(text):
                where.setdefault(name, Counter())[path] += 1
    times.sort()
    return {
        "holes": asked,
        "names": wanted,
        "recall": {kind: round(found[kind] / max(1, wanted), 3) for kind in kinds},
        "ms": {p: round(times[int(len(times) * p / 100)], 1) for p in (50, 95)} if times else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--holes", type=int, default=2)
    parser.add_argument("--commits", type=int)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    index.WITHIN_S = 60.0
    result: dict[str, Any] = {}
    for file in arguments.files:
        history = History.load(file)
        result[history.repo] = asyncio.run(
            of_history(history, arguments.holes, arguments.commits, arguments.seed, arguments.tokens)
        )
    kinds = next(iter(result.values()))["recall"]
    mean = {kind: sum(each["recall"][kind] for each in result.values()) / len(result) for kind in kinds}
    print(json.dumps({**result, "mean": {kind: round(share, 3) for kind, share in mean.items()}}, indent=1))


if __name__ == "__main__":
    main()
