"""`dovetail settings`, as a person looks for one."""

from __future__ import annotations

import pytest

from dovetail.cli.settings import run_settings


def test_settings_are_found_by_words_of_their_names_and_descriptions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_settings(["MAXLINES", "number"], schema=False) == 0
    assert capsys.readouterr().out.splitlines()[0] == "completion.maxLines: integer = 24"


def test_words_that_no_setting_has_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_settings(["maxLines", "xyzzy"], schema=False) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "dovetail: no setting has maxLines and xyzzy in its name or its description.\n"


def test_all_are_listed_without_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_settings(schema=False) == 0
    assert len(capsys.readouterr().out.splitlines()) > 200
