"""The one list of names: files that hold secrets are neither read nor written, and no others are left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.edits import MemoryWorkspace
from dovetail.edits.files import Unresolved
from dovetail.privacy import Exclusions, is_secret_file

HERE = Path(__file__).parent


def paths(name: str) -> list[str]:
    return (HERE / name).read_text(encoding="utf-8").removesuffix("\n").split("\n")


@pytest.mark.parametrize("path", paths("secret_files.txt"))
def test_a_file_of_secrets_is_neither_read_nor_written(tmp_path: Path, path: str) -> None:
    assert is_secret_file(path)
    assert not Exclusions(tmp_path).allows(path)
    assert isinstance(MemoryWorkspace({}).resolve(path), Unresolved)


@pytest.mark.parametrize("path", paths("not_secret_files.txt"))
def test_other_files_are_read_and_written(tmp_path: Path, path: str) -> None:
    assert not is_secret_file(path)
    assert Exclusions(tmp_path).allows(path)
    assert MemoryWorkspace({}).resolve(path) == path
