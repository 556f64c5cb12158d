"""Small pure parts: arguments, status, statistics, documents, places of files, the parent, decisions on disk."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.cli.serve import parse
from dovetail.fim import Decision, Step, Trigger
from dovetail.server.client import ClientOptions
from dovetail.server.features.configuration import pushed
from dovetail.server.lsp.parent import is_alive
from dovetail.server.places import Places
from dovetail.server.session.documents import Change, Documents, too_long, unfit
from dovetail.server.session.folders import Folders
from dovetail.server.session.status import Status
from dovetail.server.session.uris import path_of, uri_of
from dovetail.server.session.whyfile import WhyFile, read_last
from dovetail.server.statistics import still_there
from dovetail.text import Encoding, Point, Snapshot

URI = "file:///a.py"


# Arguments


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], None),
        (["--stdio"], None),
        (["--stdio", "--clientProcessId=12"], None),
        (["--tcp", "127.0.0.1:7123"], ("127.0.0.1", 7123)),
        (["--tcp=localhost:0"], ("localhost", 0)),
        (["--tcp", "[::1]:80"], ("::1", 80)),
        (["--tcp", ":7123"], ("127.0.0.1", 7123)),
        (["--tcp", "127.8.9.1:7123"], ("127.8.9.1", 7123)),
    ],
)
def test_serve_arguments(arguments: list[str], expected: tuple[str, int] | None) -> None:
    """Standard input and output, or an address on loopback."""
    found = parse(arguments)
    assert (found and (found.host, found.port)) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tcp", "0.0.0.0:7123"],
        ["--tcp", "[::]:7123"],
        ["--tcp", "192.168.0.1:7123"],
        ["--tcp", "example.org:7123"],
        ["--tcp", "7123"],
        ["--tcp", "127.0.0.1:65536"],
        ["--tcp", "127.0.0.1:²"],
        ["--tcp"],
        ["--websocket"],
        ["--stdio", "--tcp", "127.0.0.1:1"],
    ],
)
def test_serve_arguments_that_are_refused(arguments: list[str]) -> None:
    """With a sentence: other machines' addresses above all."""
    with pytest.raises(ValueError, match=r"usage|wants HOST:PORT|this machine only"):
        parse(arguments)


# What the client says of itself


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, ClientOptions()),
        ({}, ClientOptions(speaks_dovetail=True)),
        ({"events": 1, "debounceMs": "x", "replaceRange": None}, ClientOptions(speaks_dovetail=True)),
        ({"debounceMs": -1}, ClientOptions(speaks_dovetail=True)),
        (
            {"events": True, "debounceMs": 40},
            ClientOptions(events=True, debounce_ms=40.0, speaks_dovetail=True),
        ),
    ],
)
def test_client_options(data: object, expected: ClientOptions) -> None:
    """Only what has the right type counts."""
    assert ClientOptions.read(data) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (None, None),
        ({}, None),
        ([], None),
        ({"dovetail": {"enabled": False}}, {"enabled": False}),
        ({"dovetail": None}, None),
        ({"enabled": False}, {"enabled": False}),
        ({"completion.maxLines": 3}, {"completion.maxLines": 3}),
        ({"python": {"path": "x"}}, None),
    ],
)
def test_pushed_settings(settings: object, expected: object) -> None:
    """Below "dovetail" or bare; other people's sections are not ours, so we ask instead."""
    assert pushed(settings) == expected


# Status


def test_status_says_the_most_important_thing_once() -> None:
    """Off before offline or error before busy before learning before idle; nothing is sent twice."""
    sent: list[tuple[str, str]] = []
    status = Status(send=lambda s: sent.append((s["state"], s["message"])))
    status.changed()
    status.changed()
    status.learning = "learning: 3 of 9 files"
    status.changed()
    status.took_off()
    status.trouble = "example does not answer"
    status.changed()
    status.answers = True
    status.changed()
    status.here_off = "Off in this file: binary."
    status.changed()
    status.enabled = False
    status.changed()
    assert [state for state, _ in sent] == ["idle", "learning", "busy", "offline", "error", "off", "off"]
    assert sent[-1][1] == "Dovetail is off."


def test_what_learns_does_not_say_that_it_has_learnt() -> None:
    status = Status()
    status.learning = "Learning this workspace: 3 of 12 files."
    status.took_off()
    assert (status.current()["state"], status.current()["message"]) == ("busy", status.learning)
    status.use("llama", "llama.cpp on this machine")
    assert status.current()["message"] == "llama.cpp on this machine"
    status.landed()
    assert status.current()["state"] == "learning"


def test_busy_is_said_only_of_what_takes_long() -> None:
    """Short work leaves the status alone."""
    timers: list[object] = []

    class Timer:
        def __init__(self, do: object) -> None:
            self.do, self.cancelled = do, False

        def cancel(self) -> None:
            self.cancelled = True

    def later(seconds: float, do: object) -> Timer:
        timers.append(Timer(do))
        return timers[-1]  # type: ignore[return-value]

    sent: list[str] = []
    status = Status(send=lambda s: sent.append(s["state"]))
    status.busy_soon(later, 0.1)()
    assert timers[0].cancelled  # type: ignore[attr-defined]
    over = status.busy_soon(later, 0.1)
    timers[1].do()  # type: ignore[attr-defined]
    over()
    assert sent == ["busy", "idle"]


# Retention


@pytest.mark.parametrize(
    ("accepted", "text", "line", "kept"),
    [
        ("total = sum(rows)", "a\ntotal = sum(rows)\nb", 1, True),
        ("total = sum(rows)", "a\n    total  =  sum( rows )\nb", 0, True),
        ("total = sum(rows)", "a\ntotal = max(rows)\nb", 1, True),
        ("total = sum(rows)", "a\nb", 1, False),
        ("total = sum(rows)", "total = sum(rows)" + "\n" * 200, 150, False),
        ("a(\n    bbbbb,\n)", "x\na(\n  bbbbb,\n)\n", 1, True),
        ("   ", "", 0, True),
    ],
)
def test_still_there(accepted: str, text: str, line: int, kept: bool) -> None:
    """Near its place, at most half of it changed, however it was indented."""
    assert still_there(accepted, Snapshot.open(URI, text), line) is kept


# Documents


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


# Files and folders


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


def test_the_parent() -> None:
    """A process that runs, one that has ended, numbers that are none."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_alive(os.getpid())
    assert not is_alive(ended.pid)
    assert is_alive(0)
    assert is_alive(-1)
    assert is_alive(2**70)


# Decisions on disk


def decision(number: int) -> Decision:
    steps = [Step("filter", "dropped: it does not go on from the pop-up's entry 'secret_code'", 0.5)]
    return Decision(
        f"d{number}", URI, Point(3, 4), Trigger.MANUAL, "embedded", "suggested", "secret()", 1.5, steps=steps
    )


@pytest.mark.parametrize("periodic", [True, False])
def test_decisions_for_the_terminal(tmp_path: Path, periodic: bool) -> None:
    """Newest first, no code, for the user's eyes only, written at most once a second, and when the server ends."""
    places = Places(tmp_path, tmp_path, tmp_path / "state")
    assert read_last(places) == []
    waits: list[tuple[float, Callable[[], None]]] = []
    file = WhyFile(places.state, lambda: [decision(2), decision(1)], lambda s, do: waits.append((s, do)))
    for _ in range(100):
        file.changed()
    ((seconds, write),) = waits
    assert seconds == 1.0
    if periodic:
        write()
        for thread in threading.enumerate():
            if thread.name == "dovetail-why":
                thread.join(30)
    else:
        file.close()
    found = read_last(places)
    assert [(d["id"], d["line"], d["column"], d["server"]) for d in found] == [
        ("d2", 4, 5, os.getpid()),
        ("d1", 4, 5, os.getpid()),
    ]
    assert "secret" not in file.path.read_text(encoding="utf-8")
    if os.name != "nt":
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_decisions_of_several_servers_and_broken_files(tmp_path: Path) -> None:
    """The newest file first; what cannot be read is passed over."""
    places = Places(tmp_path, tmp_path, tmp_path)
    (tmp_path / "why").mkdir()
    for number, at in ((1, 10.0), (2, 20.0)):
        data = {"server": number, "at": at, "decisions": [{"id": "d1"}]}
        (tmp_path / "why" / f"{number}.json").write_text(json.dumps(data), encoding="utf-8")
    for name, content in (("3", "{"), ("4", "[]"), ("5", '{"server": "x", "at": 1, "decisions": []}')):
        (tmp_path / "why" / f"{name}.json").write_text(content, encoding="utf-8")
    assert [d["server"] for d in read_last(places)] == [2, 1]


def test_decisions_where_nothing_can_be_written(tmp_path: Path) -> None:
    """No trouble, no trace."""
    (tmp_path / "why").write_text("a file in the way", encoding="utf-8")
    WhyFile(tmp_path, lambda: [decision(1)], lambda s, do: None).write([])
    assert read_last(Places(tmp_path, tmp_path, tmp_path)) == []


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
