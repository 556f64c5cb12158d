"""Whether an answer of many lines reaches the screen whole, from an endpoint as slow as a model on a laptop:

    python bench/blocks.py --history FOLDER [--token 40] [--first 300] [--most 300] [--verbose]

Every function body of two lines or more in the files of `--history` that fits into the default number of tokens is cut
out behind its header; a scripted model says it, a token at a time, and goes on with another function. The person looks
and types nothing. `growing`: a client that takes parts (Neovim). `at once`: one that takes a single answer and asks
again when the server says that there is more (VS Code). `plain`: one that does neither. `whole` is the share of bodies
that stand on the screen as they were, `first_line_ms` the median time to the first line. Time is virtual; prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import re
import statistics
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import virtual  # noqa: E402
from infilling import OTHERS, Workspace, _plain, bodies  # noqa: E402

from dovetail.fim import Engine, EngineSettings, GenerationRequest, Piece, SuggestionRequest, Trigger  # noqa: E402
from dovetail.text import Snapshot  # noqa: E402

LOOKS_S = 12.0
"""How long the person looks."""


class Slow:
    """Says a text, a token at a time."""

    name = "scripted"
    wants_context = True
    slots = 1

    def __init__(self, text: str, first_ms: float, token_ms: float) -> None:
        self.pieces = re.findall(r"\s*\w{1,6}|\s*[^\w\s]{1,3}|\s+", text)
        self.first, self.token = first_ms / 1000, token_ms / 1000

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        await asyncio.sleep(self.first)
        for piece in self.pieces[: request.max_tokens]:
            yield Piece(piece)
            await asyncio.sleep(self.token)
        yield Piece("", done=True)


async def look(path: str, before: str, answer: str, after: str, client: str, given: Any) -> dict[str, Any]:
    """What is on the screen in the end, when its first line came, and whether it only grew."""
    snapshot = Snapshot.open("file:///" + path, before + after)
    snapshot.tree()
    position = snapshot.lines.point(len(before))
    loop = asyncio.get_running_loop()
    model = Slow(answer, given.first, given.token)
    engine = Engine(lambda asked: (model,), Workspace(), (), EngineSettings(speculate=False), clock=loop.time)
    more = asyncio.Event()
    engine.on_more = lambda uri: more.set()
    began, seen = loop.time(), []

    def show(text: str) -> None:
        seen.append((loop.time() - began, text))

    question = SuggestionRequest(snapshot, position, path, Trigger.AUTOMATIC, replace_range=True)
    while True:
        parts = (lambda some: show(some[0].text)) if client == "growing" else None
        more.clear()
        found = await engine.suggest(question, parts)
        if found:
            show(found[0].text)
        try:
            async with asyncio.timeout(LOOKS_S if client == "at once" else 0):
                await more.wait()
        except TimeoutError:
            break
    engine.stop()
    texts = [text for _, text in seen]
    end = texts[-1] if texts else ""
    return {
        "whole": _plain(before + end + after),
        "first": next((at * 1000 for at, text in seen if text.strip()), None),
        "grew": all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts)),
        "shown": end,
    }


def measure(places: list[tuple[str, str, str, str]], client: str, given: Any) -> dict[str, Any]:
    """One kind of client at all places."""
    whole = grew = 0
    first: list[float] = []
    for path, before, middle, after in places:
        told = virtual.run(look(path, before, middle + OTHERS[Path(path).suffix], after, client, given))
        right = told["whole"] == _plain(before + middle + after)
        whole, grew = whole + right, grew + told["grew"]
        if told["first"] is not None:
            first.append(told["first"])
        if given.verbose and not right:
            print(f"--- {client}: {path}: {middle!r}\n    {told['shown']!r}", file=sys.stderr)
    return {
        "asked": len(places),
        "whole": round(whole / max(len(places), 1), 4),
        "only grew": round(grew / max(len(places), 1), 4),
        "first_line_ms": round(statistics.median(first or [0])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--history", type=Path, required=True)
    parser.add_argument("--first", type=float, default=300, help="ms to the first token")
    parser.add_argument("--token", type=float, default=40, help="ms a token")
    parser.add_argument("--most", type=int, default=300, help="bodies, a seeded choice")
    parser.add_argument("--verbose", action="store_true", help="print each body that was not whole")
    given = parser.parse_args()
    most = EngineSettings().max_tokens
    places = []
    for place in bodies(given.history):
        tokens = len(Slow(place[2], 0, 0).pieces)
        if place[2].strip().count("\n") >= 1 and tokens <= most:
            places.append(place)
    random.Random(5).shuffle(places)
    found = {
        client: measure(places[: given.most], client, given) for client in ("growing", "at once", "plain")
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
