"""`dovetail complete`, run as a person or a script runs it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from warm import dovetail

CODE = (
    "def area(width, height):\n    result = width * height\n    return result\n\n\n"
    "def room(width, height):\n    result = "
)


def complete(folder: Path, *arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DOVETAIL_HOME": str(folder / "home")}
    command = dovetail("complete", *arguments)
    done = subprocess.run(command, cwd=folder, env=environment, input=given, capture_output=True, timeout=60)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_json_says_what_where_from_and_why(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CODE)
    done = complete(tmp_path, "a.py", "--line", "7", "--column", "14", "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["suggestions"][0]["text"] == "width * height"
    place = {"line": 7, "column": 14}
    assert answer["suggestions"][0]["range"] == {"start": place, "end": place}
    assert answer["source"] == "embedded"
    assert answer["elapsed_ms"] > 0
    assert {"gate", "outcome"} <= {step["name"] for step in answer["why"]}


def test_the_live_text_comes_from_standard_input(tmp_path: Path) -> None:
    done = complete(tmp_path, "new.py", "--line", "7", "--column", "14", "--text", "-", given=CODE.encode())
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "width * height")


def test_a_byte_order_mark_and_other_line_ends_count_as_no_columns(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbf" + CODE.replace("\n", "\r\n").encode())
    done = complete(tmp_path, "a.py", "--line", "7", "--column", "14")
    assert done.stdout.split("\n")[0] == "width * height"


def test_nothing_to_suggest_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    done = complete(tmp_path, "empty.py", "--line", "1", "--column", "1", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["suggestions"] == []


@pytest.mark.parametrize(
    ("name", "place", "said"),
    [
        ("absent.py", (1, 1), "absent.py"),
        ("binary.py", (1, 1), "zero bytes"),
        ("a.py", (90, 1), "lies outside"),
        ("a.py", (1, 90), "lies outside"),
    ],
)
def test_a_wrong_file_or_place_is_one_sentence(
    tmp_path: Path, name: str, place: tuple[int, int], said: str
) -> None:
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "binary.py").write_bytes(b"\0\1")
    done = complete(tmp_path, name, "--line", str(place[0]), "--column", str(place[1]))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_setting_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "home/config").mkdir(parents=True)
    (tmp_path / "home/config/dovetail.toml").write_text('[[endpoints]]\nurl = "ftp://here"\n')
    done = complete(tmp_path, "a.py", "--line", "7", "--column", "14")
    assert done.stderr.count("url must be an address") == 1, done.stderr


@pytest.mark.parametrize(
    ("option", "wrong"), [("--format", "openai"), ("--family", "nobody"), ("--endpoint", "not an address")]
)
def test_an_endpoint_that_cannot_be_one_is_not_answered_for(tmp_path: Path, option: str, wrong: str) -> None:
    """The built-in model would answer in its place, and nobody would see whose answer it is."""
    (tmp_path / "a.py").write_text(CODE)
    arguments = {"--endpoint": "http://127.0.0.1:1", option: wrong}
    given = [part for pair in arguments.items() for part in pair]
    done = complete(tmp_path, "a.py", "--line", "7", *given)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("dovetail: --endpoint is not asked: ") and repr(wrong) in done.stderr
