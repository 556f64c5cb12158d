"""`dovetail search`: what the index of the workspace finds by words, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dovetail.fim import Passage
from dovetail.privacy import printable
from dovetail.server.headless import headless_session

from .terminal import say, say_json

LEARN_S = 300.0
_LINES_SHOWN = 6


def run_search(words: Sequence[str], *, root: Path, most: int, as_json: bool, whole: bool) -> int:
    """Print the pieces found, best first. Exit code 1 where nothing is found, 2 where there is nothing to search."""
    if not root.is_dir():
        say(f"dovetail: {root} is not a folder.", err=True)
        return 2
    return asyncio.run(_search(" ".join(words), root.absolute(), most, as_json, whole))


async def _search(text: str, root: Path, most: int, as_json: bool, whole: bool) -> int:
    session = headless_session(root, suggests=True)
    try:
        for problem in session.problems:
            say(f"dovetail: {problem.text}", err=True)
        if not session.settings.embedded.enabled:
            say("dovetail: learning is off (setting embedded.enabled), so there is no index.", err=True)
            return 2
        # Learnt anew, or read from what an earlier run has kept.
        await asyncio.wait_for(session.models.start(), LEARN_S)
        found = await session.models.search(text, most=most)
        if as_json:
            say_json([_json(passage) for passage in found])
        else:
            for passage in found:
                _show(passage, whole)
            if not found:
                say(f"dovetail: no learnt file of {root} has these words.", err=True)
        # As grep: nothing found is 1.
        return 0 if found else 1
    except TimeoutError:
        say(f"dovetail: {root} was not learnt within {LEARN_S:g} s.", err=True)
        return 2
    finally:
        await session.close()


def _json(passage: Passage) -> dict[str, Any]:
    return {
        "path": passage.path,
        "line": passage.line + 1,
        "score": round(passage.score, 2),
        "words": list(passage.words),
        "text": passage.text,
    }


def _show(passage: Passage, whole: bool) -> None:
    words = ", ".join(passage.words)
    # Paths and text may hold escape sequences; one line each, whatever they hold.
    say(printable(f"{passage.path}:{passage.line + 1}  {passage.score:.1f}  by {words}", one_line=True))
    lines = passage.text.split("\n")
    for line in lines if whole else lines[:_LINES_SHOWN]:
        say("    " + printable(line, one_line=True))
    if not whole and len(lines) > _LINES_SHOWN:
        say(f"    … {len(lines) - _LINES_SHOWN} more lines")
