"""Words that CONTRIBUTING's table replaces are used nowhere: not in code, in pages, or in what users read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "CONTRIBUTING.md"
TEXTS = {".py", ".md", ".ts", ".mjs", ".json", ".lua", ".txt", ".toml", ".scm", ".el"}


def replaced(table: str) -> list[str]:
    """The phrases of more than one word in the table's second column. A single word may be right elsewhere."""
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \|$", table.split("| write | not |", 1)[1], re.MULTILINE)
    phrases = [phrase.strip() for row in rows for phrase in row.split(", ")]
    return [phrase for phrase in phrases if " " in phrase and "(" not in phrase]


PHRASES = replaced(TABLE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if Path(name).suffix in TEXTS]
    own = {TABLE, ROOT / "CHANGELOG.md"}
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in paths
        if path not in own and path.is_file()
    }


def test_the_table_is_read() -> None:
    assert len(PHRASES) > 5


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_replaced_phrase_is_used_nowhere(phrase: str, texts: dict[str, str]) -> None:
    words = re.compile(rf"\b{re.escape(phrase)}\b", re.IGNORECASE)
    assert [name for name, text in texts.items() if words.search(text)] == []
