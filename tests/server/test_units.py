"""Small pure parts: arguments, status, statistics, the parent, decisions on disk."""

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

from dovetail.cli.serve import parse
from dovetail.fim import Decision, Step, Trigger
from dovetail.server.client import ClientOptions
from dovetail.server.features.configuration import pushed
from dovetail.server.lsp.parent import is_alive
from dovetail.server.places import Places
from dovetail.server.session.status import Status
from dovetail.server.session.whyfile import WhyFile, read_last
from dovetail.server.statistics import still_there
from dovetail.text import Point, Snapshot

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
