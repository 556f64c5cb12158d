"""The nine things that hold of next edits, whatever was edited; each has its test here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve

from dovetail.nextedit import ON_DEMAND, Edit, Predictor, Proposal, Ranker, Silence, Text, edits_between
from dovetail.server.session.documents import Change, Documents
from dovetail.server.session.folders import Folders
from dovetail.server.session.nextedits import NextEdits, Offered
from dovetail.text import Point, TextEdit

CALLS = tuple(f"    value = shop.total_of(cart, {n})" for n in range(6))
SURE = Ranker(9.0, ())


def after(*done: int) -> tuple[str, ...]:
    return tuple(
        line.replace("shop.total_of(cart,", "cart.total(shop,") if n in done else line
        for n, line in enumerate(CALLS)
    )


def begun(ranker: Ranker | None = SURE, lines: tuple[str, ...] = CALLS) -> tuple[Predictor, dict[str, Text]]:
    """Two lines were rewritten alike."""
    predictor = Predictor(ranker)
    for edit in edits_between("a.py", lines, after(0, 1)):
        predictor.made(edit)
    return predictor, {"a.py": Text("a.py", after(0, 1))}


def proposed(predictor: Predictor, texts: dict[str, Text]) -> Proposal:
    answer = predictor.propose(texts, ("a.py", 1), 0.5)
    assert isinstance(answer, Proposal), answer
    return answer


@define
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def desk(tmp_path: Path) -> Callable[..., tuple[NextEdits, Documents, Folders, Clock, str]]:
    """A session's next edits with one open document, a clock and no client."""

    def make(text: str = "\n".join(CALLS) + "\n") -> tuple[NextEdits, Documents, Folders, Clock, str]:
        documents, folders, clock = Documents(), Folders(), Clock()
        folders.add(tmp_path)
        edits = NextEdits(documents, folders, clock=clock)
        edits._work.predictor = Predictor(SURE)
        documents.on_edit = edits.changed
        uri = (tmp_path / "a.py").as_uri()
        edits.opened(documents.open(uri, "python", 1, text))
        return edits, documents, folders, clock, uri

    return make


def replace(documents: Documents, uri: str, line: int, old: str, new: str) -> None:
    snapshot = documents.get(uri)
    assert snapshot is not None
    column = snapshot.line(line).index(old)
    documents.change(uri, snapshot.version + 1, [Change(new, (line, column), (line, column + len(old)))])


async def ask(
    edits: NextEdits, documents: Documents, uri: str, *, on_demand: bool = False, line: int = 5
) -> Any:
    snapshot = documents.get(uri)
    assert snapshot is not None
    return await edits.ask(snapshot, line, on_demand=on_demand)


async def rewritten(edits: NextEdits, documents: Documents, clock: Clock, uri: str, *lines: int) -> Any:
    answer = None
    for line in lines:
        replace(documents, uri, line, "shop.total_of(cart,", "cart.total(shop,")
        clock.now += 1
        answer = await ask(edits, documents, uri, on_demand=True)
    return answer


async def test_the_ranker_is_read_at_the_first_question_which_comes_before_any_answer(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits, documents, _, _, uri = desk()
    read: list[str] = []
    monkeypatch.setattr(edits._work.predictor, "prepare", lambda: read.append("ranker"))
    for _ in range(2):
        assert isinstance(await ask(edits, documents, uri), Silence)
    edits._thread.shutdown(wait=True)
    assert read == ["ranker"]


async def test_the_loop_is_free_between_the_files_that_are_judged(
    desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may be read was decided too long ago for all open files, and deciding takes a while."""
    edits, documents, _, _, uri = desk()
    for number in range(30):
        edits.opened(documents.open((tmp_path / f"{number}.py").as_uri(), "python", 1, "x = 1\n"))
    allows, judged, turns = Folders.allows, [0], []

    def slow(self: Folders, uri: str) -> Any:
        judged[0] += 1
        if judged[0] <= 31:
            time.sleep(0.003)
        return allows(self, uri)

    monkeypatch.setattr(Folders, "allows", slow)
    asking = asyncio.ensure_future(ask(edits, documents, uri, on_demand=True))
    while not asking.done():
        turns.append(judged[0])
        await asyncio.sleep(0)
    await asking
    assert judged[0] >= 31
    assert sum(0 < turn < 31 for turn in set(turns)) >= 15


async def test_1_it_names_the_exact_lines_and_the_version(desk: Any) -> None:
    edits, documents, _, clock, uri = desk()
    offered = await rewritten(edits, documents, clock, uri, 0, 1)
    assert isinstance(offered, Offered)
    snapshot = documents.get(uri)
    assert offered.version == snapshot.version
    assert (
        tuple(snapshot.line(offered.proposal.line + n) for n in range(len(offered.proposal.old)))
        == offered.proposal.old
    )


def test_2_what_was_proposed_is_no_example_before_it_is_taken() -> None:
    predictor, texts = begun()
    first = proposed(predictor, texts)
    for _ in range(3):
        again = proposed(predictor, texts)
    assert again == first
    assert len(again.examples) == 2
    predictor.accepted(first)
    for edit in edits_between("a.py", after(0, 1), after(0, 1, first.line)):
        predictor.made(evolve(edit, accepted=True))
    assert len(proposed(predictor, {"a.py": Text("a.py", after(0, 1, first.line))}).examples) == 3


def test_3_what_was_rejected_does_not_come_back_also_not_where_it_moved() -> None:
    predictor, texts = begun()
    first = proposed(predictor, texts)
    predictor.rejected(first)
    moved = {"a.py": Text("a.py", ("import shop", *texts["a.py"].lines))}
    seen = {first.key}
    for _ in range(10):
        answer = predictor.propose(moved, ("a.py", 1), 0.1)
        if isinstance(answer, Silence):
            break
        assert answer.key not in seen
        seen.add(answer.key)
        predictor.rejected(answer)
    assert isinstance(answer, Silence)


def test_4_an_edit_that_was_just_made_is_not_undone() -> None:
    predictor, texts = begun()
    for n in (2, 3):
        predictor.made(Edit("a.py", n, (after(n)[n],), (CALLS[n],)))
    for _ in range(6):
        answer = predictor.propose(texts, ("a.py", 1), 0.1)
        if not isinstance(answer, Proposal):
            break
        assert answer.new not in [(line,) for line in CALLS[:2]]
        predictor.rejected(answer)


@pytest.mark.parametrize(
    ("old", "new", "rest", "why"),
    [
        ("def a(x):", "def a(x) -> None:", ("    if (", "        x", "    ):", "        pass"), "syntax"),
        ("x: One", "def Two(x): pass", ("def Two(): pass", "x: One"), "second time"),
    ],
)
def test_5_no_syntax_error_and_no_second_definition(
    old: str, new: str, rest: tuple[str, ...], why: str
) -> None:
    predictor = Predictor(SURE)
    predictor.made(Edit("a.py", 0, (old,), (new,)))
    lines = (new, *(("    pass",) if why == "syntax" else ()), *rest)
    answer = predictor.propose({"a.py": Text("a.py", lines, "python")}, ("a.py", 0), 0.1)
    if isinstance(answer, Proposal):
        assert answer.old not in [(line,) for line in rest]
    else:
        assert any(why in reason for _, reason in answer.refused) or not answer.refused


async def test_6_nothing_while_typing_nor_after_an_undo_nor_long_after_an_edit(desk: Any) -> None:
    edits, documents, _, clock, uri = desk()
    await rewritten(edits, documents, clock, uri, 0)
    replace(documents, uri, 1, "shop.total_of(cart,", "cart.total(shop,")
    assert (await ask(edits, documents, uri, line=1)).reason == "the edit under way is not over"
    clock.now += 1
    shown = await ask(edits, documents, uri)
    assert isinstance(shown, Offered)  # one, and only one
    edits.rejected(shown.id)
    assert "rejected" in (await ask(edits, documents, uri)).reason
    clock.now += 11
    assert "nothing was edited" in (await ask(edits, documents, uri)).reason
    replace(documents, uri, 1, "cart.total(shop,", "shop.total_of(cart,")
    clock.now += 1
    assert (await ask(edits, documents, uri)).reason == "something was just undone"
    clock.now += 5
    later = await ask(edits, documents, uri)
    assert isinstance(later, Offered) or later.reason != "something was just undone"


async def test_7_excluded_files_give_no_rules_and_no_places(desk: Any, tmp_path: Path) -> None:
    edits, documents, folders, clock, uri = desk()
    other = (tmp_path / "b.py").as_uri()
    edits.opened(documents.open(other, "python", 1, "\n".join(CALLS) + "\n"))
    offered = await rewritten(edits, documents, clock, uri, 0, 1, 2, 3, 4, 5)
    assert isinstance(offered, Offered)
    assert offered.proposal.uri == other
    folders.exclude(("b.py",))
    assert isinstance(await ask(edits, documents, uri, on_demand=True), Silence)
    folders.exclude(("a.py",))
    snapshot = documents.get(other)
    assert isinstance(await edits.ask(snapshot, 0, on_demand=True), Silence)


async def test_8_every_silence_has_its_reason(desk: Any) -> None:
    edits, documents, _, clock, uri = desk()
    assert (await ask(edits, documents, uri, on_demand=True)).reason == "no edit was made yet"
    assert (await ask(edits, documents, uri)).reason.startswith("nothing was edited")
    offered = await rewritten(edits, documents, clock, uri, 0, 1)
    for _ in range(8):
        if isinstance(offered, Silence):
            break
        edits.rejected(offered.id)
        offered = await ask(edits, documents, uri, on_demand=True)
    assert isinstance(offered, Silence)
    assert offered.reason


def test_9_the_same_history_and_texts_give_the_same() -> None:
    answers = []
    for _ in range(2):
        predictor, texts = begun(None)
        answers.append(predictor.propose(texts, ("a.py", 1), ON_DEMAND))
    assert answers[0] == answers[1]


async def test_keys_cost_nothing_that_grows(desk: Any) -> None:
    """On the loop a key only notes lines: in a document of 10,000 lines as in one of 100 (a generous ratio)."""
    costs = []
    for count in (100, 10_000):
        edits, documents, _, _, uri = desk("\n".join(f"x_{n} = {n}" for n in range(count)) + "\n")
        snapshot = documents.get(uri)
        documents.on_edit = lambda *_: None
        replace(documents, uri, 50, "x_50", "x_51")
        changed = documents.get(uri)
        edit = TextEdit(Point(50, 0), Point(50, 4), "x_51")
        began = time.process_time()
        for _ in range(2_000):
            edits.changed(snapshot, changed, edit)
        costs.append(time.process_time() - began)
        edits.close()
    assert costs[1] < 5 * costs[0] + 0.05
    await asyncio.sleep(0)
