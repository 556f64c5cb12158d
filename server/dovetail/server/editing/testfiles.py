"""Where a project keeps the tests of a file: shown to a model that writes more of them.

Without them it could only guess names, folders and the library; and a file of tests that is there already it would
write anew, which is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

FOLDERS = ("tests", "test", "__tests__", "spec")
LONGEST = 50_000
"""Bytes of a file of tests that is shown; a longer one would take most of what a request may cost."""
EXAMPLES = 200
"""Names of a folder that are looked at for an example of the project's tests."""


def test_files(root: Path, path: str) -> Iterator[Path]:
    """The tests of the file `path` (in `root`, with forward slashes); where there are none, one file of other tests."""
    own = PurePosixPath(path)
    folders = list(dict.fromkeys(_folders(own)))
    names = _names(own.stem, own.suffix)
    found = False
    for folder in folders:
        for name in names:
            # A file of tests is not its own example.
            if folder / name != own and _fits(root / folder / name):
                found = True
                yield root / folder / name
    # Its own tests are enough; others would only cost tokens.
    if found:
        return
    # None by name: any test near it shows how tests are written here.
    for folder in folders:
        try:
            files = sorted(entry.name for entry in (root / folder).iterdir())[:EXAMPLES]
        except OSError:
            continue
        for name in files:
            if folder / name != own and is_test(name, own.suffix) and _fits(root / folder / name):
                yield root / folder / name
                # One example shows the habits; a second would say the same.
                return


def _fits(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size <= LONGEST
    except OSError:
        return False


def is_test(name: str, suffix: str) -> bool:
    """Whether a file of this name holds tests, by the habits of most languages."""
    if not suffix or not name.endswith(suffix):
        return False
    stem = name.removesuffix(suffix)
    return stem.startswith("test_") or stem.endswith(("_test", ".test", ".spec", "_spec", "Test", "Tests"))


def _names(stem: str, suffix: str) -> list[str]:
    patterns = ("test_{}", "{}_test", "{}.test", "{}.spec", "{}_spec", "{}Test", "{}Tests")
    return [pattern.format(stem) + suffix for pattern in patterns]


def _folders(own: PurePosixPath) -> Iterator[PurePosixPath]:
    """Beside the file, in a folder of tests beside it, and in one further up that mirrors the folders below it."""
    yield own.parent
    parts = own.parent.parts
    # From the file's folder outwards, so that the nearest tests come first.
    for depth in range(len(parts), -1, -1):
        base, below = PurePosixPath(*parts[:depth]), parts[depth:]
        for folder in FOLDERS:
            for skipped in range(
                len(below) + 1
            ):  # src/pkg/a.py has its tests in tests/src/pkg, tests/pkg or tests
                yield base / folder / PurePosixPath(*below[skipped:])
