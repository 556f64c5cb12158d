"""A real Helix, as docs/editors/helix.md sets it up: suggestions in its menu, actions, refusals, undo."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from screen import CODE, GROWING, PATIENCE, REQUEST_S, ROOT, Screen, editor, serve

pytestmark = pytest.mark.timeout(600)  # it waits for the screen longer than other tests
MENU = r" instance, attribute, value\S* +text"  # not that of `def `, which begins with another name
OFFERED = "Why no suggestion"  # at the end of every menu of actions
PAGE = ROOT / "docs" / "editors" / "helix.md"


@pytest.fixture
def helix(home: Path, project: Path) -> Iterator[Screen]:
    """Helix on checks.py, with the configuration of the page; only the command is the one under test."""
    (configuration,) = re.findall(r"```toml\n# languages.toml\n(.*?)```", PAGE.read_text(), re.S)
    program, *arguments = serve()
    command = f"command = {json.dumps(program)}\nargs = {json.dumps(arguments)}\ntimeout = {REQUEST_S}"
    assert 'command = "dovetail"\nargs = ["serve"]' in configuration
    folder = home / "config" / "helix"
    folder.mkdir(parents=True)
    languages = configuration.replace('command = "dovetail"\nargs = ["serve"]', command)
    (folder / "languages.toml").write_text(languages)
    started = Screen([str(editor("helix")), "checks.py"], project, home, XDG_CONFIG_HOME=str(home / "config"))
    end = time.monotonic() + PATIENCE
    with closing(started) as screen:
        screen.wait("def check_types")
        while not (shown := actions(screen))[0]:  # the server starts
            assert time.monotonic() < end, shown[1]
        screen.keys("Escape")
        screen.wait(OFFERED, gone=True)
        yield screen


def actions(screen: Screen) -> tuple[bool, str]:
    """Ask for the code actions: whether there are any, and the screen."""
    screen.keys("Space")
    screen.wait("Perform code action")  # the keys that may follow
    screen.keys("a")
    screen.wait("Perform code action", gone=True)
    shown = screen.wait(
        f"{OFFERED}|No code actions available|No configured language server supports code actions"
    )
    return re.search(OFFERED, shown) is not None, shown


def action(screen: Screen, title: str) -> None:
    """Take the code action whose title begins so: its place in the menu is read off the screen."""
    _, shown = actions(screen)
    assert title in shown, shown
    menu = [line.strip() for line in shown.splitlines()]
    first = next(i for i, line in enumerate(menu) if TITLES.search(line))
    wanted = next(i for i, line in enumerate(menu) if title in line)
    screen.keys(*["C-n"] * (wanted - first), "Enter")


TITLES = re.compile(
    r"Apply suggested diff|Undo the last edit|Apply the \d|Discard the last|Why no suggestion"
)


def test_a_suggestion_is_seen_and_accepted(helix: Screen, project: Path) -> None:
    helix.keys("g", "e", "o")
    helix.type("def check_ages(ins")
    # Asked while keys were still coming, or the workspace being learnt: Helix does not ask again by itself.
    for patience in GROWING:
        try:
            helix.wait(MENU, patience=patience)
        except AssertionError:
            helix.keys("C-x")
        else:
            break
    helix.wait(MENU)
    helix.keys("C-n", "Enter")
    helix.wait(r"def check_ages\(instance, attribute, value")
    helix.keys("Escape")
    helix.wait(r"(?m)^ NOR")
    helix.type(":w\n")
    helix.wait("written")
    assert "def check_ages(instance, attribute, value" in (project / "checks.py").read_text()


def test_a_diff_is_applied_and_taken_back(helix: Screen, project: Path) -> None:
    helix.type(":o fit.md\n")
    helix.wait(r"@@ -90,3")
    action(helix, "Apply suggested diff")
    helix.wait("Applied to checks.py")
    helix.type(":o checks.py\n")
    helix.wait(r"value = str\(value\)")
    action(helix, "Undo the last edit and keep later changes")
    helix.wait(r"value = str\(value\)", gone=True)
    assert (project / "checks.py").read_text() == CODE, "only the editor writes files"


def test_a_refusal_can_be_read(helix: Screen, project: Path) -> None:
    helix.type(":o misfit.md\n")
    helix.wait("attribute.sort")
    action(helix, "Apply suggested diff")
    helix.wait("## Refused|not found")
    helix.type(":o checks.py\n")
    helix.wait("A hunk was not applied here|def check_types")
    assert (project / "checks.py").read_text() == CODE
