"""Windows' paths, with the platform faked: drive letters, `c%3A`, case, backslashes, shares.

What decides is `ntpath` and `PureWindowsPath`, which are the real ones here too; only the system is not.
"""

from __future__ import annotations

import ntpath
from pathlib import PureWindowsPath
from types import SimpleNamespace

import pygls.uris
import pytest

from dovetail.edits import Unresolved, relative_path
from dovetail.server.session import uris

ROOTS = ("C:/w/shop",)
SAME_FILE = [
    "file:///c%3A/w/shop/a%20b.py",
    "file:///c:/w/shop/a%20b.py",
    "file:///C:/w/shop/a%20b.py",
    "file:///C%3A/w/shop/a b.py",
    "file:///c%3a/W/Shop/A%20B.py",
    "file:///c:/w/shop/sub/../a%20b.py",
    "file://localhost/c:/w/shop/a%20b.py",
    "file:///c:/w/shop%5Ca%20b.py",
]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pygls.uris, "IS_WIN", True)
    monkeypatch.setattr(uris, "Path", PureWindowsPath)
    monkeypatch.setattr(uris, "os", SimpleNamespace(path=ntpath))


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("uri", SAME_FILE)
def test_every_spelling_of_a_uri_is_the_same_file(uri: str) -> None:
    assert uris.file_of(uri) == PureWindowsPath("C:\\w\\shop\\a b.py")


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    "path", ["c:\\w\\a.py", "C:\\w\\ä (1).py", "d:\\a#b\\c%d.py", "\\\\server\\share\\a.py"]
)
def test_a_path_comes_back_from_its_uri(path: str) -> None:
    assert uris.path_of(uris.uri_of(PureWindowsPath(path))) == PureWindowsPath(path)


@pytest.mark.usefixtures("windows")
def test_another_drive_and_a_share_are_other_files() -> None:
    here = uris.file_of("file:///c:/w/a.py")
    assert here not in (uris.file_of("file:///d:/w/a.py"), uris.file_of("file://server/c/w/a.py"))


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("vscode-notebook-cell:/c%3A/w/nb.ipynb#W0", "c:\\w\\nb.ipynb"),
        ("untitled:/C:/w/.env", "C:\\w\\.env"),
        ("untitled:Untitled-1", None),
    ],
)
def test_paths_in_other_schemes(uri: str, path: str | None) -> None:
    assert uris.path_in(uri) == (PureWindowsPath(path) if path else None)


@pytest.mark.parametrize(
    "raw",
    [
        "a.py", ".\\a.py", "sub\\..\\a.py", "C:\\w\\shop\\a.py", "c:/W/SHOP/a.py", "file:///c%3A/w/shop/a.py",
        "file:///C:/w/shop/a.py",
    ],
)  # fmt: skip
def test_a_reply_may_spell_a_file_as_windows_does(raw: str) -> None:
    assert relative_path(raw, ROOTS) == "a.py"


@pytest.mark.parametrize(
    "raw",
    [
        "D:\\w\\shop\\a.py", "C:\\w\\shop2\\a.py", "C:a.py", "c:", "\\\\server\\share\\a.py", "\\w\\shop\\a.py",
        "..\\a.py", "sub\\..\\..\\a.py", "C:\\w\\shop\\..\\a.py", "file://server/share/a.py", "file:///d:/a.py",
        "\\\\?\\C:\\w\\shop\\a.py", "~\\a.py",
    ],
)  # fmt: skip
def test_what_leads_out_of_the_folder_is_refused(raw: str) -> None:
    assert isinstance(relative_path(raw, ROOTS), Unresolved)
