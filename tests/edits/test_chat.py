"""From a request to a plan, the model being a list of answers; and the prompts, which are files."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.edits import FileState, MemoryWorkspace, Proof, Unresolved
from dovetail.edits.chat import (
    FIELDS,
    Action,
    Budget,
    Diagnostic,
    EditRequest,
    Exchange,
    PromptError,
    Region,
    ShownFile,
    fenced,
    load_prompt,
    make_edit,
    messages_for,
    render,
)

CODE = "def a():\n    x = 1\n    return x\n\n\ndef b():\n    x = 1\n    return x\n"
REQUESTS = {
    "edit-region": EditRequest(Action.REGION, "DO THIS", (ShownFile("a.py", CODE, "python"),), Region(5, 8)),
    "edit-files": EditRequest(
        Action.FILES, "DO THIS", (ShownFile("a.py", CODE), ShownFile("b.py", "y = 2\n"))
    ),
    "edit-files-unified-diff": EditRequest(
        Action.FILES, "DO THIS", (ShownFile("a.py", CODE),), format="unified-diff"
    ),
    "edit-files-apply-patch": EditRequest(
        Action.FILES, "DO THIS", (ShownFile("a.py", CODE),), format="apply-patch"
    ),
    "edit-files-whole-file": EditRequest(
        Action.FILES, "DO THIS", (ShownFile("a.py", CODE),), format="whole-file"
    ),
    "document": EditRequest(Action.DOCUMENT, "DO THIS", (ShownFile("a.py", CODE),), Region(0, 3)),
    "tests": EditRequest(Action.TESTS, "DO THIS", (ShownFile("a.py", CODE),), Region(0, 3)),
    "explain": EditRequest(Action.EXPLAIN, "DO THIS", (ShownFile("a.py", CODE),), Region(0, 3)),
    "fix": EditRequest(
        Action.FIX,
        "DO THIS",
        (ShownFile("a.py", CODE),),
        None,
        (Diagnostic("a.py", 1, 4, "BROKEN HERE", "lint"),),
    ),
}


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_each_prompt_renders_with_what_it_is_about(name: str) -> None:
    system, user = messages_for(REQUESTS[name])
    assert (system["role"], user["role"]) == ("system", "user")
    assert "DO THIS" in user["content"]
    assert "a.py" in user["content"] and "return x" in user["content"]
    assert "{{" not in system["content"] + user["content"]
    if name == "fix":
        assert "a.py:2:5: error: BROKEN HERE (lint)\n    x = 1" in user["content"]


@pytest.mark.parametrize("name", ["retry", "rewrite"])
def test_the_prompts_of_second_questions_render(name: str) -> None:
    values = {field: f"<{field}>" for field in FIELDS[name]}
    text = "".join(message["content"] for message in render(load_prompt(name), values))
    assert all(value in text for field, value in values.items() if field != "language" or name == "rewrite")


def test_every_prompt_file_is_known_and_every_known_one_is_a_file() -> None:
    folder = Path(__file__).parents[2] / "edits" / "dovetail" / "edits" / "prompts"
    assert {file.stem for file in folder.glob("*.md")} == set(FIELDS)


def test_the_users_own_prompt_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "explain.md").write_text("Be a pirate.\n=== user\n{{region}}", encoding="utf-8")
    system, user = messages_for(REQUESTS["explain"], tmp_path)
    assert system["content"] == "Be a pirate."
    assert "def a():" in user["content"]


def test_a_prompt_that_asks_for_an_unknown_value_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "explain.md").write_text("{{secrets}}", encoding="utf-8")
    with pytest.raises(PromptError, match=r"explain.md uses \{\{secrets\}\}.*known are"):
        load_prompt("explain", tmp_path)


@given(st.text(max_size=60))
def test_what_stands_in_a_value_is_never_filled_in(text: str) -> None:
    values = {"region": "{{instruction}}" + text, "instruction": "SECRET"}
    assert "SECRET" not in fenced("{{instruction}}")
    prompt = load_prompt("explain")
    user = render(prompt, values)[-1]["content"]
    assert ("{{instruction}}" + text).strip() in user or text.strip() == ""


@given(st.text(alphabet="`~a\n ", max_size=80))
def test_a_fence_cannot_be_ended_by_what_is_in_it(text: str) -> None:
    block = fenced(text)
    fence = block.split("\n", 1)[0]
    inside = block.rstrip("\n").split("\n")[1:-1]
    assert not any(line.strip().startswith(fence) for line in inside)


def run(
    request: EditRequest, answers: list[str], live: str = CODE, finish: str = "stop"
) -> tuple[Exchange, int]:
    """The exchange, and how many questions were asked."""
    asked = 0

    async def answer(
        messages: list[dict[str, str]], prediction: str | None
    ) -> AsyncIterator[tuple[str, int | None, str | None]]:
        nonlocal asked
        asked += 1
        yield answers[min(asked, len(answers)) - 1], None, finish

    workspace = MemoryWorkspace({"a.py": live}, {"a.py": [CODE]})
    exchange = asyncio.run(make_edit(request, messages_for(request), workspace, answer, budget=Budget()))
    return exchange, asked


def after(exchange: Exchange) -> str:
    assert exchange.plan is not None and exchange.plan.ok, exchange.plan
    return exchange.plan.files[0].after or ""


BODY = EditRequest(Action.REGION, "two", (ShownFile("a.py", CODE, "python"),), Region(6, 8))


def test_a_region_whose_words_stand_twice_is_still_the_one_that_was_asked_about() -> None:
    exchange, asked = run(BODY, ["```python\n    x = 2\n    return x\n```"])
    assert asked == 1
    assert after(exchange) == CODE[: CODE.index("def b")] + "def b():\n    x = 2\n    return x\n"


def test_an_outdented_answer_gets_the_indentation_of_its_region() -> None:
    exchange, _ = run(BODY, ["```python\nx = 2\nreturn x\n```"])
    assert "def b():\n    x = 2\n    return x\n" in after(exchange)


def test_what_was_typed_meanwhile_is_kept() -> None:
    live = "# typed\n" + CODE
    exchange, _ = run(BODY, ["```python\n    x = 2\n    return x\n```"], live)
    assert after(exchange).startswith("# typed\ndef a():\n    x = 1\n")
    assert after(exchange).endswith("def b():\n    x = 2\n    return x\n")


@pytest.mark.parametrize(
    "answer",
    [
        "Sure, I set x to two.",
        "    x = 2\n    return x\n",
        "```python\n    x = 2\n",
        "```python\nx = 2\n```\nor\n```python\nx = 3\n```\nor\n```python\nx = 4\n```",
        "```python\n    x = 2\n    # ... existing code ...\n```",
        "",
    ],
)
def test_an_answer_that_is_not_plainly_the_region_is_never_written(answer: str) -> None:
    exchange, asked = run(BODY, [answer])
    assert exchange.plan is not None and not exchange.plan.ok
    assert asked == 2, "one retry, no loop"


def test_a_cut_answer_is_refused_also_where_it_reads_well() -> None:
    exchange, _ = run(BODY, ["```python\n    x = 2\n    return x\n```"], finish="length")
    assert exchange.plan is not None
    assert [o.proof for o in exchange.plan.outcomes] == [Proof.REFUSED]


@given(st.text(max_size=200))
def test_no_answer_raises_or_is_asked_for_more_than_a_few_times(answer: str) -> None:
    for request in (BODY, REQUESTS["edit-files"]):
        exchange, asked = run(request, [answer])
        assert asked <= 2 + 3
        assert len(exchange.texts) == asked


def test_the_event_loop_goes_on_while_plans_are_made_and_questions_put_together() -> None:
    """All three questions: the first answer, what did not fit, and the region anew."""
    wrong = "a.py\n```\n<<<<<<< SEARCH\n    x = 11\n    return x\n=======\n    x = 2\n>>>>>>> REPLACE\n```\n"
    answers = [wrong, wrong, "```python\ndef b():\n    x = 2\n    return x\n```"]
    request = EditRequest(Action.FILES, "two", (ShownFile("a.py", CODE),))
    asked: list[int] = []
    went_on: list[bool] = []

    class Watched(MemoryWorkspace):
        """Each look into it waits for the event loop to do something else meanwhile."""

        def read(self, path: str) -> FileState | Unresolved | None:
            passed = threading.Event()
            loop.call_soon_threadsafe(passed.set)
            went_on.append(passed.wait(5))
            return MemoryWorkspace.read(self, path)

    async def answer(
        messages: list[dict[str, str]], prediction: str | None
    ) -> AsyncIterator[tuple[str, int | None, str | None]]:
        asked.append(len(went_on))
        yield answers[len(asked) - 1], None, "stop"

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(make_edit(request, messages_for(request), Watched({"a.py": CODE}), answer))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    looks = [*asked, len(went_on)]
    assert len(asked) == 3 and all(a < b for a, b in pairwise(looks)), "looked in between"
    assert all(went_on)
