"""Nothing grows with the hours: texts of the past are let go, and what waits is bounded."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from weakref import ref

from dovetail.fim.builtin import BuiltinModel
from dovetail.privacy import shown_lines
from dovetail.server.session.acceptance import FOLLOWED, Offer, Offers, Outcome
from dovetail.server.session.outcomes import Outcomes
from dovetail.server.session.timers import Timers
from dovetail.server.statistics import KEPT_AFTER_S, Kind, Moment
from dovetail.text import Lines, Point, Snapshot


def test_a_text_that_was_shown_is_let_go() -> None:
    """What was found in it is kept beside it; that may not keep the text itself, version after version."""
    versions = []
    for i in range(200):
        lines = Lines.from_text(f"x = {i}\n")
        assert shown_lines(lines).text.startswith("x")
        versions.append(ref(lines))
        del lines
    gc.collect()
    assert sum(version() is not None for version in versions) <= 20


async def test_a_timer_does_not_keep_the_request_that_set_it() -> None:
    """Its context would: it holds what the request was about."""
    timers, done = Timers(), asyncio.Event()
    timers.later(0.01, done.set)
    (handle,) = timers._waiting
    assert not list(handle._context)  # type: ignore[attr-defined]
    await asyncio.wait_for(done.wait(), 10)


class Clock:
    """Timers that fire when told to."""

    def __init__(self) -> None:
        self.now, self.waiting = 0.0, list[tuple[float, Callable[[], None]]]()
        self.tasks = set[asyncio.Task[Any]]()

    def call_later(self, seconds: float, do: Callable[[], None]) -> Any:
        self.waiting.append((self.now + seconds, do))
        return object()

    async def to(self, seconds: float) -> None:
        while due := sorted((each for each in self.waiting if each[0] <= seconds), key=lambda each: each[0]):
            self.waiting.remove(due[0])
            self.now = due[0][0]
            due[0][1]()
        while self.tasks:  # the look itself is in a thread
            await asyncio.gather(*self.tasks)


async def test_accepted_suggestions_are_looked_for_again_and_no_more_wait_than_are_followed() -> None:
    clock = Clock()
    snapshot = Snapshot.open("file:///a.py", "def f():\n    return 1\n", language_id="python")
    statistics: Any = SimpleNamespace(
        enabled=True,
        offer=lambda moment: True,
        note=lambda moment: None,
        flush=lambda: None,
        waiting=0,
    )
    documents: Any = SimpleNamespace(get=lambda uri: snapshot)
    timers = Timers(call_later=clock.call_later, tasks=clock.tasks)
    outcomes = Outcomes(Offers(), documents, statistics, timers, lambda: None, lambda *_: None)
    count = FOLLOWED + 100
    moments = [Moment(Kind.SUGGESTION, 0, "builtin") for _ in range(count)]
    for i in range(count):
        offer = Offer(
            f"k{i}", snapshot.uri, "python", "builtin", "    return 1", Point(1, 0), moment=moments[i]
        )
        outcomes.record(Outcome("accepted", offer, offer.text))
    assert len(clock.waiting) <= count + 1  # one each, and the one that writes
    for which, seconds in enumerate(KEPT_AFTER_S):
        await clock.to(seconds)
        there = [i for i, moment in enumerate(moments) if moment.there >> which & 1]
        assert there == list(range(100, count))
    assert len(clock.waiting) <= 1
    assert not outcomes.offers._followed


def test_names_that_stand_nowhere_any_more_are_let_go() -> None:
    """Each name that a document ever held was kept. What is learnt stays as it is, and the same is proposed."""
    now = [0.0]
    model = BuiltinModel(clock=lambda: now[0])
    model.update_all(
        {"a.py": AREA.format("circle") * 3, "old.py": "gone_for_good = 1\n", "b.py": "was = 1\n"}
    )
    model.remove("old.py")
    model.update("b.py", AREA.format("square"))
    learnt = model.stats

    def proposed() -> list[tuple[str, float]]:
        snapshot = Snapshot.open("file:///c.py", AREA.format("oval") + "\n    total = ", language_id="python")
        position = Point(len(snapshot.lines) - 1, 12)
        model.prepare(snapshot, position)
        return [(p.text, p.confidence) for p in model.complete(snapshot, position, "c.py", count=3)]

    before = proposed()
    assert before
    words = model.stats.words
    for i in range(60):
        text = "".join(f"name_{i}_{n} = {n}\n" for n in range(40))
        model.prepare(Snapshot.open(f"file:///{i}.py", text, language_id="python"))
    assert model.stats.words > words + 2_000
    assert not model.overgrown  # not more often than once in some minutes
    now[0] = 3_600.0
    assert model.overgrown
    model.trim()
    assert not model.overgrown
    assert model.stats.words <= words
    assert (model.stats.files, model.stats.tokens) == (2, learnt.tokens)
    assert proposed() == before
    assert "gone_for_good" not in {passage.text for passage in model.search("gone_for_good", most=5)}


AREA = "def area_of_{0}(width, height):\n    total = width * height\n    return total\n\n\n"
