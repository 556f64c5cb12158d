"""`dovetail bench keystrokes` on a small history, against the real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dovetail.cli.keystrokes import run_bench_keystrokes


def history(path: Path, files: dict[str, str], *commits: dict[str, str | None]) -> Path:
    head = {"repo": "a/b", "licence": "MIT", "commit": "0", "files": files}
    rows = [head, *({"commit": str(n), "files": changed} for n, changed in enumerate(commits, 1))]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_lines_are_typed_into_a_server_that_has_learnt_the_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "".join(
        f"def measure_{n}(frame):\n    return frame.collected_measurements[{n}]\n\n\n" for n in range(30)
    )
    added = "def last(frame):\n    return frame.collected_measurements[0]\n"
    file = history(tmp_path / "h.jsonl", {"a.py": body}, {"a.py": body + added})
    assert run_bench_keystrokes([file], seed=0, lines=5, commits=None, floors=True) == 0
    found = json.loads(capsys.readouterr().out)
    server = found["repositories"]["a/b"]["server"]
    assert server["lines"] == 2
    assert server["characters"] == sum(len(line.strip()) for line in added.splitlines())
    assert 0.3 < server["keys saved"] < 1
    assert set(found["mean"]) == {"server", "keyword completion", "nested n-grams"}


def test_what_is_no_history_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.jsonl").write_text("{}\n", encoding="utf-8")
    for name in ("x.jsonl", "absent.jsonl"):
        assert run_bench_keystrokes([tmp_path / name], seed=0, lines=1, commits=1, floors=False) == 2
        assert name in capsys.readouterr().err


def test_a_history_writes_nothing_outside_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = history(tmp_path / "h.jsonl", {"../outside.py": "x = 1\n"})
    assert run_bench_keystrokes([file], seed=0, lines=1, commits=1, floors=False) == 2
    assert "outside its repository" in capsys.readouterr().err
    assert not (tmp_path / "outside.py").exists()
