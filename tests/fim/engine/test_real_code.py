"""Real code: what was really typed is not filtered out, and a person who types it sees it."""

import json
import lzma
import os
import random
import sys
from pathlib import Path

import pytest

from dovetail.fim import SuggestionRequest
from dovetail.fim.rules.filters import Draft, FilterContext, run_filters
from dovetail.text import Point, Snapshot, TextEdit, indent_unit

ROOT = Path(__file__).parents[3]
CORPORA = Path(os.environ.get("DOVETAIL_CORPORA", ROOT.parent / "shared" / "corpora")) / "history"


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here ($DOVETAIL_CORPORA)")
@pytest.mark.parametrize("repo", ["flask", "httpx", "cobra", "ky"])
def test_the_true_rest_of_a_line_is_kept(repo):
    """Of 120 places in each repository: the filters change or drop the rest of the line at most at 3 % of them,
    with what follows there or not yet there."""
    with lzma.open(CORPORA / f"{repo}.jsonl.xz", "rt", encoding="utf-8") as stream:
        files = json.loads(stream.readline())["files"]
    texts = sorted(
        (p, t) for p, t in files.items() if t and p.endswith((".py", ".go", ".ts")) and len(t) > 500
    )
    chance = random.Random(1)
    asked, changed = 0, []
    while asked < 120:
        path, text = chance.choice(texts)
        snapshot = Snapshot.open("file:///" + path, text)
        number = chance.randrange(len(snapshot.lines))
        line = snapshot.line(number)
        start = len(line) - len(line.lstrip())
        if len(line.strip()) < 8:
            continue
        column = chance.choice([start, chance.randrange(start, len(line))])
        if column > start and line[column - 1].isalnum() and line[column].isalnum():
            continue
        missing = chance.choice([0, 0, 2, 6])
        last = snapshot.lines.clamp(Point(number + missing, 1 << 30))
        now = snapshot.edit(TextEdit(Point(number, column), last, ""))
        now.tree()
        request = SuggestionRequest(now, Point(number, column), path)
        kept = run_filters(
            Draft(line[column:], request.position),
            FilterContext(request, False, indent_unit=indent_unit(now)),
        )
        asked += 1
        if kept.draft is None or "".join(kept.draft.text.split()) != "".join(line[column:].split()):
            changed.append((path, number, line, kept.fired))
    assert len(changed) <= asked * 0.03, changed


@pytest.mark.parametrize(("latency_ms", "least"), [(300.0, 0.8), (0.0, 0.9)])
def test_typing_trace(latency_ms, least, monkeypatch):
    """A typed trace of 260 events in virtual time: the next word is on screen most of the time, with few requests
    (the figures themselves are the bench's)."""
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import typing_trace

    table = typing_trace.side_by_side(latency_ms, 2)
    assert table["keys"] == 260
    assert table["on_screen"] > least
    assert table["requests"] <= 130


def test_prompts_stay_the_same(monkeypatch):
    """Bytes of the prompt unchanged from key to key: at least .94 prefix first, .99 suffix first."""
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import typing_trace

    table = typing_trace.window()
    assert table["prefix first"]["unchanged"] >= 0.94
    assert table["suffix first"]["unchanged"] >= 0.99
    assert "typing_trace" in sys.modules
