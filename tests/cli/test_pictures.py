"""The pictures say what the program says: what they show is run again, and the words are held side by side.

The pictures are of one run: numbers that a clock gave may differ, words may not. `scripts/make-pictures` and
`scripts/make-session` make them anew.
"""

from __future__ import annotations

import html
import importlib
import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from warm import dovetail

ROOT = Path(__file__).resolve().parents[2]
IMAGES = sorted((ROOT / "docs" / "images").glob("*.svg"))
WORDS = re.compile(r"<text[^>]*>([^<]*)</text>")
MACHINE = re.compile(r"/(?:home|root|tmp|work|Users|var/folders)/|[A-Z]:\\")


def words(picture: str) -> str:
    """All words that a picture shows, in their order, numbers of a clock left out."""
    return " ".join(html.unescape(word).replace("\xa0", " ").strip() for word in WORDS.findall(picture))


def plain(text: str) -> str:
    return " ".join(text.split())


def script(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return runpy.run_path(str(ROOT / "scripts" / name), run_name="pictures")


def said(arguments: list[str], folder: Path) -> str:
    environment = {**os.environ, "DOVETAIL_HOME": str(folder / "home"), "NO_COLOR": "1", "COLUMNS": "100"}
    environment.pop("FORCE_COLOR", None)
    done = subprocess.run(
        dovetail(*arguments),
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout + done.stderr


def test_the_refused_diff_is_what_apply_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = script("make-pictures", monkeypatch)
    (tmp_path / "stock.py").write_text(made["STOCK"], encoding="utf-8")
    (tmp_path / "reply.md").write_text(made["REPLY"], encoding="utf-8")
    picture = words((ROOT / "docs/images/apply.svg").read_text(encoding="utf-8"))
    assert picture.endswith(plain(said(["apply", "reply.md"], tmp_path)))


def test_the_doctor_says_what_its_picture_shows(tmp_path: Path) -> None:
    picture = words((ROOT / "docs/images/doctor.svg").read_text(encoding="utf-8"))
    report = said(["doctor"], tmp_path)
    # Python, folders, editors and servers are those of a machine; all else is the same everywhere.
    for topic in ("grammars", "built-in model", "chat"):
        found = re.search(rf"^. {topic}.*(?:\n {{4}}.*)*", report, re.MULTILINE)
        assert found is not None, report
        assert plain(found[0]) in picture


def test_the_session_says_what_apply_and_undo_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = script("make-session", monkeypatch)
    project = tmp_path / "project"
    shutil.copytree(made["SAMPLE"], project, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "answer.md").write_text(made["ANSWER"], encoding="utf-8")
    lines = said(["apply", "answer.md"], project).splitlines()
    for background in ("dark", "light"):
        picture = words((ROOT / f"docs/images/session-{background}.svg").read_text(encoding="utf-8"))
        assert plain(next(line for line in lines if "nothing was changed" in line)) in picture, lines
        assert "none of the 2 lines that it quotes stands in this file" in picture
        typed = "".join(picture.split())  # runs of another colour are words of their own
        assert [line for line in made["METHOD"].splitlines() if "".join(line.split()) not in typed] == []


def test_the_page_of_statistics_says_what_its_pictures_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = script("make-pictures", monkeypatch)
    page = made["statistics_page"](tmp_path, tmp_path).read_text(encoding="utf-8")
    for background in ("dark", "light"):
        picture = (ROOT / f"docs/images/stats-page-{background}.png").read_bytes()
        assert plain(made["label"](picture)) == plain(made["captions"](page))
    assert "What cost most" in made["captions"](page)


TOOLS = '''"""Small tools around classes."""

from ._make import Attribute, fields

def names_of(cls):
    return [a.name for a in cls.__attrs_attrs__]

def required(cls):
    attrs = fields(cls)
    return [a for a in attrs if a.default is NOTHING]

def check(inst):
    for a in fields(inst.__class__):
        if a.validator is not None:
            a.validator(inst, a, '''


def test_the_word_in_vs_code_is_what_the_built_in_model_suggests(tmp_path: Path) -> None:
    page = (ROOT / "docs/first-five-minutes.md").read_text(encoding="utf-8")
    told = re.search(r"!\[A word on attrs in VS Code: (\w+), and (.+) in grey\]", page)
    assert told is not None
    for name in ("attr", "attrs"):
        package = Path(importlib.import_module(name).__file__ or "").parent
        shutil.copytree(package, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "attr/_tools.py").write_text(TOOLS + told[1], encoding="utf-8")
    line = str(len(TOOLS.splitlines()))
    shown = said(["complete", "attr/_tools.py", "--line", line, "--root", "."], tmp_path)
    assert shown.splitlines()[0] == told[2]


@pytest.mark.parametrize("picture", IMAGES, ids=lambda path: path.name)
def test_a_picture_fetches_nothing_and_tells_nothing_of_its_machine(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8")
    assert not re.search(r"@font-face|@import|<script|<image|url\(\s*['\"]?http", text)
    assert not re.findall(r"(?:href|src)=\"(?!#)[^\"]*\"", text)
    assert not MACHINE.search(words(text))


def test_the_moving_picture_lasts_at_most_fifteen_seconds() -> None:
    for background in ("dark", "light"):
        text = (ROOT / f"docs/images/session-{background}.svg").read_text(encoding="utf-8")
        lasts = re.search(r"animation:run (\d+)ms", text)
        assert lasts is not None
        assert int(lasts[1]) <= 15_000


def test_other_words_are_seen() -> None:
    assert words('<text x="1">Applied</text><text x="9">to</text>') == "Applied to"
    assert MACHINE.search("Restart /home/me/bin") and not MACHINE.search("~/project/stock.py shop/orders.py")
