"""Turns: shares, order, and who is told to come back."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import until
from team.admission import Admission, Refused


async def settled() -> None:
    """All that can go on without anything from outside has gone on."""
    for _ in range(8):
        await asyncio.sleep(0)


class Users:
    """Callers who hold turns until they are told to let go."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.running: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self._doors: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *names: str) -> None:
        """`ada1` is the first request of the caller `ada`; a name that begins with `?` has no caller. `ada_x1` is one
        of ada's session `x`."""
        for name in names:
            self._doors[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._one(name))
            await settled()

    async def go(self, name: str) -> None:
        self._doors[name].set()
        await until(self.tasks[name].done)
        await settled()

    async def _one(self, name: str) -> None:
        try:
            caller, _, session = name.rstrip("0123456789").partition("_")
            async with self.admission.turn("" if name[0] == "?" else caller, session):
                self.running.append(name)
                await self._doors[name].wait()
        except Refused as refused:
            self.refused.append((name, refused.reason))
        finally:
            if name in self.running:
                self.running.remove(name)

    async def end(self) -> None:
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        assert (self.admission.running, self.admission.waiting) == (0, 0)


def users(slots: int = 2, per_caller: int = 2, queue: int = 4, wait: float = 60) -> Users:
    return Users(Admission(slots, per_caller=per_caller, queue=queue, longest_wait_s=wait))


async def test_a_caller_has_no_more_than_its_share_though_slots_are_free() -> None:
    some = users(slots=4)
    await some.come("ada1", "ada2", "ada3", "bob1")
    assert some.running == ["ada1", "ada2", "bob1"]
    await some.go("ada1")
    assert some.running == ["ada2", "bob1", "ada3"]
    await some.end()


async def test_of_one_callers_waiting_requests_the_oldest_gives_way() -> None:
    some = users(slots=2)
    await some.come("ada1", "ada2", "ada3", "ada4", "ada5")
    assert some.refused == [("ada3", "limit")]
    await some.go("ada1")
    assert some.running == ["ada2", "ada5"]
    await some.end()


async def test_a_free_turn_goes_to_whom_fewest_are_running() -> None:
    some = users(slots=3, per_caller=3)
    await some.come("ada1", "ada2", "cy1", "ada3", "bob1")
    await some.go("cy1")
    assert some.running == ["ada1", "ada2", "bob1"]
    await some.end()


async def test_a_full_queue_takes_a_newcomer_in_place_of_whom_most_are_waiting() -> None:
    some = users(slots=1, per_caller=3, queue=3)
    await some.come("ada1", "ada2", "ada3", "ada4", "bob1")
    assert some.refused == [("ada2", "queue")]
    await some.come("cy1", "dee1", "eve1")  # each has one: the oldest gives way
    assert some.refused[1:] == [("ada3", "queue"), ("ada4", "queue"), ("bob1", "queue")]
    await some.come("eve2")  # nobody's only one for another's second
    assert some.refused[4:] == [("eve1", "queue")]
    await some.go("ada1")
    assert some.running == ["eve2"]
    await some.end()


async def test_strangers_have_no_share_and_the_queue_ends_for_them_too() -> None:
    some = users(slots=3, per_caller=1, queue=1)
    await some.come("?1", "?2", "?3", "?4", "?5")
    assert some.running == ["?1", "?2", "?3"]
    assert some.refused == [("?4", "queue")]
    await some.end()


async def test_without_a_queue_nobody_waits() -> None:
    some = users(slots=1, queue=0)
    await some.come("ada1", "bob1", "?1")
    assert some.running == ["ada1"]
    assert some.refused == [("bob1", "queue"), ("?1", "queue")]
    await some.end()


async def test_of_equals_the_newest_goes_first() -> None:
    """Where somebody goes without, it is whoever has waited longest and has typed on since."""
    some = users(slots=1)
    await some.come("ada1", "bob1", "cy1")
    await some.go("ada1")
    assert some.running == ["cy1"]
    await some.come("dee1")
    await some.go("cy1")
    assert some.running == ["dee1"]
    await some.end()


async def test_of_one_session_the_newest_alone_waits() -> None:
    """Not every proxy tells that an editor hung up. Another session of the same caller, and the same name of a session
    of another caller, are somebody else's."""
    some = users(slots=1, per_caller=3, queue=8)
    await some.come("zoe1", "ada_x1", "ada_y1", "bob_x1", "?_x1", "ada_x2", "ada1", "ada2", "?1")
    assert some.refused[:1] == [("ada_x1", "superseded")]
    assert "ada_y1" in some.tasks and not some.tasks["bob_x1"].done() and not some.tasks["?_x1"].done()
    await some.end()


async def test_what_runs_is_not_superseded() -> None:
    some = users(slots=1)
    await some.come("ada_x1", "ada_x2", "ada_x3")
    assert some.running == ["ada_x1"] and some.refused == [("ada_x2", "superseded")]
    await some.go("ada_x1")
    assert some.running == ["ada_x3"]
    await some.end()


async def test_who_waited_long_enough_is_told_so() -> None:
    some = users(slots=1, wait=0.01)
    await some.come("ada1", "bob1")
    await until(lambda: bool(some.refused))
    assert some.refused == [("bob1", "wait")]
    await some.end()


async def test_who_leaves_while_waiting_takes_no_turn() -> None:
    some = users(slots=1)
    await some.come("ada1", "bob1", "cy1")
    some.tasks["bob1"].cancel()
    await some.go("ada1")
    assert some.running == ["cy1"]
    await some.end()


@given(st.lists(st.tuples(st.sampled_from(["come", "go", "leave"]), st.sampled_from("abc?")), max_size=40))
def test_no_order_of_events_loses_a_turn_or_gives_one_too_many(events: list[tuple[str, str]]) -> None:
    async def run() -> None:
        some = users(slots=3, per_caller=2, queue=3)
        for number, (what, who) in enumerate(events):
            if what == "come":
                await some.come(f"{who}{number}")
            elif what == "leave" and some.tasks:
                list(some.tasks.values())[number % len(some.tasks)].cancel()
                await settled()
            elif some.running:
                await some.go(some.running[number % len(some.running)])
            shares = Counter(name[0] for name in some.running if name[0] != "?")
            assert len(some.running) <= 3
            assert all(count <= 2 for count in shares.values())
            assert some.admission.waiting <= 3
        await settled()
        waiting = some.admission.waiting
        if waiting and len(some.running) < 3:  # whoever waits beside a free slot has used up a share
            assert any(count == 2 for count in Counter(name[0] for name in some.running).values())
        await some.end()

    asyncio.run(run())


def test_only_refusals_that_are_known() -> None:
    with pytest.raises(KeyError):
        Refused("mood")
