"""Documents as the editor changes them, and the files and folders that they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.server.session.documents import Change, Documents, too_long, unfit
from dovetail.server.session.folders import Folders
from dovetail.server.session.uris import path_of, uri_of
from dovetail.text import Encoding, Snapshot

URI = "file:///a.py"


def test_changes_incremental_and_whole() -> None:
    """In order, in the client's units; every one is told."""
    told: list[tuple[str, str]] = []
    documents = Documents(Encoding.UTF16, lambda b, a, e: told.append((e.text, a.text)))
    documents.open(URI, "python", 1, "a😀b")
    documents.change(URI, 2, [Change("X", (0, 3), (0, 4)), Change("", (0, 0), (0, 1)), Change("new")])
    assert documents.get(URI).text == "new"  # type: ignore[union-attr]
    assert [after for _, after in told] == ["a😀X", "😀X", "new"]
    documents.change(URI, 3, [Change("new")])
    assert len(told) == 3


def test_changes_out_of_order_put_a_document_adrift() -> None:
    """It is not touched any more, says why, and is good again when it comes whole."""
    documents = Documents()
    documents.open(URI, "python", 5, "a")
    documents.change(URI, 4, [Change("b", (0, 0), (0, 0))])
    assert documents.get(URI).text == "a"  # type: ignore[union-attr]
    assert "out of order, version 4 after 5" in (documents.adrift(URI) or "")
    documents.change(URI, 6, [Change("b", (0, 0), (0, 0))])
    assert documents.get(URI).text == "a"  # type: ignore[union-attr]
    documents.change(URI, 7, [Change("whole")])
    assert documents.adrift(URI) is None
    assert documents.get(URI).text == "whole"  # type: ignore[union-attr]


def test_changes_to_what_is_not_open_are_nothing() -> None:
    """Also after it was closed."""
    documents = Documents()
    assert documents.change(URI, 1, [Change("x")]) is None
    documents.open(URI, "", 1, "")
    documents.close(URI)
    assert documents.change(URI, 2, [Change("x")]) is None


def test_ranges_that_do_not_exist_are_clamped() -> None:
    """Reversed, beyond the line, beyond the document, negative."""
    documents = Documents()
    documents.open(URI, "", 1, "ab\ncd")
    documents.change(URI, 2, [Change("X", (0, 2), (0, 1))])
    assert documents.get(URI).text == "aX\ncd"  # type: ignore[union-attr]
    documents.change(URI, 3, [Change("Y", (9, 9), (99, 0))])
    assert documents.get(URI).text == "aX\ncdY"  # type: ignore[union-attr]
    documents.change(URI, 4, [Change("Z", (0, 99), (0, 999))])
    assert documents.get(URI).text == "aXZ\ncdY"  # type: ignore[union-attr]


def test_texts_that_can_have_no_suggestions() -> None:
    """Binary data, and long lines near the cursor."""
    assert "binary" in unfit("a\0b")
    assert unfit("a\x0c\u2028b") == ""
    snapshot = Snapshot.open(URI, "a\n" * 500 + "x" * 30_000 + "\n" + "a\n" * 500)
    assert (
        too_long(snapshot, 501)
        == "line 501 is 30,000 characters long, near the cursor at most 20,000 are read"
    )
    assert too_long(snapshot, 0) == ""


@pytest.mark.parametrize(
    "uri", ["untitled:a", "", "http://[::1", "file:///a%00b", "vscode-notebook-cell:/a.ipynb#x", "://", "\0"]
)
def test_uris_that_are_no_files(uri: str) -> None:
    """Have no path, and a place all the same."""
    assert path_of(uri) is None
    assert Folders().locate(uri).root is None
    assert Folders().allows(uri)


def test_the_innermost_folder_counts(tmp_path: Path) -> None:
    """Of nested workspace folders; and of links, the folder they lead to."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    folders = Folders()
    folders.add(tmp_path)
    folders.add(tmp_path / "a")
    place = folders.locate(uri_of(tmp_path / "link" / "b" / "c d.py"))
    assert (place.root, place.path) == (tmp_path / "a", "b/c d.py")
    folders.remove(tmp_path / "a")
    assert folders.locate(uri_of(tmp_path / "a" / "b" / "c.py")).path == "a/b/c.py"


def test_excluded_files(tmp_path: Path) -> None:
    """By the setting, by an ignore file, by name, inside and outside of all folders."""
    (tmp_path / ".gitignore").write_text("out/\n", encoding="utf-8")
    folders = Folders()
    folders.add(tmp_path)
    folders.exclude(("*.gen.py",))
    assert folders.allows(uri_of(tmp_path / "a.py"))
    for name in ("out/a.py", "a.gen.py", ".env", "id_rsa"):
        assert not folders.allows(uri_of(tmp_path / name)), name
    assert not folders.allows("file:///elsewhere/.env")


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 3), st.text("ab\n", max_size=3)), min_size=2, max_size=7
    ),
    st.data(),
)
def test_two_changes_that_were_swapped_on_the_way_are_put_in_order(
    made: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    """Whatever they are: the text is that of the order of their versions."""
    plain, swapped = Documents(), Documents()
    steps = []
    text = "one\ntwo\nthree\n"
    for documents in (plain, swapped):
        documents.open(URI, "python", 1, text)
    for number, (at, length, new) in enumerate(made, 2):
        snapshot = plain.get(URI)
        assert snapshot is not None
        start, end = (snapshot.lines.point(min(place, len(snapshot.text))) for place in (at, at + length))
        steps.append((number, [Change(new, tuple(start), tuple(end))]))
        plain.change(URI, *steps[-1])
    which = data.draw(st.integers(0, len(steps) - 2))
    steps[which], steps[which + 1] = steps[which + 1], steps[which]
    for number, changes in steps:
        swapped.change(URI, number, changes)
    assert swapped.adrift(URI) is None
    assert plain.get(URI).text == swapped.get(URI).text  # type: ignore[union-attr]
