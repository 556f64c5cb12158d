"""textDocument/inlineCompletion over real pipes, with a generator that follows a script."""

from __future__ import annotations

import json
from typing import Any

import pytest

URI = "untitled:work"
SCRIPT = {
    "total = ": [["compute(rows)"]],
    "first = ": [["alpha()"], ["beta()"], ["gamma()"]],
    "slow = ": [["be", "…"]],
    "never = ": [["…"]],
    "down = ": [["!"]],
    "private = ": [["!!"]],
    "print(": [["total)"]],
    "def f():": [["\n    a = 1\n    b", "~1500", " = 2\nc = 3\n"]],
}


def nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return any(nulls(item) for item in value.values())
    if isinstance(value, list):
        return any(nulls(item) for item in value)
    return value is None


def test_an_item(launch) -> None:
    """The continuation, an empty range at the cursor, a command on acceptance, no null anywhere."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "total = \n")
    (item,) = server.inline(URI, 0, 8)
    place = {"line": 0, "character": 8}
    assert item["insertText"] == "compute(rows)"
    assert item["range"] == {"start": place, "end": place}
    assert item["command"]["command"] == "dovetail.accept"
    assert item["command"]["arguments"][0].keys() == {"id"}
    assert not nulls(item)


def test_closers_are_replaced_only_where_the_client_can(launch) -> None:
    """`print(|)`: with `replaceRange` the item covers the closer, without it stops before it."""
    for able in (False, True):
        server = launch(SCRIPT)
        server.start(options={"client": {"replaceRange": able}})
        server.open(URI, "print()\n")
        (item,) = server.inline(URI, 0, 6)
        end = item["range"]["end"]["character"]
        assert (item["insertText"], end) in ([("total)", 7), ("total", 6)] if able else [("total", 6)])
        assert item["range"]["start"]["character"] == 6


def test_several_only_when_asked_by_hand(launch) -> None:
    """An automatic request has one candidate, a manual one up to three."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "first = \n")
    assert len(server.inline(URI, 0, 8)) == 1
    assert [i["insertText"] for i in server.inline(URI, 0, 8, manual=True)] == [
        "alpha()",
        "beta()",
        "gamma()",
    ]


def test_unknown_documents_and_places_outside(launch) -> None:
    """Nothing is suggested, and `why` says so."""
    server = launch(SCRIPT)
    server.start()
    assert server.inline("untitled:unknown", 0, 0) == []
    server.open(URI, "total = \n")
    for line, character in [(0, 9), (5, 0), (2**31 - 1, 2**31 - 1)]:
        assert server.inline(URI, line, character) == []
        (last, *_) = server.command("dovetail.why", {"uri": URI})["decisions"]
        assert "outside the document" in last["outcome"]


def test_cancel_while_it_waits_for_the_generator(launch) -> None:
    """The request ends with LSP's code for it, and the generator's stream is closed."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "never = \n")
    identifier = server.ask_inline(URI, 0, 8)
    server.generator("asked", head="never = ")
    server.notify("$/cancelRequest", {"id": identifier})
    assert server.answer(identifier)["error"]["code"] == -32800


def test_cancel_before_its_turn_and_after_the_answer(launch) -> None:
    """A cancel that arrives with the request spares the work; one that comes too late harms nothing."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "total = \n")
    answered = server.ask_inline(URI, 0, 8)
    assert server.answer(answered)["result"]["items"]
    for identifier in (answered, 999, "no such", None, {}):
        server.notify("$/cancelRequest", {"id": identifier})
    params = {
        "textDocument": {"uri": URI},
        "position": {"line": 0, "character": 8},
        "context": {"triggerKind": 1},
    }
    method = "textDocument/inlineCompletion"
    body = json.dumps({"jsonrpc": "2.0", "id": "q", "method": method, "params": params}).encode()
    cancel = b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"q"}}'
    server.raw(b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(part), part) for part in (body, cancel)))
    assert server.answer("q")["error"]["code"] == -32800
    assert server.inline(URI, 0, 8)


def test_cancel_after_the_first_partial_result(launch) -> None:
    """Streaming stops, the request ends as cancelled."""
    server = launch(SCRIPT)
    server.start(options={"client": {"partialResults": True}})
    server.open(URI, "slow = \n")
    identifier = server.ask_inline(URI, 0, 7, partialResultToken="t")
    server.generator("asked", head="slow = ")
    server.notify("$/cancelRequest", {"id": identifier})
    assert server.answer(identifier)["error"]["code"] == -32800


def test_a_newer_request_supersedes(launch) -> None:
    """The older one is answered, with nothing; the newer gets the suggestion."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "never = \ntotal = \n")
    older = server.ask_inline(URI, 0, 8)
    server.generator("asked", head="never = ")
    newer = server.ask_inline(URI, 1, 8)
    assert server.answer(newer)["result"]["items"][0]["insertText"] == "compute(rows)"
    assert server.answer(older)["result"]["items"] == []


def test_the_document_is_the_one_the_request_saw(launch) -> None:
    """A change that arrives in the same breath as the request, behind it, does not move its ground."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "total = \n")
    parts = [
        b'{"jsonrpc":"2.0","id":"q","method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"%b"},'
        b'"position":{"line":0,"character":8},"context":{"triggerKind":2}}}' % URI.encode(),
        b'{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"%b","version":2},'
        b'"contentChanges":[{"text":"gone"}]}}' % URI.encode(),
    ]
    server.raw(b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(part), part) for part in parts))
    assert server.answer("q")["result"]["items"][0]["insertText"] == "compute(rows)"


def test_a_client_without_parts_hears_that_more_has_come(launch) -> None:
    """It was given the whole lines that were there, asks again when told, and has the rest then."""
    server = launch(SCRIPT)
    server.start(options={"client": {"more": True}})
    server.open(URI, "def f():\n")
    (item,) = server.inline(URI, 0, 8)
    assert item["insertText"] == "\n    a = 1"
    assert server.notification("dovetail/moreToCome") == {"uri": URI}
    (item,) = server.inline(URI, 0, 8)
    assert item["insertText"] == "\n    a = 1\n    b = 2"


def test_an_endpoint_that_fails_is_said_in_the_status(launch) -> None:
    """One sentence, state "offline"; the request is answered with nothing."""
    server = launch(SCRIPT)
    server.start(options={"client": {}})
    server.open(URI, "down = \n")
    assert server.inline(URI, 0, 7) == []
    status = server.notification("dovetail/status", lambda p: p["state"] == "offline")
    assert status["message"] == "the scripted endpoint does not answer"


@pytest.mark.own_process
def test_a_defect_in_a_generator_reaches_no_client(launch) -> None:
    """No traceback and no text of the error in what is sent; its place is in the log, without the text."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "private = \n")
    answer = server.answer(server.ask_inline(URI, 0, 10))
    assert "Traceback" not in str(answer)
    assert "private" not in str(answer)
    assert server.inline(URI, 0, 0) == []
    assert server.stop() == 0
    assert "private" not in server.log() + server.stderr()


def test_streaming_by_the_clients_own_token(launch) -> None:
    """Each `$/progress` holds the whole item so far; the answer holds it once more. Not for clients that did
    not ask for it."""
    script = {"value = ": [["alpha", "(beta", ")"]]}
    server = launch(script)
    server.start(options={"client": {"partialResults": True}})
    server.open(URI, "value = \n")
    answer = server.answer(server.ask_inline(URI, 0, 8, partialResultToken="mine"))
    final = answer["result"]["items"][0]["insertText"]
    assert final == "alpha(beta)"
    parts = [m["params"] for m in server.seen if m.get("method") == "$/progress"]
    for part in parts:
        assert part["token"] == "mine"
        assert final.startswith(part["value"]["items"][0]["insertText"])
        assert not nulls(part)
    quiet = launch(script)
    quiet.start()
    quiet.open(URI, "value = \n")
    assert quiet.answer(quiet.ask_inline(URI, 0, 8, partialResultToken="mine"))["result"]["items"]
    assert not [m for m in quiet.seen if m.get("method") == "$/progress"]


def test_parts_also_come_where_the_user_has_typed_on(launch) -> None:
    """As long as the client does not ask anew, it waits for them, and takes off what was typed since."""
    server = launch({"def f():": [["\n    alpha = 1\n", "    beta", "…"]]})
    # Past its deadline the question would be answered with the part.
    server.start(options={"client": {"partialResults": True}, "completion": {"deadlineMs": 10_000}})
    server.open(URI, "def f():\n")
    server.ask_inline(URI, 0, 8, partialResultToken="mine")
    server.change(URI, 2, (0, 8, 0, 8, "\n"))
    part = server.notification("$/progress", lambda p: p["token"] == "mine")
    assert part["value"]["items"][0]["insertText"] == "\n    alpha = 1"


@pytest.mark.parametrize(("on", "expected"), [(False, 0), (True, 1)])
def test_automatic_can_be_turned_off(launch, on: bool, expected: int) -> None:
    """Then suggestions come only when asked for."""
    server = launch(SCRIPT)
    server.start(options={"completion": {"automatic": on}})
    server.open(URI, "total = \n")
    assert len(server.inline(URI, 0, 8)) == expected
    assert len(server.inline(URI, 0, 8, manual=True)) == 1
