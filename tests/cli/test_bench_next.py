"""`dovetail bench next` on a small history."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from dovetail.cli.nextreplay import make, noise, run_bench_next
from dovetail.cli.nextrows import distance, judge, lines_of, next_edit, row_of, rows_of
from dovetail.nextedit import Predictor, Proposal, Ranker, Text

BEFORE = "\n".join(
    f"def f{n}(cart):\n    rate = rates.of({n})\n    return shop.total_of(cart, rate, {n})\n"
    for n in range(6)
)
AFTER = BEFORE.replace("shop.total_of(cart, rate,", "cart.total(shop, rate,")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = [{"files": {"a.py": BEFORE}}, {"commit": "c1", "files": {"a.py": AFTER}}]
    file = tmp_path / "shop.jsonl.xz"
    with lzma.open(file, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    return file


def test_what_follows_counts_as_covered(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bench_next([history], rankers=None, commits=None, with_noise=True, orders=(False, True)) == 0
    report = json.loads(capsys.readouterr().out)
    figures = report["on demand"]["file order"]["all"]
    assert figures["later edits"] == 5
    assert figures["exact"] == 1.0
    assert figures["coverage"] >= 0.6
    assert figures["shown"] >= 3
    assert figures["quiet on noise"] is not None
    assert "shuffled" in report["automatic"]


def test_a_ranker_that_lets_all_through_is_wrong_and_heard(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures are of the ranker that is given: one that is sure of all is not quiet on noise."""
    rankers = tmp_path / "rankers"
    rankers.mkdir()
    (rankers / "shop.json").write_text('{"base": 5, "trees": []}', encoding="utf-8")
    assert run_bench_next([history], rankers=rankers, commits=1, with_noise=True, orders=(False,)) == 0
    loud = json.loads(capsys.readouterr().out)["automatic"]["file order"]["all"]
    assert loud["quiet on noise"] < 1


@pytest.mark.parametrize("text", ["", "{}", '{"files": 3}\n', "no JSON", '{"files": {}}\n{"files": {}}\n'])
def test_a_file_that_is_no_history_is_a_sentence(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "odd.jsonl"
    file.write_text(text, encoding="utf-8")
    assert run_bench_next([file], rankers=None, commits=None, with_noise=False, orders=(False,)) == 2
    assert "cannot be read as a recorded history" in capsys.readouterr().err


def test_a_ranker_that_is_not_there_is_a_sentence(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run_bench_next([history], rankers=history.parent, commits=None, with_noise=False, orders=(False,))
    assert code == 2
    assert "shop.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "new", "verdict"),
    [
        (1, "b = 2", "exact"),
        (1, "b = 3", "located"),
        (1, "b + 1", "located"),
        (4, "e = 2", "false"),
        (3, "d = g(1)", "partial"),
    ],
)
def test_a_proposal_is_judged_by_what_the_commit_makes(line: int, new: str, verdict: str) -> None:
    lines = lines_of("a = 1\nb = 1\nc = 1\nd = f(1)\ne = 1")
    goal = lines_of("a = 1\nb = 2\nc = 1\nd = g(2)\ne = 1")
    assert distance(lines, goal) == 4
    assert judge(lines, goal, Proposal("a", line, (lines[line],), (new,), "rewrite", (), 1, 1.0)) == verdict


@pytest.mark.parametrize("shuffled", [False, True])
def test_each_edit_is_made_once_where_it_stands_and_shows_nothing_of_the_rest(shuffled: bool) -> None:
    before = lines_of("\n".join(f"a{n} = {n}" for n in range(40)))
    after = list(before)
    for at in range(36, 0, -4):
        after[at : at + 1] = [f"new{at}", f"b{at} = 0", "more"] if at % 8 else []
    after[2] = "z = 2"
    row = row_of("c", {"a.py": before}, {"a.py": tuple(after)})
    assert row is not None
    texts, predictor, made = {"a.py": Text("a.py", before)}, Predictor(Ranker(0.0, ())), 0
    while (edit := next_edit(row, texts, shuffled, made)) is not None:
        make(edit, texts, predictor)
        made += 1
        told, now = predictor.edits[-1], texts["a.py"].lines
        assert now[told.line : told.line + len(told.new)] == told.new
        assert now[told.line + len(told.new) :][: len(told.below)] == told.below
    assert made == 10
    assert texts["a.py"].lines == tuple(after)


def test_noise_is_the_same_each_time(history: Path) -> None:
    rows = list(rows_of(history))
    loud = [noise(rows, lambda: Predictor(Ranker(5.0, ())), 0.5, workspaces=3) for _ in range(2)]
    assert loud[0] == loud[1]
    assert loud[0][0] > 0


def test_edits_that_are_far_apart_are_all_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"value_{n} = {n}" for n in range(2_000)]
    changed = [
        line.replace("value", "number") if n in (0, 900, 1_900) else line for n, line in enumerate(lines)
    ]
    rows = [{"files": {"a.py": "\n".join(lines)}}, {"commit": "c", "files": {"a.py": "\n".join(changed)}}]
    file = tmp_path / "far.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert run_bench_next([file], rankers=None, commits=None, with_noise=False, orders=(False,)) == 0
    assert json.loads(capsys.readouterr().out)["automatic"]["file order"]["all"]["later edits"] == 2
