"""`dovetail apply`, `apply --jsonl` and `undo` as a person or a script runs them."""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from applying import reply, run_apply
from warm import dovetail

from dovetail.cli.apply_jsonl import run_apply_jsonl
from dovetail.cli.undo import run_undo

GOOD = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"
BAD = "a.py\n<<<<<<< SEARCH\nx = 9\n=======\nx = 2\n>>>>>>> REPLACE\n"


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


def test_check_foretells_what_would_be_refused(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name of a file that has others is not written; `--check` says so, not only `apply`."""
    other = tmp_path / "other.py"
    os.link(root / "a.py", other)
    for check in (True, False):
        assert run_apply(reply(tmp_path, GOOD), root=root, check=check, state=tmp_path / "state") == 1
        assert "a.py is one of 2 names of one file" in " ".join(capsys.readouterr().out.split())
    other.unlink()
    assert run_apply(reply(tmp_path, GOOD), root=root, check=True, state=tmp_path / "state") == 1
    assert "1 hunk fits" in capsys.readouterr().out


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


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value


def documented(heading: str) -> set[str]:
    """The keys that docs/apply.md lists in the table under a heading."""
    text = (Path(__file__).parents[2] / "docs" / "apply.md").read_text(encoding="utf-8").split(heading, 1)[1]
    rows = text.split("| key | value |", 1)[1].split("\n\n", 1)[0].splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("| `")]
    return {key.strip(" `") for cell in cells for key in cell.split(",")}


def test_the_json_is_what_the_documentation_says(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    near = "a.py\n<<<<<<< SEARCH\nx = 1\ny = 7\n=======\nx = 2\n>>>>>>> REPLACE\n"
    assert run_apply(reply(tmp_path, near), root=root, as_json=True, state=state) == 1
    refused = said(capsys)
    assert (refused["schema"], refused["ok"], refused["applied"], refused["files"]) == (1, False, False, [])
    (hunk,) = refused["hunks"]
    assert (hunk["id"], hunk["quoted"], hunk["wanted"]) == (1, "x = 1\ny = 7", "x = 2")
    assert hunk["found"] == "x = 1\ny = 1"
    assert "y = 1" in refused["retry"] and hunk["reason"] in refused["retry"]
    assert run_apply(reply(tmp_path, GOOD), root=root, as_json=True, state=state) == 0
    applied = said(capsys)
    assert applied["diff"] == applied["files"][0]["diff"]
    assert "-x = 1\n+x = 2\n" in applied["diff"]
    assert applied["retry"] == ""
    known = documented("## JSON, schema 1")
    assert set(refused) <= known and set(applied) <= known
    assert known - set(applied) == {"error", "rejected", "rejects", "unsaved"}
    assert set(hunk) | set(applied["hunks"][0]) <= documented("A hunk:")


def test_secrets_of_a_file_are_not_in_what_the_model_is_told(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "q7Zp2Lx9Vb4Tn8Rk3Mw6Yd1H"
    (root / "a.py").write_text(f'API_KEY = "{key}"\nx = 1\ny = 1\n')
    near = "a.py\n<<<<<<< SEARCH\nx = 1\ny = 7\n=======\nx = 2\n>>>>>>> REPLACE\n"
    run_apply(reply(tmp_path, near), root=root, as_json=True, state=tmp_path / "state")
    assert key not in said(capsys)["retry"]


def test_what_fits_is_applied_and_the_rest_rejected(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD + BAD.replace("x = 9", "z = 9").replace("x = 2", "z = 3")
    assert run_apply(reply(tmp_path, text), root=root, partial=True, state=tmp_path / "state") == 1
    out = capsys.readouterr().out
    assert "1 rejected" in out and "-z = 9\n+z = 3\n" in out
    rest = tmp_path / "reply.txt.rej"
    assert f"dovetail apply {rest} -C {root}" in out
    assert run_apply(str(rest), root=root, state=tmp_path / "state") == 1, "it still does not fit"
    rest.write_text(rest.read_text().replace("z = 9", "y = 1").replace("z = 3", "y = 3"))
    assert run_apply(str(rest), root=root, state=tmp_path / "state") == 0
    assert (root / "a.py").read_bytes() == b"x = 2\ny = 3\n"
    (root / "a.py").write_bytes(b"x = 2\ny = 1\n")
    assert (root / "a.py").read_bytes() == b"x = 2\ny = 1\n"
    (root / "a.py").write_bytes(b"x = 1\ny = 1\n")
    assert run_apply(reply(tmp_path, GOOD), root=root, partial=True, state=tmp_path / "state") == 0


def test_annotations_name_files_from_where_the_command_runs(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    text = reply(tmp_path, BAD)
    for folder, path in ((Path("root"), "root/a.py"), (root, "a.py")):
        assert run_apply(text, root=folder, github=True, state=tmp_path / "state") == 1
        assert f"::error file={path}," in capsys.readouterr().out


def test_the_rest_goes_where_it_is_told_to(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GOOD + BAD
    state = tmp_path / "state"
    rest = tmp_path / "rest.rej"
    assert (
        run_apply(
            reply(tmp_path, text), root=root, partial=True, rejects=str(rest), as_json=True, state=state
        )
        == 1
    )
    answer = said(capsys)
    assert answer["rejects"] == str(rest) and "-x = 9" in rest.read_text()
    assert not (tmp_path / "reply.txt.rej").exists()
    for options in ({"check": True}, {"diff": True}):
        (root / "a.py").write_bytes(b"x = 1\ny = 1\n")
        rest.unlink(missing_ok=True)
        run_apply(reply(tmp_path, text), root=root, partial=True, rejects=str(rest), state=state, **options)
        assert not rest.exists()
    assert run_apply(reply(tmp_path, text), root=root, rejects=str(rest), state=state) == 2
    nowhere = str(tmp_path / "none" / "rest.rej")
    assert run_apply(reply(tmp_path, text), root=root, partial=True, rejects=nowhere, state=state) == 1
    assert "could not be kept" in capsys.readouterr().err
    (root / "a.py").write_bytes(b"x = 1\ny = 1\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert run_apply("-", root=root, partial=True, state=state) == 1
    assert "-x = 9" in (root / "dovetail.rej").read_text()


def test_a_template_is_written_when_told_so(root: Path, tmp_path: Path) -> None:
    text = "t.py\n<<<<<<< SEARCH\n=======\nimport {{ cookiecutter.pkg }}\n>>>>>>> REPLACE\n"
    assert run_apply(reply(tmp_path, text), root=root, state=tmp_path / "state") == 1
    assert run_apply(reply(tmp_path, text), root=root, syntax=False, state=tmp_path / "state") == 0


def test_annotations_stand_at_the_refused_places(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    near = "a.py\n<<<<<<< SEARCH\nx = 1\ny = 7\n=======\nx = 2\n>>>>>>> REPLACE\n"
    run_apply(reply(tmp_path, near), root=root, github=True, state=tmp_path / "state")
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("::error file=a.py,line=1,endLine=2,title=Dovetail%3A not found::")


NOWHERE = "a.py\n<<<<<<< SEARCH\nnothing = like_it(here)\n=======\nx = 2\n>>>>>>> REPLACE\n"


def test_a_refusal_that_is_near_nothing_names_no_line(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = reply(tmp_path, NOWHERE)
    run_apply(text, root=root, github=True, state=tmp_path / "state")
    annotation, *shown = capsys.readouterr().out.splitlines()
    assert annotation.startswith("::error file=a.py,title=Dovetail%3A not found::")
    assert any("refused" in line for line in shown) and not any("line 1" in line for line in shown)
    run_apply(text, root=root, as_json=True, state=tmp_path / "state")
    assert json.loads(capsys.readouterr().out)["hunks"][0]["lines"] is None


def command(*arguments: str, **rest: Any) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return subprocess.run(dovetail(*arguments), capture_output=True, timeout=120, **rest)


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("STATE", "CONFIG", "CACHE", "DATA")}
    return os.environ | {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)} | homes | more


def test_a_terminal_that_lacks_characters_changes_no_outcome(root: Path, tmp_path: Path) -> None:
    text = GOOD.replace("x = 2", "x = '漢✓'")
    env = environment(tmp_path, PYTHONIOENCODING="ascii")
    done = command("apply", reply(tmp_path, text), "--root", str(root), env=env)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"\\u6f22" in done.stdout
    assert (root / "a.py").read_text(encoding="utf-8") == "x = '漢✓'\ny = 1\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_an_output_that_is_full_changes_no_outcome(root: Path, tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        arguments = dovetail(
            "apply",
            reply(tmp_path, GOOD),
            "--root",
            str(root),
        )
        done = subprocess.run(
            arguments,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert (root / "a.py").read_bytes() == b"x = 2\ny = 1\n"


def git(root: Path, *arguments: str) -> None:
    quiet = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *quiet, *arguments], cwd=root, check=True, capture_output=True)


def test_the_base_may_be_a_revision_and_nothing_of_the_repository_runs(root: Path, tmp_path: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", "a.py")
    git(root, "commit", "-q", "-m", "a")
    ran = tmp_path / "ran"
    for name in ("fsmonitor", "textconv"):
        script = tmp_path / name
        script.write_text(f'#!/bin/sh\ntouch {ran}\ncat "$1"\n')
        script.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(tmp_path / "fsmonitor"))
    git(root, "config", "diff.x.textconv", str(tmp_path / "textconv"))
    git(root, "config", "filter.x.smudge", str(tmp_path / "textconv"))
    (root / ".gitattributes").write_text("*.py diff=x filter=x\n")
    (root / "a.py").write_bytes(b"x = 1\ny = 100\n")
    text = "a.py\n<<<<<<< SEARCH\nx = 1\ny = 1\n=======\nx = 2\ny = 1\n>>>>>>> REPLACE\n"
    env = environment(tmp_path)
    arguments = ("apply", reply(tmp_path, text), "--root", str(root))
    assert command(*arguments, env=env).returncode == 1
    for wrong in ("nowhere", "--help", "-x"):
        done = command(*arguments, f"--base={wrong}", env=env)
        assert done.returncode == 2 and b"--base" in done.stderr, done.stderr
    (root / "a.py").write_bytes(b"x = 1\n# mine\nz = 0\ny = 100\n")
    text = "a.py\n<<<<<<< SEARCH\nx = 1\ny = 1\n=======\nx = 2\ny = 1\n>>>>>>> REPLACE\n"
    (root / "a.py").write_bytes(b"x = 1\ny = 1\n# mine\n")
    assert (
        command("apply", reply(tmp_path, text), "--root", str(root), "--base", "HEAD", env=env).returncode
        == 0
    )
    assert (root / "a.py").read_bytes() == b"x = 2\ny = 1\n# mine\n"
    assert not ran.exists()


def test_completion_for_a_shell_can_be_had(tmp_path: Path) -> None:
    done = command("--help", env=environment(tmp_path, COLUMNS="80"))
    assert b"--install-completion" in done.stdout
    commands = done.stdout.decode().split("Commands:", 1)[1]
    assert "..." not in commands, "a first sentence is cut"
