"""What a client tells of suggestions, what is read from the text, commands, and the time after."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dovetail.fim import Suggestion
from dovetail.server.client import ClientOptions, Nobody
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels
from dovetail.server.session.session import Session
from dovetail.server.session.timers import Timers
from dovetail.server.statistics import KEPT_AFTER_S, Kind, Moment
from dovetail.text import Point

URI = "untitled:work"
SCRIPT = {"total = ": [["compute(rows)"]], "emoji = ": [["f('😀') + g"]]}
EVENTS = {"client": {"events": True}}


def identifier(item: Any) -> str:
    text: str = item["command"]["arguments"][0]["id"]
    return text


def test_events_of_a_client_that_sends_them(launch) -> None:
    """Shown, accepted in part by length, then whole, with the change and the command besides: counted once."""
    server = launch(SCRIPT)
    server.start(options=EVENTS)
    server.open(URI, "total = \n")
    name = identifier(server.inline(URI, 0, 8)[0])
    assert server.statistics()["counts"] == {"shown": 0}
    server.notify("dovetail/didShow", {"id": name})
    server.notify("dovetail/didShow", {"id": name})
    server.notify("dovetail/didAccept", {"id": name, "length": 7})
    server.change(URI, 2, (0, 8, 0, 8, "compute"))
    assert server.statistics()["counts"] == {"shown": 1, "partial": 1}
    server.notify("dovetail/didAccept", {"id": name, "text": "compute(rows)"})
    server.change(URI, 3, (0, 15, 0, 15, "(rows)"))
    assert server.command("dovetail.accept", {"id": name}) is None
    statistics = server.statistics()
    assert statistics["counts"] == {"shown": 1, "accepted": 1}
    assert statistics["acceptedCharacters"] == len("compute(rows)")


def test_lengths_are_in_the_clients_units(launch) -> None:
    """UTF-16 by default: the emoji is two."""
    server = launch(SCRIPT)
    server.start(options=EVENTS)
    server.open(URI, "emoji = \n")
    name = identifier(server.inline(URI, 0, 8)[0])
    server.notify("dovetail/didAccept", {"id": name, "length": len("f('😀')") + 1})
    assert server.statistics()["acceptedCharacters"] == len("f('😀')")


def test_a_rejected_text_stays_away_for_a_while(launch) -> None:
    """And is counted."""
    server = launch(SCRIPT)
    server.start(options=EVENTS)
    server.open(URI, "total = \n")
    server.notify("dovetail/didReject", {"id": identifier(server.inline(URI, 0, 8)[0])})
    assert server.inline(URI, 0, 8) == []
    assert server.statistics()["counts"]["rejected"] == 1


def test_a_client_that_only_knows_plain_lsp(launch) -> None:
    """Shown when sent, accepted when the text comes; the command says it again, counted once. No status is sent."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "total = \n")
    item = server.inline(URI, 0, 8)[0]
    server.change(URI, 2, (0, 8, 0, 8, "compute(rows)"))
    server.request(
        "workspace/executeCommand",
        {"command": item["command"]["command"], "arguments": item["command"]["arguments"]},
    )
    assert server.statistics()["counts"] == {"shown": 1, "accepted": 1}
    assert not [m for m in server.seen if m.get("method") == "dovetail/status"]


@pytest.mark.parametrize("params", [None, [], {}, {"id": 5}, {"id": "nonsense"}, {"id": {"a": 1}}, "x", 7])
def test_events_that_mean_nothing(running, params: Any) -> None:
    """Are nothing."""
    server = running
    for method in ("dovetail/didShow", "dovetail/didAccept", "dovetail/didReject"):
        server.notify(method, params)
    assert server.statistics()["counts"] == {"shown": 0}
    assert "defect" not in server.log()


def test_statistics_can_be_turned_off(launch) -> None:
    """Nothing is counted then."""
    server = launch(SCRIPT)
    server.start(options={**EVENTS, "statistics": {"enabled": False}})
    server.open(URI, "total = \n")
    server.notify("dovetail/didAccept", {"id": identifier(server.inline(URI, 0, 8)[0])})
    assert server.statistics()["counts"] == {"shown": 0}


def test_why_and_status(launch) -> None:
    """The last decisions, newest first, of one document or of all; and the state of things."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "total = \n")
    server.open("untitled:other", "total = \n")
    server.inline(URI, 0, 8)
    server.inline("untitled:other", 0, 8)
    everything = server.command("dovetail.why")["decisions"]
    assert [d["uri"] for d in everything] == ["untitled:other", URI]
    (mine,) = server.command("dovetail.why", {"uri": URI})["decisions"]
    assert (mine["line"], mine["column"], mine["outcome"], mine["text"]) == (
        1,
        9,
        "suggested",
        "compute(rows)",
    )
    assert mine["trigger"] == "automatic"
    assert {step["name"] for step in mine["steps"]} >= {"gate", "generated"}
    status = server.command("dovetail.status", {})
    assert status.keys() >= {
        "state",
        "source",
        "message",
        "version",
        "model",
        "endpoints",
        "problems",
        "statistics",
    }


def test_a_lock_on_the_statistics_holds_up_nothing_but_them(launch, tmp_path: Path) -> None:
    """Another server writes: what is asked meanwhile is answered before the counts are."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "total = \n")
    server.statistics()  # the file is there now
    (file,) = (tmp_path / "home").rglob("statistics.sqlite3")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("begin exclusive")
    server.inline(URI, 0, 8)
    waiting = server.ask("workspace/executeCommand", {"command": "dovetail.status", "arguments": [{}]})
    asked = server.ask_inline(URI, 0, 8)
    first = server.wait(lambda m: "method" not in m and m.get("id") in (waiting, asked))
    other.execute("rollback")
    other.close()
    assert first["id"] == asked
    assert "statistics" in server.answer(waiting)["result"]


def test_restart_model_and_unknown_commands(launch) -> None:
    """The first reaches the models; the others are refused in a sentence."""
    server = launch(SCRIPT)
    server.start()
    assert server.command("dovetail.restartModel", {}) is None
    server.generator("restart")
    answer = server.answer(server.ask("workspace/executeCommand", {"command": "dovetail.nonsense"}))
    assert "dovetail.nonsense" in answer["error"]["message"]
    for arguments in (None, [None], [1, 2], ["x"], [[]], [{"on": "x", "language": 5}]):
        params = {"command": "dovetail.why", "arguments": arguments}
        assert "decisions" in server.request("workspace/executeCommand", params)


def test_decisions_are_on_disk_for_the_terminal(launch) -> None:
    """Without code, when the server ends at the latest."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "total = \n")
    server.inline(URI, 0, 8)
    assert server.stop() == 0
    (file,) = (server.home / "state" / "why").glob("*.json")
    text = file.read_text(encoding="utf-8")
    assert '"outcome": "suggested"' in text
    assert "compute" not in text


# The time after, with a clock of the test's


async def settle(session: Session) -> None:
    """Until what runs beside the handlers is over."""
    while session.timers.tasks:
        await asyncio.gather(*session.timers.tasks, return_exceptions=True)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waiting: list[tuple[float, Callable[[], None], Clock.Timer]] = []

    class Timer:
        cancelled = False

        def cancel(self) -> None:
            self.cancelled = True

    def __call__(self, seconds: float, do: Callable[[], None]) -> Clock.Timer:
        timer = Clock.Timer()
        self.waiting.append((self.now + seconds, do, timer))
        return timer

    def pass_to(self, now: float) -> None:
        self.now = now
        due = [w for w in self.waiting if w[0] <= now]
        self.waiting = [w for w in self.waiting if w[0] > now]
        for _, do, timer in sorted(due, key=lambda w: w[0]):
            if not timer.cancelled:
                do()


async def test_kept_after_30_s_to_10_min(tmp_path: Path) -> None:
    """Looked for near its place, which moves with the text above; gone is gone; a closed document is not asked."""
    clock = Clock()
    session = Session(
        Nobody(), Places(tmp_path, tmp_path, tmp_path), lambda session: NoModels(), timers=Timers(clock)
    )
    session.options = ClientOptions(events=True)
    session.opened(URI, "python", 1, "total = \n")
    at = Point(0, 8)
    suggestion = Suggestion("s1", "compute(rows)", at, at, "embedded", "embedded")
    (offer,) = session.offers.add(URI, "python", [suggestion])
    session.outcomes.offered(offer, Moment(Kind.SUGGESTION, 0, "embedded"))
    from dovetail.server.session.documents import Change

    session.documents.change(URI, 2, [Change("compute(rows)", (0, 8), (0, 8))])
    assert session.statistics.summary()["counts"] == {"shown": 1, "accepted": 1}
    assert session.statistics.summary()["keptOfAccepted"] == {}
    clock.pass_to(KEPT_AFTER_S[0])
    await settle(session)
    session.documents.change(URI, 3, [Change("\n" * 300, (0, 0), (0, 0))])
    clock.pass_to(KEPT_AFTER_S[1])
    await settle(session)
    session.documents.change(URI, 4, [Change("", (300, 0), (300, 30))])
    clock.pass_to(KEPT_AFTER_S[2])
    await settle(session)
    session.closed(URI)
    clock.pass_to(KEPT_AFTER_S[3])
    await settle(session)
    kept = session.statistics.summary()["keptOfAccepted"]
    assert kept == {"30 s": 1.0, "120 s": 1.0, "300 s": 0.0}
    await session.close()
