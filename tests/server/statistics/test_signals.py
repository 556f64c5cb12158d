"""A real server and a client: each signal reaches the store, and no code does."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from warm import dovetail

sys.path.insert(0, str(Path(__file__).parents[1]))

import editing

from dovetail.server.statistics import Kind, Reason, Scope, Signal, language_code

URI = "untitled:work"
TEXT = "def summarise(invoices):\n    total = \n    second = \n    nothing = \n"
LINE = "compute_everything(invoices)"
SCRIPT = {
    "total = ": [[LINE]],
    "total = sum": [["_of(invoices)"]],
    "": [["first = 1\n    return first\n"]],
    "second = ": [["fetch_rows(\n        invoices,\n    )\n"]],
    "nothing = ": [["!"]],
}
EVENTS = {"client": {"events": True}}


def started(launch: Callable[..., Any], options: Any = EVENTS) -> Any:
    server = launch(SCRIPT)
    server.start(options=options)
    server.open(URI, TEXT)
    return server


def name(item: Any) -> str:
    return str(item["command"]["arguments"][0]["id"])


def read(server: Any, sql: str = "select * from moments order by id") -> list[dict[str, Any]]:
    """End the server, which writes all it knows, and read the rows."""
    assert server.stop() == 0
    with sqlite3.connect(server.home / "state" / "statistics.sqlite3") as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql)]


def signals(server: Any) -> list[Signal]:
    return [Signal(row["signals"]) for row in read(server)]


def test_the_situation_of_a_suggestion(launch: Any) -> None:
    server = started(launch)
    item = server.inline(URI, 1, 12)[0]
    server.notify("dovetail/didShow", {"id": name(item)})
    (row,) = read(server, "select moments.*, name from moments join names on names.id = source")
    assert (row["kind"], row["language"], row["name"]) == (
        Kind.SUGGESTION,
        language_code("python"),
        "scripted",
    )
    assert row["scope"] in (Scope.FUNCTION, Scope.TOP_LEVEL)
    assert (row["lines"], row["prefix"], row["offered"], row["confidence"]) == (1, 12, len(LINE), 90)
    assert row["shown_ms"] is not None
    assert row["first_ms"] is not None
    assert Signal(row["signals"]) == Signal.SHOWN | Signal.OPENS


def test_by_word_by_line_and_whole(launch: Any) -> None:
    server = launch(SCRIPT)
    server.start(options=EVENTS)
    server.open(URI, "def work(invoices):\n    \n")
    item = name(server.inline(URI, 1, 4)[0])
    for version, (line, column, before, text) in enumerate(
        [(1, 4, "", "first"), (1, 9, "first", " = 1\n"), (2, 0, "first = 1\n", "    return first")], 2
    ):
        server.notify("dovetail/didAccept", {"id": item, "length": len(before + text)})
        server.change(URI, version, (line, column, line, column, text))
    server.notify("dovetail/didAccept", {"id": item})
    (found,) = signals(server)
    assert (
        found & (Signal.WORD | Signal.LINE | Signal.ACCEPTED) == Signal.WORD | Signal.LINE | Signal.ACCEPTED
    )


def test_undone_at_once(launch: Any) -> None:
    """By the editor's own undo, which takes the text away again; a change beside it is no undo."""
    for gone, undone in (((1, 12, 1, 12 + len(LINE), ""), True), ((1, 12, 1, 14, ""), False)):
        server = started(launch)
        server.notify("dovetail/didAccept", {"id": name(server.inline(URI, 1, 12)[0])})
        server.change(URI, 2, (1, 12, 1, 12, LINE))
        server.change(URI, 3, gone)
        found = signals(server)
        assert bool(found[-1] & Signal.UNDONE) is undone


def test_the_same_place_turned_down_twice(launch: Any) -> None:
    """Once is not twice, and another line is another place."""
    server = started(launch)

    def turn_down(line: int, column: int) -> None:
        item = name(server.inline(URI, line, column)[0])
        server.notify("dovetail/didShow", {"id": item})
        server.notify("dovetail/didReject", {"id": item})

    turn_down(1, 12)
    turn_down(2, 13)
    server.change(URI, 2, (1, 12, 1, 12, "sum"))
    turn_down(1, 15)
    found = signals(server)
    assert [bool(one & Signal.REJECTED) for one in found] == [True] * 3
    assert [bool(one & Signal.AGAIN) for one in found] == [False, False, True]


def test_not_useful_and_why(launch: Any) -> None:
    """By the id that the client knows, or of what was shown last in the document."""
    server = started(launch)
    server.notify("dovetail/notUseful", {"id": name(server.inline(URI, 1, 12)[0])})
    assert server.inline(URI, 1, 12) == []  # it stays away, as one that was rejected
    server.inline(URI, 2, 13)
    assert server.command("dovetail.notUseful", {"uri": URI}) == {"noted": True}
    assert server.command("dovetail.notUseful", {"uri": "untitled:other"}) == {"noted": False}
    server.command("dovetail.why", {"uri": URI})
    one, other = signals(server)
    assert one & (Signal.NOT_USEFUL | Signal.REJECTED) == Signal.NOT_USEFUL | Signal.REJECTED
    assert other & (Signal.NOT_USEFUL | Signal.WHY) == Signal.NOT_USEFUL | Signal.WHY


def test_silence_has_a_reason_and_asking_by_hand_is_a_miss(launch: Any) -> None:
    server = started(launch)
    assert server.inline(URI, 3, 14) == []
    server.change(URI, 2, (3, 14, 3, 14, "x"))
    assert server.inline(URI, 3, 15, manual=True) == []
    server.inline(URI, 1, 12)
    (row,) = read(server, "select silences.*, name from silences join names on names.id = source")
    assert (row["reason"], row["name"]) == (Reason.FAILED, "scripted") or row["reason"] == Reason.EMPTY
    assert (row["number"], row["typed"], row["misses"]) == (1, 1, 1)


def test_what_is_typed_by_hand_is_counted_and_what_is_accepted_or_pasted_is_not(launch: Any) -> None:
    server = started(launch)
    server.notify("dovetail/didAccept", {"id": name(server.inline(URI, 1, 12)[0])})
    server.change(URI, 2, (1, 12, 1, 12, LINE))
    for version, character in enumerate("abc", 3):
        server.change(URI, version, (3, 14, 3, 14, character))
    server.change(URI, 6, (0, 0, 0, 0, "import something_pasted\n"))
    assert [row["by_hand"] for row in read(server, "select * from typed")] == [3]


@pytest.fixture
def edit_in(launch: Any, tmp_path: Path) -> Any:
    def start() -> Any:
        server, editor, workspace, uri = editing.started(launch, tmp_path, None, None, **{"shop.py": SHOP})
        return server, editor, editor.open(workspace / "shop.py", SHOP) if uri is None else uri

    return start


SHOP = "def price(item):\n    return item.price\n\n\ndef total(items):\n    return 0\n"
FITS = (
    "--- a/shop.py\n+++ b/shop.py\n@@ -5,2 +5,2 @@\n def total(items):\n-    return 0\n"
    "+    return sum(map(price, items))\n"
)
MISFITS = FITS.replace("return 0", "return zero")


def test_edits_refused_sent_again_applied_and_undone(edit_in: Any) -> None:
    server, editor, uri = edit_in()
    assert not editor.command("dovetail.applyDiff", {"text": MISFITS, "uri": uri})["applied"]
    assert editor.command("dovetail.applyDiff", {"text": FITS, "uri": uri})["applied"]
    assert editor.command("dovetail.undoEdit", {})["applied"]
    refused, applied = [row for row in read(server) if row["kind"] == Kind.EDIT]
    assert Signal(refused["signals"]) & (Signal.REFUSED | Signal.RESENT) == Signal.REFUSED | Signal.RESENT
    assert refused["reason"] == Reason.NOT_FOUND
    assert Signal(applied["signals"]) & (Signal.ACCEPTED | Signal.UNDONE) == Signal.ACCEPTED | Signal.UNDONE
    assert {row["language"] for row in (refused, applied)} == {language_code("python")}
    assert applied["scope"] == Scope.FUNCTION


def test_the_situation_of_an_edit_by_the_chat_server(launch: Any, tmp_path: Path) -> None:
    answer = f"```diff\n{FITS}```\n"
    with editing.chat_server(answer) as chat:
        options = {"chat": {"url": chat.url, "model": "big-model", "keyEnv": ""}}
        server, editor, workspace, _ = editing.started(launch, tmp_path, options, None, **{"shop.py": SHOP})
        uri = editor.open(workspace / "shop.py", SHOP)
        editor.command("dovetail.edit", {"uri": uri, "instruction": "sum the prices"})
        assert chat.asked
    (row,) = read(
        server,
        "select moments.*, s.name as who, m.name as model_name from moments join names s on s.id = source"
        " join names m on m.id = model",
    )
    assert (row["kind"], row["model_name"]) == (Kind.EDIT, "big-model")
    assert row["who"] == chat.url.split("/")[2]
    assert (row["language"], row["scope"]) == (language_code("python"), Scope.FUNCTION)
    assert 0 < row["first_ms"] <= row["shown_ms"]


def test_no_token_of_a_document_is_in_the_store(edit_in: Any) -> None:
    """After suggestions, edits, refusals and questions: in no cell of any table, and in no byte of the files but those
    of the schema itself."""
    server, editor, uri = edit_in()
    texts = [SHOP, FITS, MISFITS, TEXT, LINE]
    server.open(URI, TEXT, "an invented_language")
    for line, column in ((1, 12), (2, 13), (3, 14)):
        for item in server.inline(URI, line, column):
            server.notify("dovetail/didAccept", {"id": name(item)})
    editor.command("dovetail.applyDiff", {"text": MISFITS, "uri": uri})
    editor.command("dovetail.applyDiff", {"text": FITS, "uri": uri})
    editor.command("dovetail.why", {})
    server.command("dovetail.notUseful", {})
    assert server.stop() == 0
    path = server.home / "state" / "statistics.sqlite3"
    with sqlite3.connect(path) as db:
        schema = " ".join(sql or "" for (sql,) in db.execute("select sql from sqlite_master"))
        tables = [table for (table,) in db.execute("select name from sqlite_master where type = 'table'")]
        cells = [
            str(cell) for table in tables for row in db.execute(f"select * from {table}") for cell in row
        ]
        db.execute("pragma wal_checkpoint(truncate)")
    words = {word.lower() for text in texts for word in re.findall(r"\w{3,}", text)}
    words |= {"shop", "untitled", "invented_language", str(path.parent.parent.name)}
    assert len(words) > 15
    assert cells
    assert not [word for word in words if any(word in cell.lower() for cell in cells)]
    known = set(re.findall(r"\w{3,}", schema.lower())) | {"home"}
    data = b"".join(file.read_bytes() for file in path.parent.glob("statistics.sqlite3*")).lower()
    assert not [word for word in words - known if word.encode() in data]


def test_off_means_that_nothing_is_written(launch: Any) -> None:
    server = started(launch, {**EVENTS, "statistics": {"enabled": False}})
    server.notify("dovetail/didAccept", {"id": name(server.inline(URI, 1, 12)[0])})
    server.change(URI, 2, (1, 12, 1, 12, LINE))
    server.notify("dovetail/notUseful", {})
    server.command("dovetail.status", {})
    assert server.stop() == 0
    assert not list(server.home.rglob("statistics.sqlite3*"))


def test_from_the_editor_to_the_terminal(launch: Any) -> None:
    """What a session did is what the server answers, and what `dovetail stats` prints afterwards."""
    server = started(launch)
    server.notify("dovetail/didAccept", {"id": name(server.inline(URI, 1, 12)[0])})
    server.inline(URI, 3, 14)
    answer = server.command("dovetail.stats", {"days": 7})
    assert answer["report"]["total"]["accepted"] == 1
    assert "Kept characters         28" in answer["lines"]
    assert server.stop() == 0
    ran = subprocess.run(
        dovetail("stats", "--json"),
        env={**os.environ, "DOVETAIL_HOME": str(server.home)},
        capture_output=True,
        timeout=60,
    )
    found = json.loads(ran.stdout)
    assert (found["total"]["accepted"], found["total"]["keptCharacters"]) == (1, len(LINE))
    assert [one["source"] for one in found["endpoints"]][-1] == "scripted"
