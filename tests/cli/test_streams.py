"""Commands whose streams are closed, full or no pipes, and whose folder is gone: a sentence, and no text where it does
not belong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="said in the words of a POSIX shell")
COMMAND = f'"{sys.executable}" -P -m dovetail.cli'


def shell(tmp_path: Path, line: str) -> tuple[int, str]:
    """The exit code of a line of shell, and all that it prints."""
    done = subprocess.run(
        ["/bin/sh", "-c", line], env={**os.environ, "DOVETAIL_HOME": str(tmp_path / "home")}, cwd=tmp_path,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "Traceback" not in said and "ignored" not in said, said
    return done.returncode, said


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("apply --check <&-", 1, "it is empty"),
        ("mcp <&-", 0, ""),
        ("serve <&-", 1, ""),  # what it logs at its end is waited for for a second only
        ("acp <&-", 2, "over pipes, and its standard input is none"),
        ("acp < /dev/null", 2, "over pipes, and its standard input is none"),
        ("acp > file", 2, "over pipes, and its standard"),
        ("settings >&-", 0, ""),
        ("apply nowhere.diff 2>&-", 2, ""),
    ],
)
def test_a_stream_that_is_closed_or_no_pipe(tmp_path: Path, line: str, code: int, said: str) -> None:
    found = shell(tmp_path, f"{COMMAND} {line}")
    assert found[0] == code and said in found[1], found


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("arguments", ["--version", "settings", "doctor"])
def test_an_output_that_is_full_is_told(tmp_path: Path, arguments: str) -> None:
    found = shell(tmp_path, f"{COMMAND} {arguments} > /dev/full")
    assert found == (1, "dovetail: the system refused: No space left on device.\n")


def test_a_reader_that_goes_away_is_not_told_of_it(tmp_path: Path) -> None:
    assert shell(tmp_path, f"{COMMAND} settings | head -1 > /dev/null") == (0, "")


@pytest.mark.parametrize(("arguments", "code"), [("search word", 1), ("--version", 0)])
def test_a_folder_that_is_gone(tmp_path: Path, arguments: str, code: int) -> None:
    found = shell(tmp_path, f'mkdir gone; cd gone; rmdir "$PWD"; {COMMAND} {arguments}')
    assert found[0] == code, found
    assert ("the present folder does not exist any more" in found[1]) == bool(code), found


def test_a_file_that_is_opened_later_is_no_stream(tmp_path: Path) -> None:
    program = (
        "from dovetail.cli.terminal import settle_streams\n"
        "settle_streams()\n"
        "file = open('opened', 'w')\n"
        "print('said', flush=True)\n"
    )
    (tmp_path / "program.py").write_text(program)
    assert shell(tmp_path, f'"{sys.executable}" -P program.py <&- >&- 2>&-') == (0, "")
    assert (tmp_path / "opened").read_text() == ""
