"""A real Emacs with lsp-mode, as docs/editors/emacs.md sets it up: its inline completion, actions, refusals, undo."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from screen import CODE, FIT, GROWING, MISFIT, NO_COMPILER, REQUEST_S, ROOT, Screen, editor, serve

pytestmark = pytest.mark.timeout(600)  # it waits for the screen longer than other tests
PAGE = ROOT / "docs" / "editors" / "emacs.md"
ADDED = "value):\n    value = str(value)\n    if not value."
FILE = CODE + "".join(f'\n"""\n{answer}"""\n' for answer in (FIT, MISFIT))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / ".git").mkdir()
    (folder / "checks.py").write_text(FILE)
    return folder


@pytest.fixture(scope="module")
def emacs(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[Screen]:
    """One Emacs on checks.py, with the configuration of the page; only the command is the one under test."""
    home = tmp_path_factory.mktemp("home")
    (configuration,) = re.findall(r"```elisp\n;; init.el, with lsp-mode\n(.*?)```", PAGE.read_text(), re.S)
    assert '("dovetail" "serve")' in configuration
    command = " ".join(json.dumps(part) for part in serve())
    # The project is not asked about; nothing but Dovetail is offered.
    extra = (
        f"(setq lsp-response-timeout {REQUEST_S} inhibit-startup-screen t)\n"
        "(setq lsp-auto-guess-root t lsp-enable-suggest-server-download nil lsp-disabled-clients '(pylsp pyls))\n"
    )
    (home / "init.el").write_text(NO_COMPILER + extra + configuration.replace('"dovetail" "serve"', command))
    lisp = [part for name in (editor("lsp-mode"), home / "init.el") for part in ("-l", str(name))]
    with closing(Screen([str(editor("emacs")), "-nw", "-Q", *lisp, "checks.py"], project, home)) as screen:
        screen.wait(r"LSP\[dovetail:\d+\]")
        yield screen


def saved(screen: Screen, project: Path) -> str:
    """What stands in the buffer, by saving it."""
    screen.insist("Quit", "C-g")  # no earlier message stands there
    screen.insist(r"Wrote /|No changes need to be saved", "C-x", "C-s")
    return (project / "checks.py").read_text()


def apply(screen: Screen, answer: int) -> None:
    """Select the answer with this number and take the code action that applies it."""
    screen.keys("M-<", "C-s")
    screen.type("```diff")
    screen.keys(*["C-s"] * (answer - 1), "Enter", "C-a", "C-Space", *["C-n"] * 9)
    act(screen, "Apply suggested diff")


def act(screen: Screen, title: str) -> None:
    screen.keys("M-x")
    screen.type("lsp-execute-code-action\n")
    screen.wait("Select code action")
    screen.type(title)
    screen.keys("Tab", "Enter")


def test_a_suggestion_is_ghost_text_and_tab_takes_it(emacs: Screen, project: Path) -> None:
    emacs.keys("M-<", *["C-n"] * 4)
    emacs.type("def check_ages(in")
    # While the workspace is being learnt there is nothing yet, and Emacs asks after keys only.
    for patience in GROWING:
        emacs.type("s")
        try:
            emacs.wait(r"def check_ages\(instance, attribute, value", patience=patience)
            break
        except AssertionError:
            emacs.keys("BSpace")
    emacs.keys("Tab")
    emacs.wait(r"Accept", gone=True)
    assert "def check_ages(instance, attribute, value" in saved(emacs, project)
    emacs.keys("C-_")  # one step of Emacs' own undo
    emacs.wait(r"Undo")  # else the C-g below may break it off
    assert "def check_ages(ins\n" in saved(emacs, project)


def test_a_diff_is_applied_told_and_taken_back(emacs: Screen, project: Path) -> None:
    before = saved(emacs, project)
    apply(emacs, 1)
    emacs.wait("Applied to checks.py")
    assert saved(emacs, project) == before.replace("value):\n    if not value.", ADDED, 1) != before
    act(emacs, "Undo the last edit")
    emacs.wait("taken back")
    assert saved(emacs, project) == before


def test_a_refusal_can_be_read(emacs: Screen, project: Path) -> None:
    before = saved(emacs, project)
    apply(emacs, 2)
    emacs.wait("## Refused|not found")
    assert (project / "checks.py").read_text() == before
