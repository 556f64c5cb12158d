"""`dovetail apply`, `apply --jsonl` and `undo` as a person or a script runs them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from dovetail.cli.apply import ApplyOptions, run_apply_jsonl, run_undo
from dovetail.cli.apply import run_apply as run

GOOD = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"
BAD = "a.py\n<<<<<<< SEARCH\nx = 9\n=======\nx = 2\n>>>>>>> REPLACE\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.py").write_bytes(b"x = 1\ny = 1\n")
    return folder


def reply(tmp_path: Path, text: str) -> str:
    path = tmp_path / "reply.txt"
    path.write_bytes(text.encode("utf-8"))
    return str(path)


def run_apply(reply: str, *, root: Path, state: Path | None = None, **options: Any) -> int:
    return run(reply, ApplyOptions(root, **options), state=state)


def test_applied_then_taken_back(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state"
    assert run_apply(reply(tmp_path, GOOD), root=root, as_json=True, state=state) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["applied"] is True
    assert [(file["path"], file["op"]) for file in said["files"]] == [("a.py", "edit")]
    hunk = said["hunks"][0]
    assert (hunk["path"], hunk["id"], hunk["proof"], hunk["kind"], hunk["reason"]) == (
        "a.py",
        1,
        "exact",
        None,
        None,
    )
    assert hunk["lines"] == [1, 1]
    assert (root / "a.py").read_bytes() == b"x = 2\ny = 1\n"
    assert run_undo(root=root, state=state) == 0
    assert (root / "a.py").read_bytes() == b"x = 1\ny = 1\n"
    assert run_undo(root=root, state=state) == 1


def test_nothing_left_to_do_is_a_success(root: Path, tmp_path: Path) -> None:
    (root / "a.py").write_bytes(b"x = 2  # the second value\ny = 1\n")
    done = "a.py\n<<<<<<< SEARCH\nx = 1  # the first value\n=======\nx = 2  # the second value\n>>>>>>> REPLACE\n"
    assert run_apply(reply(tmp_path, done), root=root, state=tmp_path / "state") == 0


def test_a_refusal_writes_nothing(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One hunk of two is refused: exit 1, and no file is touched."""
    assert (
        run_apply(reply(tmp_path, GOOD + BAD.replace("x = 9", "z = 9")), root=root, state=tmp_path / "state")
        == 1
    )
    out = capsys.readouterr().out
    assert "not found" in out
    assert "nothing was changed" in out
    assert (root / "a.py").read_bytes() == b"x = 1\ny = 1\n"
    assert not (tmp_path / "state").exists()


def test_check_writes_nothing(root: Path, tmp_path: Path) -> None:
    assert run_apply(reply(tmp_path, GOOD), root=root, check=True, state=tmp_path / "state") == 1
    (root / "a.py").write_bytes(b"x = 2\ny = 1\n")
    assert run_apply(reply(tmp_path, GOOD), root=root, check=True, state=tmp_path / "state") == 1, "refused"
    (root / "a.py").write_bytes(b"x = 1\ny = 1\n")
    assert (root / "a.py").read_bytes() == b"x = 1\ny = 1\n"


@pytest.mark.parametrize("text", ["", "Just some prose.\n"])
def test_a_reply_without_an_edit_is_no_success(
    root: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_apply(reply(tmp_path, text), root=root, state=tmp_path / "state") == 1
    assert "holds no edit" in capsys.readouterr().out


def test_usage_errors_exit_with_2(root: Path, tmp_path: Path) -> None:
    assert run_apply(str(tmp_path / "absent"), root=root) == 2
    assert run_apply(reply(tmp_path, GOOD), root=tmp_path / "absent") == 2
    assert run_apply(reply(tmp_path, GOOD), root=root, pick=True, as_json=True) == 2


def test_control_characters_of_a_reply_do_not_reach_the_terminal(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing that a model sends is sent on as an escape sequence or read as markup."""
    text = GOOD.replace("x = 2", "x = '\x1b]0;owned\x07[bold red]'")
    run_apply(reply(tmp_path, text), root=root, check=True, state=tmp_path / "state")
    out = capsys.readouterr().out
    assert "\x1b]0" not in out
    assert "\x07" not in out
    assert "[bold red]" in out


def test_tasks_are_answered_line_by_line() -> None:
    tasks = [
        {"id": 1, "files": {"a.py": "x = 1\n"}, "reply": GOOD},
        {"id": "two", "files": {"a.py": "x = 1\n"}, "reply": BAD},
        {"id": 3, "files": {"m.txt": "A\nb\nc\n"}, "base": {"m.txt": "a\nb\nc\n"},
         "reply": "m.txt\n<<<<<<< SEARCH\na\nb\nc\n=======\na\nb\nC\n>>>>>>> REPLACE\n"},
    ]  # fmt: skip
    source = io.StringIO("\n".join(map(json.dumps, tasks)) + "\nnonsense\n\n")
    out = io.StringIO()
    assert run_apply_jsonl(source, out) == 0
    first, second, third, fourth = map(json.loads, out.getvalue().splitlines())
    assert (first["id"], first["applied"], first["files"]) == (1, True, {"a.py": "x = 2\n"})
    assert (second["id"], second["applied"], second["files"]) == ("two", False, {})
    assert second["hunks"][0]["kind"] == "not found"
    assert (third["files"], third["hunks"][0]["proof"]) == ({"m.txt": "A\nb\nC\n"}, "merged")
    assert fourth["applied"] is False
    assert fourth["error"]


def test_picked_hunks_are_applied_without_the_rest(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GOOD + GOOD.replace("x = 1", "y = 1").replace("x = 2", "y = 2") + BAD
    answers = iter(["n", "y"])
    monkeypatch.setattr("builtins.input", lambda *_: next(answers))
    assert run_apply(reply(tmp_path, text), root=root, pick=True, state=tmp_path / "state") == 0
    assert (root / "a.py").read_bytes() == b"x = 1\ny = 2\n"
