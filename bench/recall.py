"""How many of the names that a hole needs from other files are in the context that is gathered for it.

    python bench/recall.py HISTORY... [--tokens 1024] [--holes 12] [--commits N] [--seed 0]

For each commit of a recorded history, runs of up to six lines that it adds are holes: the workspace is what came before
the commit, the open file its new text above and below the hunk. A name counts where the hole's code uses it (not its
comments or strings) without binding it, the open file does not have it, and another file of the workspace defines it.
Prints the share of them that the gathered context holds (recall), for what the server sends, for its index and for its
signatures of imports alone; beside it the share of two wider kinds of names: those that stand in the code of another
file, defined there or not (those of the language and its library are among them), and all words, those of comments
and strings among them. No deadline is kept: what is asked is what is found, not when.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import define
from tree_sitter import Node

from dovetail.fim import Passage, SuggestionRequest
from dovetail.fim.builtin.history import History, added_lines
from dovetail.fim.builtin.index.lexer import KEYWORDS
from dovetail.fim.builtin.model.model import BuiltinModel
from dovetail.fim.prompt.context import ImportedSignatures, WorkspaceIndex, index
from dovetail.fim.prompt.context.gather import gather
from dovetail.fim.prompt.window import window_at
from dovetail.privacy import Shown, redact
from dovetail.text import Point, Snapshot, definitions, language_of_path
from dovetail.text.structure._captures import captures

_NAME = re.compile(r"[A-Za-z_]\w{2,}")
_LINES = 6
DEFINED, CODE, WORDS = "names that others define", "names in others' code", "words of any kind"
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


@lru_cache(maxsize=4096)
def names(text: str) -> frozenset[str]:
    return frozenset(_NAME.findall(text)) - KEYWORDS


@lru_cache(maxsize=4096)
def code_names(path: str, text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names in the code of a file, and those of them that it defines."""
    snapshot = Snapshot.open(f"file:///{path}", text)
    tree = snapshot.tree()
    if tree is None:
        return frozenset(), frozenset()
    defined = frozenset(each.name for each in definitions(snapshot))
    return frozenset(_identifiers(tree.root_node, 0, len(text))), defined


def _identifiers(root: Node, start: int, stop: int) -> Iterator[str]:
    """The names among the leaves of the lines from `start` to `stop` (exclusive)."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.end_point[0] < start or node.start_point[0] >= stop:
            continue
        stack.extend(node.children)
        if not node.child_count and ("identifier" in node.type or node.type in ("name", "constant", "word")):
            name = (node.text or b"").decode()
            if _NAME.fullmatch(name) and name not in KEYWORDS:
                yield name


def needed_by(hole: Hole, files: Mapping[str, str]) -> dict[str, set[str]]:
    """The names that a hole needs from other files, of each kind."""
    others = [(path, text) for path, text in files.items() if path != hole.path]
    new = names("\n".join(hole.hole)) - names("\n".join((*hole.above, *hole.below)))
    words = {name for name in new if any(name in names(text) for _, text in others)}
    whole = Snapshot.open(f"file:///{hole.path}", "\n".join((*hole.above, *hole.hole, *hole.below)))
    tree = whole.tree()
    if tree is None or not words:
        return {DEFINED: set(), CODE: set(), WORDS: words}
    start, stop = len(hole.above), len(hole.above) + len(hole.hole)
    bound = captures(whole, "definition", "local", "parameter") or {}
    own = {
        whole.node_text(node)
        for kind in ("definition.name", "local", "parameter")
        for node in bound.get(kind, ())
        if start <= node.start_point[0] < stop
    }
    used = words & set(_identifiers(tree.root_node, start, stop)) - own
    known = [code_names(path, text) for path, text in others] if used else []
    return {
        DEFINED: {name for name in used if any(name in defined for _, defined in known)},
        CODE: {name for name in used if any(name in code for code, _ in known)},
        WORDS: words,
    }


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
    wanted: Counter[str] = Counter()
    asked = 0
    times = []

    async def search(
        words: Mapping[str, float], *, most: int, path: str, hidden: Collection[str]
    ) -> tuple[Sequence[Passage], Sequence[Passage]]:
        return model.parts(words, most=most, path=path, hidden=hidden)

    kinds = {
        "what the server sends": (ImportedSignatures(), WorkspaceIndex(search)),
        "the index alone": (WorkspaceIndex(search),),
        "signatures of imports alone": (ImportedSignatures(),),
    }
    for number, commit in enumerate(history._commits):
        if number == commits:
            break
        some = list(holes(files, commit["files"]))
        for hole in sorted(chance.sample(some, min(count, len(some))), key=lambda each: each.path):
            needed = needed_by(hole, files)
            if not needed[CODE]:
                continue
            asked += 1
            wanted.update({kind: len(some) for kind, some in needed.items()})
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
                there = names("\n".join(snippet.text for snippet in context.snippets))
                found[kind] += len(needed[DEFINED] & there)
                if len(sources) > 1:
                    found.update({wider: len(needed[wider] & there) for wider in (CODE, WORDS)})
        for path, text in commit["files"].items():
            files.pop(path, None)
            if text is None:
                model.remove(path)
                continue
            files[path] = text
            model.update(path, text)
    times.sort()
    return {
        "holes": asked,
        "names": dict(wanted),
        "recall": {kind: round(found[kind] / max(1, wanted[DEFINED]), 3) for kind in kinds}
        | {wider: round(found[wider] / max(1, wanted[wider]), 3) for wider in (CODE, WORDS)},
        "ms": {p: round(times[int(len(times) * p / 100)], 1) for p in (50, 95)} if times else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--holes", type=int, default=12)
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
