"""What models, endpoints, file names and sources hold reaches no terminal as anything but text."""

from __future__ import annotations

import ast
import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from dovetail.cli import terminal
from dovetail.server.logs import start_logging, stop_logging

CLI = Path(__file__).parents[2] / "cli" / "dovetail" / "cli"
EVIL = {
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;b3duZWQ=\x07",
    "reset": "\x1bc",
    "C1": "\x9b31m",
    "override": "abc\u202edef",
    "zero width": "a\u200bb",
    "back": "good\b\b\b\bevil",
    "return": "good\revil",
}


def raw(text: str) -> list[str]:
    return [c for c in text if c in "\x07\x08\x0d\x1b\x9b\u202e\u200b"]


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
@pytest.mark.parametrize("way", ["say", "error", "text", "markup", "table"])
def test_it_is_shown_as_text(way: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    if way in ("say", "error"):
        terminal.say(f"before {text} after", err=way == "error")
    elif way == "table":
        table = Table.grid()
        table.add_row("x", Text(text))
        terminal.console().print(table)
    else:
        terminal.console().print(Text(text, "bold") if way == "text" else f"[bold]{text}[/]", end=" ")
    shown = "".join(capsys.readouterr())
    assert shown.strip() and not raw(shown)


def test_styles_of_our_own_still_reach_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    made = terminal.console()
    made.file = io.StringIO()
    made.print(Text("good", "bold red"), Text("\x1b[2J"))
    assert "\x1b[" in made.file.getvalue() and "\x1b[2J" not in made.file.getvalue()


@pytest.mark.parametrize("path", sorted(CLI.glob("*.py")), ids=lambda path: path.name)
def test_no_command_writes_past_it(path: Path) -> None:
    """`print`, `typer.echo` of what is not a constant of ours, and consoles of one's own are for `terminal` alone."""
    if path.name == "terminal.py":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in ("print", "Console", "rich.print", "sys.stdout.write"), f"line {node.lineno}"


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_logs_hold_it_as_text(text: str, tmp_path: Path) -> None:
    start_logging(tmp_path)
    logging.getLogger("dovetail").warning("the model %s", text)
    stop_logging()
    written = (tmp_path / "dovetail.log").read_text(encoding="utf-8")
    assert "the model" in written and not raw(written)


def test_a_call_of_a_library_whose_arguments_do_not_fit_is_logged_and_raises_nothing(tmp_path: Path) -> None:
    start_logging(tmp_path)
    logging.getLogger("dovetail").warning("%d of %d", "one")
    stop_logging()
    assert "%d of %d" in (tmp_path / "dovetail.log").read_text(encoding="utf-8")


DIFF = "--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_terminal_that_cannot_write_a_sign_does_not_decide_what_happened(
    encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "f.py").write_text("x = 1\n")
    (tmp_path / "u.diff").write_text(DIFF)
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "DOVETAIL_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-P", "-m", "dovetail.cli", "apply", "u.diff"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "f.py").read_text() == "x = 2\n"
    assert b"Traceback" not in done.stderr
