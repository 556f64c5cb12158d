"""`dovetail complete`: the whole engine for one place in one file, without an editor."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from dovetail.fim import Ask, Suggestion, Trigger
from dovetail.server.headless import headless_session, root_of
from dovetail.server.session.answers import decision_answer
from dovetail.server.session.reasons import maker
from dovetail.server.session.uris import uri_of
from dovetail.text import Point, TextFileError, read_text_file

from .terminal import say

LEARN_S = 120.0


def run_complete(
    file: Path, line: int, column: int, *, root: Path | None, text: str, endpoint: str, as_json: bool
) -> int:
    """Print suggestions. Exit code 0 also when there is nothing to suggest, 2 for a file or place that is not."""
    if text not in ("", "-"):
        return _refuse("--text takes only -, which reads the text from standard input")
    if text == "-":
        live = sys.stdin.buffer.read().decode("utf-8-sig", "replace")
    else:
        try:
            live = read_text_file(file).text
        except TextFileError as error:
            return _refuse(str(error).rstrip("."))
        except OSError as error:
            return _refuse(f"{file}: {error.strerror or error}")
    return asyncio.run(_complete(file, live, line, column, root or root_of(file), endpoint, as_json))


async def _complete(
    file: Path, live: str, line: int, column: int, root: Path, endpoint: str, as_json: bool
) -> int:
    overrides: dict[str, Any] = {"endpoints": [{"url": endpoint}]} if endpoint else {}
    session = headless_session(root, overrides, suggests=True)
    try:
        for problem in session.problems:
            say(f"dovetail: {problem.text}", err=True)
        session.opened(uri_of(file.absolute()), "", 1, live)
        snapshot = session.documents.recent()[0]
        place = Point(line - 1, column - 1)
        if snapshot.lines.clamp(place) != place:
            known = len(snapshot.lines)
            where = (
                f"line {line} has {len(snapshot.line(line - 1))} characters"
                if line <= known
                else f"{known} lines"
            )
            return _refuse(f"{line}:{column} lies outside {file} ({where})")
        await asyncio.wait_for(session.models.start(), LEARN_S)
        path = session.folders.locate(snapshot.uri).path
        started = perf_counter()
        found = await session.suggest(Ask(snapshot, place, path, Trigger.MANUAL, replace_range=True, count=3))
        elapsed = (perf_counter() - started) * 1000
        decision = decision_answer(session.engine.why.last()[0])
        if as_json:
            say(json.dumps(_json(found, elapsed, decision)))
        else:
            _show(found, elapsed, decision)
        return 0
    finally:
        await session.close()


def _json(found: list[Suggestion], elapsed: float, decision: dict[str, Any]) -> dict[str, Any]:
    def place(point: Point) -> dict[str, int]:
        return {"line": point.line + 1, "column": point.column + 1}

    return {
        "suggestions": [
            {"text": s.text, "range": {"start": place(s.start), "end": place(s.end)}} for s in found
        ],
        "source": found[0].source if found else decision["source"],
        "elapsed_ms": round(elapsed, 3),
        "why": decision["steps"]
        + [{"name": "outcome", "detail": decision["outcome"], "ms": decision["elapsedMs"]}],
    }


def _show(found: list[Suggestion], elapsed: float, decision: dict[str, Any]) -> None:
    for suggestion in found:
        say(suggestion.text)
    source = maker(found[0].source) if found else "nothing"
    reason = "" if found else f": {decision['outcome']}"
    say(f"({source}{reason}, {elapsed:.1f} ms)", err=True)


def _refuse(sentence: str) -> int:
    say(f"dovetail: {sentence}.", err=True)
    return 2
