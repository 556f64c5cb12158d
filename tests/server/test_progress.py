"""`$/progress` for long work, over real pipes."""

from __future__ import annotations

from typing import Any

import pytest

ABLE = {"window": {"workDoneProgress": True}}


def values(server: Any) -> list[dict[str, Any]]:
    return [m["params"]["value"] for m in server.seen if m.get("method") == "$/progress"]


def agree(server: Any, **answer: Any) -> str:
    request = server.wait(lambda m: m.get("method") == "window/workDoneProgress/create")
    server.send({"jsonrpc": "2.0", "id": request["id"], **(answer or {"result": None})})
    token: str = request["params"]["token"]
    return token


def test_progress_begins_reports_and_ends(launch) -> None:
    """A thousand reports become a few; after the end nothing is sent."""
    server = launch({"progress": []})
    server.start(capabilities=ABLE)
    token = agree(server)
    assert server.generator("progress")["shown"] is True
    server.generator("over")
    begin, *reports, end = values(server)
    assert begin == {
        "kind": "begin", "title": "Learning", "cancellable": True, "message": "0 of 1000 files", "percentage": 0,
    }  # fmt: skip
    assert end == {"kind": "end", "message": "learnt"}
    assert 1 <= len(reports) < 20
    assert {m["params"]["token"] for m in server.seen if m.get("method") == "$/progress"} == {token}


def test_progress_is_cancelled_by_the_user(launch) -> None:
    """The work is told once; a token that is not known is nothing."""
    server = launch({"progress": [["wait"]]})
    server.start(capabilities=ABLE)
    token = agree(server)
    server.generator("progress")
    for each in ("nonsense", token, token):
        server.notify("window/workDoneProgress/cancel", {"token": each})
    server.generator("over")
    assert values(server)[-1] == {"kind": "end", "message": "stopped"}


@pytest.mark.parametrize("answer", [None, {"error": {"code": 1, "message": "no"}}])
def test_a_client_without_progress(launch, answer: Any) -> None:
    """One that does not offer it is not asked, one that refuses is not sent any."""
    server = launch({"progress": []})
    server.start(capabilities=ABLE if answer else {})
    if answer:
        agree(server, **answer)
    assert server.generator("progress")["shown"] is False
    server.generator("over")
    assert values(server) == []
    if not answer:
        assert not [m for m in server.seen if m.get("method") == "window/workDoneProgress/create"]
