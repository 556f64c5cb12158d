"""`dovetail stats` as a process, and its page in a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from warm import dovetail

from bench import sample_statistics
from dovetail.cli.page import Section, Table, page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def stats(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        dovetail("stats", *arguments),
        env={**os.environ, "DOVETAIL_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "120"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        cwd=home,
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with some weeks behind him."""
    import time

    monkeypatch.setattr(sample_statistics, "NOW", time.time())
    sample_statistics.make(tmp_path / "state" / "statistics.sqlite3")
    return tmp_path


def test_nothing_yet_is_a_sentence_and_no_file(tmp_path: Path) -> None:
    ran = stats(tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Nothing has been counted yet" in ran.stdout
    found = stats(tmp_path, "--json")
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout)["total"]["opportunities"] == 0
    assert not list(tmp_path.rglob("statistics*"))


def test_tables_json_and_forget(home: Path) -> None:
    ran = stats(home, "--days", "40")
    assert ran.returncode == 0, ran.stderr
    for part in (
        "Kept per opportunity",
        "workstation",
        "What cost most",
        "completion.languages.markdown = false",
        "█",
    ):
        assert part in ran.stdout
    found: dict[str, Any] = json.loads(stats(home, "--json").stdout)
    assert found["version"] == 1
    assert found["total"]["shown"] > 100
    assert "Forgotten" in stats(home, "--forget").stdout
    assert json.loads(stats(home, "--json").stdout)["total"]["shown"] == 0


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "statistics.sqlite3").write_bytes(b"no database" * 1000)
    for arguments in ((), ("--json",), ("--forget",)):
        ran = stats(tmp_path, *arguments)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "Traceback" not in ran.stderr
        assert "statistics.sqlite3" in ran.stderr


def test_the_page_is_one_file_of_the_user_and_asks_for_nothing(home: Path) -> None:
    file = home / "page.html"
    assert stats(home, "--days", "40", "--page", str(file)).returncode == 0
    text = file.read_text(encoding="utf-8")
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "default-src &#x27;none&#x27;" in text
    assert not re.search(r"<(?:link|img|iframe|script)[^>]*(?:src|href)=", text)
    assert len(text) < 700_000


def dom(file: Path, profile: Path, *, dark: bool = False) -> str:
    """The page as Chromium has it after its scripts ran."""
    if CHROMIUM is None:
        absent = "there is no Chromium here (set CHROMIUM)"
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail(absent)
        pytest.skip(absent)
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    command += ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if dark else []
    command += ["--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", file.as_uri()]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
    wrong = [line for line in ran.stderr.splitlines() if "CONSOLE" in line]
    assert not wrong, wrong
    return ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_in_a_browser(home: Path, tmp_path: Path, dark: bool) -> None:
    """Every chart is drawn, with marks in it, and nothing is complained of on the console."""
    file = home / "page.html"
    stats(home, "--days", "40", "--page", str(file))
    shown = dom(file, tmp_path / "profile", dark=dark)
    charts = re.findall(r'<div class="chart" id="chart\d"[^>]*>(.*?)</section>', shown, re.DOTALL)
    assert len(charts) == 5
    for chart in charts:
        assert re.search(r"<(?:rect|circle|path)\b", chart)
    assert "16" in shown


@pytest.mark.slow
def test_nothing_that_is_shown_acts(tmp_path: Path) -> None:
    """Names of endpoints and models come from outside: in charts, tables and titles they are text."""
    hostile = '</script><script>document.title="got"</script><img src=x onerror="document.title=\'got\'">'
    chart = {"kind": "bars", "x": hostile, "data": [{"y": hostile, "x": 3, "series": hostile}]}
    text = page(
        "Title",
        hostile,
        [(hostile, hostile)],
        [Section(hostile, hostile, chart, Table((hostile,), [(hostile,)], code=0))],
    )
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    shown = dom(tmp_path / "page.html", tmp_path / "profile")
    assert "<title>Title</title>" in shown
    assert "<img" not in shown
