"""Completion for four shells, the manual page, help at 60 columns, no colours, other encodings."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from warm import dovetail

from dovetail.cli import try_
from dovetail.cli.terminal import say_prose

ROOT = Path(__file__).parents[2]


def run(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return _run(dovetail(*arguments), tmp_path, environment)


def installed(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Under the name that it is installed by, which its completion goes by; a terminal's width is read at the start."""
    code = "import sys; sys.argv[0] = 'dovetail'; from dovetail.cli.main import main; main()"
    return _run([sys.executable, "-c", code, *arguments], tmp_path, environment)


def _run(
    command: list[str], tmp_path: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        env={**os.environ, "DOVETAIL_HOME": str(tmp_path / "home"), **environment},
        capture_output=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_its_script(tmp_path: Path, shell: str) -> None:
    script = installed(tmp_path, _DOVETAIL_COMPLETE=f"source_{shell}").stdout
    assert b"dovetail" in script and b"_DOVETAIL_COMPLETE" in script
    if shell != "powershell" and shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=script, capture_output=True, timeout=60, check=False)
        assert checked.returncode == 0 and checked.stderr == b"", checked


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("dovetail ap", "apply"),
        ("dovetail apply --fo", "--format"),
        ("dovetail apply --format git", "github"),
    ],
)
def test_commands_options_and_values_are_completed(tmp_path: Path, typed: str, offered: str) -> None:
    words = str(len(typed.split()) - 1)
    bash = installed(tmp_path, _DOVETAIL_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=words)
    assert bash.stdout.decode().split() == [offered]
    for shell in ("zsh", "fish", "powershell"):
        environment = {
            "_DOVETAIL_COMPLETE": f"complete_{shell}",
            "_TYPER_COMPLETE_ARGS": typed,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
            "_TYPER_COMPLETE_WORD_TO_COMPLETE": typed.split()[-1],
        }
        assert offered in installed(tmp_path, **environment).stdout.decode(), shell


def test_the_manual_page_is_of_these_commands() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "gen-man"), "--check"], check=False, timeout=60
    )
    assert checked.returncode == 0, "scripts/gen-man writes it anew"


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_manual_page_is_sound() -> None:
    page = str(ROOT / "docs" / "dovetail.1")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_no_first_sentence_is_cut(tmp_path: Path, columns: str) -> None:
    text = installed(tmp_path, "--help", COLUMNS=columns, TERMINAL_WIDTH=columns).stdout.decode()
    assert "..." not in text.split("Commands:")[1]
    assert max(map(len, text.splitlines())) <= int(columns)


def test_brackets_are_not_doubled(tmp_path: Path) -> None:
    for command in ("apply", "prompts", "edit"):
        usage = run(tmp_path, command, "--help").stdout.decode().splitlines()[0]
        assert "[[REPLY" not in usage and "[[NAME" not in usage and "......" not in usage, usage


@pytest.mark.parametrize(
    ("environment", "signs"),
    [
        ({"PYTHONIOENCODING": "utf-8"}, ("«", "»")),
        ({"PYTHONIOENCODING": "latin-1"}, ("\xab", "\xbb")),
        ({"PYTHONIOENCODING": "ascii"}, ("<<", ">>")),
    ],
)
def test_try_shows_suggestions_without_colours(
    tmp_path: Path, environment: dict[str, str], signs: tuple[str, str]
) -> None:
    done = run(tmp_path, "try", "--fast", NO_COLOR="1", COLUMNS="60", **environment)
    text = done.stdout.decode(environment["PYTHONIOENCODING"])
    assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr
    assert text.count(signs[0]) > 2 and text.count(signs[0]) == text.count(signs[1])
    assert "\x1b" not in text


def test_try_says_what_it_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(try_, "START_S", 0.0)
    assert try_.run_try(fast=True) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(
        "The server did not answer: it had not started after 0 s. Is this machine very busy?"
    )
    assert "doctor" in said


def test_complete_means_the_end_of_the_line_and_takes_an_endpoint(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("value = 1\nval")
    (tmp_path / "home").mkdir()
    done = run(tmp_path, "complete", "a.py", "--line", "2", "--json")
    assert done.returncode == 0, done.stderr
    refused = run(tmp_path, "complete", "a.py", "--line", "2", "--model", "m")
    assert refused.returncode == 2 and b"--endpoint" in refused.stderr
    wrong = ("--endpoint", "http://127.0.0.1:1", "--format", "no-such", "--model", "m", "--key-env", "K")
    told = run(tmp_path, "complete", "a.py", "--line", "2", *wrong)
    assert b"format" in told.stderr and b"Traceback" not in told.stderr
    outside = run(tmp_path, "complete", "a.py", "--line", "9")
    assert outside.returncode == 2 and b"lies outside" in outside.stderr


def test_a_command_without_an_editor_loads_nothing_of_the_protocol() -> None:
    """One after the other in one interpreter: what none of them loads is not there at the end."""
    commands = ["apply", "complete", "edit", "search", "doctor", "why"]
    code = (
        f"import importlib, sys\nfor command in {commands}:\n    importlib.import_module('dovetail.cli.' + command)\n"
        "    if loaded := {'lsprotocol', 'pygls.protocol'} & {*sys.modules}: sys.exit(f'{command}: {loaded}')"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], check=False, timeout=120, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


PROSE = (
    "1. a sentence that is longer than the forty columns of this terminal\n    indented, and longer than that too, "
    "with /a/path/that/has/no/space/and/is/longer/than/a/line in it\n\nthe end"
)


class Terminal(io.StringIO):
    def __init__(self, there: bool) -> None:
        super().__init__()
        self.there = there

    def isatty(self) -> bool:
        return self.there


def test_sentences_break_between_words_on_a_terminal_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for there in (True, False):
        screen = Terminal(there)
        monkeypatch.setattr(sys, "stdout", screen)
        say_prose(PROSE)
        lines = screen.getvalue().removesuffix("\n").split("\n")
        assert "\n".join(lines).split() == PROSE.split()
        if not there:
            assert lines == PROSE.split("\n")
            continue
        assert all(len(line) <= 40 or " " not in line.strip() for line in lines), lines
        assert lines[2].startswith("    indented") and lines[3].startswith("    ")
        assert lines[-2:] == ["", "the end"]


def test_a_reason_goes_on_beside_its_proof(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    return 1\n")
    (tmp_path / "r.md").write_text(
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n def f():\n-    return 2\n+    return 3\n"
    )
    coloured = run(tmp_path, "apply", "r.md", COLUMNS="60", FORCE_COLOR="1").stdout.decode()
    narrow = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    first = narrow.index("not found:") - narrow.rindex("\n", 0, narrow.index("not found:")) - 1
    after = narrow[narrow.index("not found:") :].split("\n")[1]
    assert after[:first].strip() == "" and after[first : first + 1].strip()
    assert max(map(len, narrow.split("\n"))) <= 60
    piped = run(tmp_path, "apply", "r.md", COLUMNS="60").stdout.decode()
    assert "not found: line 2 differs: quoted 'return 2', there 'return 1'" in piped
