"""Where the tests of a file are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.server.editing import testfiles


def found(root: Path, path: str, *names: str) -> list[str]:
    for name in (path, *names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("", encoding="utf-8")
    return [file.relative_to(root).as_posix() for file in testfiles.test_files(root, path)]


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("a.py", "test_a.py"),
        ("a.py", "tests/test_a.py"),
        ("src/pkg/a.py", "tests/pkg/test_a.py"),
        ("src/pkg/a.py", "src/pkg/tests/test_a.py"),
        ("src/pkg/a.py", "tests/test_a.py"),
        ("pkg/a.go", "pkg/a_test.go"),
        ("src/a.ts", "src/__tests__/a.test.ts"),
        ("src/a.ts", "test/a.spec.ts"),
    ],
)
def test_the_tests_of_a_file_are_found_and_no_others(tmp_path: Path, path: str, tests: str) -> None:
    suffix = Path(path).suffix
    assert found(tmp_path, path, tests, f"tests/test_b{suffix}", f"test_c{suffix}") == [tests]


def test_where_there_are_none_others_of_the_project_show_its_habits(tmp_path: Path) -> None:
    assert found(tmp_path, "src/a.py", "tests/test_b.py", "tests/conftest.py", "tests/test_c.py") == [
        "tests/test_b.py"
    ]


def test_a_file_is_not_its_own_test_and_a_project_may_have_none(tmp_path: Path) -> None:
    assert found(tmp_path, "test_a.py", "a.py", "notes.md", "latest.py") == []


@pytest.mark.parametrize("name", ["latest.py", "conftest.py", "test_a.js", "a.py", "attest.py"])
def test_a_name_that_only_looks_like_one_is_none(name: str) -> None:
    assert not testfiles.is_test(name, ".py")
