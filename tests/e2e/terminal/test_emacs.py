"""A real Emacs with nothing installed, as docs/editors/emacs.md sets it up: ghost text, actions, refusals, undo."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from screen import CODE, FIT, GROWING, MISFIT, NO_COMPILER, REQUEST_S, ROOT, Screen, editor, serve

ADDED = "    value = str(value)\n"
pytestmark = pytest.mark.timeout(600)  # it waits for the screen longer than other tests
PAGE = ROOT / "docs" / "editors" / "emacs.md"


@pytest.fixture
def emacs(home: Path, project: Path) -> Iterator[Screen]:
    """Emacs on checks.py, with the configuration of the page; only the command is the one under test."""
    (configuration,) = re.findall(r"```elisp\n;; init.el\n(.*?)```", PAGE.read_text(), re.S)
    assert '("dovetail" "serve")' in configuration
    command = " ".join(json.dumps(part) for part in serve())
    # Behind what loads eglot, which sets its limits then.
    extra = f"""
        (setq inhibit-startup-screen t eglot-confirm-server-edits nil)
        (setq eglot-connect-timeout {REQUEST_S} jsonrpc-default-request-timeout {REQUEST_S})
    """
    configuration = configuration.replace('"dovetail" "serve"', command)
    (home / "init.el").write_text(NO_COMPILER + configuration + extra)
    # The answers to be applied stand in the file itself, behind what is edited.
    (project / "checks.py").write_text(CODE + quoted(FIT) + quoted(MISFIT))
    arguments = [str(editor("emacs")), "-nw", "-Q", "-l", str(home / "init.el"), "checks.py"]
    with closing(Screen(arguments, project, home)) as screen:
        screen.wait("Connected! Server")
        yield screen


def quoted(answer: str) -> str:
    return f'\n"""\n{answer}"""\n'


def select(screen: Screen, which: int) -> None:
    """Select the answer with this number."""
    screen.keys("M-<")
    screen.keys("C-s")
    screen.type("```diff")
    screen.keys(*["C-s"] * (which - 1), "Enter", "C-a", "C-Space", *["C-n"] * 9)


def test_a_suggestion_is_ghost_text_and_tab_takes_it(emacs: Screen) -> None:
    emacs.keys("M-<")
    emacs.keys(*["C-n"] * 4)
    emacs.type("def check_ages(in")
    # While the workspace is being learnt there is nothing yet, and Emacs asks at keys only.
    for patience in GROWING:
        emacs.type("s")
        with contextlib.suppress(AssertionError):
            emacs.wait(r"def check_ages\(instance, attribute, value", patience=patience)
            break
        emacs.keys("BSpace")
    emacs.keys("Tab")
    emacs.type("#")
    emacs.wait(r"def check_ages\(instance, attribute, value\S*#")


def test_a_diff_is_applied_told_and_taken_back(emacs: Screen, project: Path) -> None:
    select(emacs, 1)
    act(emacs, "Apply suggested diff")
    emacs.wait("Applied to checks.py")
    assert saved(emacs, project).startswith(
        CODE.replace("value):\n    if not value.", f"value):\n{ADDED}    if not value.")
    )
    act(emacs, "Undo the last edit")
    emacs.wait("taken back")
    assert saved(emacs, project).startswith(CODE)


def test_a_refusal_can_be_read(emacs: Screen) -> None:
    select(emacs, 2)
    act(emacs, "Apply suggested diff")
    emacs.wait("## Refused|not found")


def saved(screen: Screen, project: Path) -> str:
    """What stands in the buffer, by saving it."""
    screen.keys("C-x", "C-s")
    screen.wait("Wrote /")  # the whole path may not fit on a line
    return (project / "checks.py").read_text()


def act(screen: Screen, title: str) -> None:
    """Take a code action by the beginning of its title."""
    screen.keys("M-x")
    screen.type("eglot-code-actions\n")
    screen.wait("Pick an action")
    screen.type(title)
    screen.keys("Tab", "Enter")
