"""A former answer that what was typed comes back to: shown while the endpoint is asked anew."""

from __future__ import annotations

import asyncio

import pytest

from dovetail.fim.anchor import CursorAnchor
from dovetail.fim.engine.former import FormerAnswers, came_back
from dovetail.text import Snapshot

BACK = [
    # What was answered, what was typed instead, what is left of the answer.
    ("total = price * count", "sum = price", " * count"),
    ("a.get(key, None)", "b.get(k", "ey, None)"),
    ("x = 1\ny = foo(bar)\n", "z = 1\ny = f", "oo(bar)\n"),
    ("x = 1\n    y = foo(bar)\n", "z = 1\n    q = foo(", "bar)\n"),
]
AWAY = [
    ("a b a b", "c b", None),  # stands twice
    ("total = price * count", "sum = c", None),
    ("total = price", "sum\n", None),
    ("subtotal = x", "b\ntotal = ", None),
    ("f(x)", "g(", None),
    ("", "a = b", None),
]


@pytest.mark.parametrize(("text", "typed", "left"), [*BACK, *AWAY])
def test_where_it_comes_back(text, typed, left):
    at = came_back(text, typed)
    assert (None if at is None else text[at:]) == left


def anchor(text: str) -> CursorAnchor:
    before, _, after = text.partition("$0")
    snapshot = Snapshot.open("file:///a.py", before + after)
    return CursorAnchor.at(snapshot, snapshot.lines.point(len(before)), 2_000)


def test_a_name_that_was_typed_against_is_not_spoken_of():
    answers = FormerAnswers()
    answers.put(anchor("def f():\n    $0\n"), "total = price + 1\n    return total\n", "llm")
    assert answers.find(anchor("def f():\n    amount = price + 1\n    r$0\n")) is None
    found = answers.find(anchor("def f():\n    total = cost + 1\n    r$0\n"))
    assert found is not None
    assert found.text == "eturn total"


def test_the_next_line_where_the_line_is_typed_to_its_end():
    answers = FormerAnswers()
    answers.put(anchor("$0\n"), "a = foo(1)\n\nb = 2\n", "llm")
    found = answers.find(anchor("c = foo(1)$0\n"))
    assert found is not None
    assert found.text == "\n\nb = 2"


def test_bounds():
    answers = FormerAnswers()
    for number in range(50):
        answers.put(anchor(f"x{number}$0\n"), "y" * 9_000, "llm")
    kept = answers._answers["file:///a.py"]
    assert len(kept) <= 6
    assert max(len(one.text) for one in kept) <= 4_000
    answers.forget("file:///a.py")
    assert not answers._answers


def asked(tools, *, trigger="automatic", forget=False, slots=2):
    """Two requests: for a line, and where the line was typed another way; (suggestions, requests to the generator)."""

    async def work():
        said = [[300, "amount = wrong.price * line.count\n", 10], [300, "line.count * 2\n", 10]]
        generator = tools.Scripted(lambda request: said[min(len(generator.requests) - 1, 1)], slots=slots)
        engine = tools.engine_of(generator, speculate=True)
        first = tools.ask_at("def f(line):\n    $0\n")
        await engine.suggest(first)
        await asyncio.sleep(1)
        if forget:
            engine.forget()
        before = len(generator.requests)
        loop = asyncio.get_running_loop()
        start = loop.time()
        again = tools.typed(first, "amount = line.price * l", trigger=tools.Trigger(trigger))
        found = await engine.suggest(again)
        took = loop.time() - start
        await asyncio.sleep(1)
        more = len(generator.requests) - before
        engine.stop()
        return [one.text for one in found], took, more, engine.why.last()[0]

    return tools.run(work())


def test_it_is_shown_at_once_and_the_endpoint_is_asked_beside_it(tools):
    found, took, more, decision = asked(tools)
    assert found == ["ine.count"]
    assert took < 0.05
    assert more >= 1
    assert any(step.name == "former answer" for step in decision.steps)


@pytest.mark.parametrize("how", [{"trigger": "manual"}, {"forget": True}])
def test_not_for_one_who_asks_by_hand_nor_once_it_is_forgotten(tools, how):
    _, took, _, decision = asked(tools, **how)
    assert took > 0.29
    assert not any(step.name == "former answer" for step in decision.steps)
