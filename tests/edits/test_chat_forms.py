"""How a model is asked, by what is known of it; and what is taken of a small model's answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.edits import MemoryWorkspace, changed_files
from dovetail.edits.chat import (
    Action,
    Budget,
    EditRequest,
    Evidence,
    Exchange,
    Form,
    Region,
    ShownFile,
    Tally,
    make_edit,
    messages_for,
    millions_in,
    suited,
)

FILE = (
    "import math\n\n\ndef area(radius):\n    return math.pi * radius * radius\n\n\n"
    "def double(number):\n    return number + number\n\n\ndef label(name):\n    return name.title()\n"
)
SMALL = Evidence(135)
NEW = "def double(number):\n    return number * 2\n"


class Chat:
    """Answers with each text in turn; a text that is None never ends."""

    def __init__(self, *texts: str | None) -> None:
        self.texts = list(texts)
        self.asked: list[list[dict[str, str]]] = []
        self.sent = ""
        self.closed = 0

    async def __call__(
        self, messages: list[dict[str, str]], prediction: object
    ) -> AsyncIterator[tuple[str, int | None, str | None]]:
        self.asked.append(messages)
        text = self.texts.pop(0) if self.texts else ""
        try:
            if text is None:
                yield "```python\n", None, None
                await asyncio.Event().wait()
            for at in range(0, len(text or ""), 5):
                self.sent += (text or "")[at : at + 5]
                yield (text or "")[at : at + 5], None, None
            yield "", None, "stop"
        finally:
            self.closed += 1


def ask(
    request: EditRequest,
    chat: Chat,
    budget: Budget = Budget(),  # noqa: B008
) -> tuple[Exchange, dict[str, str | None]]:
    workspace = MemoryWorkspace({file.path: file.source for file in request.files})
    exchange = asyncio.run(make_edit(request, messages_for(request), workspace, chat, budget=budget))
    assert exchange.plan is not None
    return exchange, changed_files(exchange.plan) if exchange.plan.ok else {}


def of_file(words: str = "double by a product") -> EditRequest:
    return suited(EditRequest(Action.FILES, words, (ShownFile("m.py", FILE, "python"),)), SMALL)


def of_lines(first: int, end: int, evidence: Evidence = SMALL) -> EditRequest:
    file = ShownFile("m.py", FILE, "python")
    return suited(EditRequest(Action.REGION, "double by a product", (file,), Region(first, end)), evidence)


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", 135),
        ("qwen2.5-coder:1.5b", 1500),
        ("gemma-3n-E2B-it", 2000),
        ("mixtral-8x7b", 56_000),
        ("Qwen3-30B-A3B", 30_000),
        ("/models/8b/model.gguf", 0),
        ("gpt-5", 0),
        ("a1b2c3", 0),
        ("", 0),
    ],
)
def test_the_size_is_read_from_the_name_alone(name: str, millions: int) -> None:
    assert millions_in(name) == millions


def tallied(*fitted: bool, form: Form = Form.BLOCKS, start: Evidence = Evidence()) -> Evidence:  # noqa: B008
    for one in fitted:
        start = start.plus(form, one)
    return start


def test_an_unknown_model_is_asked_for_blocks_until_it_has_failed_at_them() -> None:
    assert Evidence().form is Form.BLOCKS
    assert tallied(False).form is Form.BLOCKS
    assert tallied(False, False).form is Form.WHOLE
    assert tallied(False, False, True, True).form is Form.BLOCKS


def test_a_small_model_is_asked_for_whole_texts_until_its_blocks_have_fitted() -> None:
    assert SMALL.form is Form.WHOLE
    proved = tallied(True, True, True, True, start=SMALL)
    assert proved.form is Form.BLOCKS and not proved.small


def test_a_model_that_is_worse_at_whole_texts_goes_back_to_blocks() -> None:
    worse = tallied(False, False, False, False, form=Form.WHOLE, start=tallied(False, False, True))
    assert worse.form is Form.BLOCKS


@given(st.lists(st.booleans(), max_size=300))
def test_a_tally_stays_bounded_and_follows_a_change(seen: list[bool]) -> None:
    tally = Tally()
    for one in seen:
        tally = tally.plus(one)
    assert 0 <= tally.fitted <= tally.asked <= 32
    for _ in range(80):
        tally = tally.plus(True)
    assert tally.share > 0.8


def test_a_large_model_is_asked_as_ever() -> None:
    request = EditRequest(Action.FILES, "x", (ShownFile("m.py", FILE),))
    assert suited(request, Evidence(70_000)) is request


def test_a_long_file_is_never_asked_for_as_a_whole() -> None:
    request = EditRequest(Action.FILES, "x", (ShownFile("m.py", "x = 1\n" * 201),))
    changed = suited(request, SMALL)
    assert not changed.plain and changed.look_first


def test_a_line_is_asked_for_with_the_definition_around_it() -> None:
    assert of_lines(8, 9).region == Region(7, 9)
    assert of_lines(7, 9).region == Region(7, 9)
    assert of_lines(0, 1).region == Region(0, 1)
    assert of_lines(8, 9, Evidence(70_000)).region == Region(8, 9)


def test_a_small_model_sees_nothing_but_the_text_to_change() -> None:
    text = "".join(message["content"] for message in messages_for(of_lines(7, 9)))
    assert "def double" in text and "def area" not in text and "SEARCH" not in text


def test_what_follows_the_first_block_is_neither_read_nor_waited_for() -> None:
    talk = (
        "\n\nThe original code is:\n\n```python\ndef double(number):\n    return 0\n```\n" + "So be it. " * 50
    )
    chat = Chat(f"Here it is:\n```python\n{NEW}```{talk}")
    exchange, files = ask(of_lines(7, 9), chat)
    assert files == {"m.py": FILE.replace("number + number", "number * 2")}
    assert "def double(number):\n    return 0" not in chat.sent and chat.closed == 1
    assert exchange.look_first


def test_the_whole_file_of_a_small_model_is_looked_at_first() -> None:
    exchange, files = ask(of_file(), Chat(f"```python\n{FILE.replace('number + number', 'number * 2')}```\n"))
    assert files == {"m.py": FILE.replace("number + number", "number * 2")}
    assert len(exchange.look_first) == 2 and exchange.tries == [(Form.WHOLE, True)]


def test_a_definition_goes_only_where_the_request_speaks_of_it() -> None:
    new = f"```python\n{FILE.replace('def label', 'def title')}```\n"
    assert ask(of_file("Rename double"), Chat(new))[1] == {}, "nobody spoke of label"
    exchange, files = ask(of_file("Rename label to title"), Chat(new))
    assert "def label" not in (files["m.py"] or "") and not exchange.left_out


def test_a_definition_that_is_merely_left_out_stays() -> None:
    new = FILE.replace("number + number", "number * 2").replace(
        "def label(name):\n    return name.title()\n", ""
    )
    exchange, files = ask(of_file(), Chat(f"```python\n{new}```\n"))
    assert files == {"m.py": FILE.replace("number + number", "number * 2")}
    assert not any("no longer" in note for note in exchange.notes)


def test_an_excerpt_is_not_the_file() -> None:
    _, files = ask(of_file(), Chat(f"```python\n{NEW}\ndef half(number):\n    return number / 2\n```\n", ""))
    assert files in ({}, {"m.py": FILE.replace("number + number", "number * 2")})


def test_words_alone_are_asked_for_once_more_with_the_start_of_the_file() -> None:
    chat = Chat(
        "You could use a product.", f"```python\n{FILE.replace('number + number', 'number * 2')}```\n"
    )
    _, files = ask(of_file(), chat)
    assert files == {"m.py": FILE.replace("number + number", "number * 2")}
    assert len(chat.asked) == 2 and "whole new text of m.py" in chat.asked[1][-1]["content"]
    assert "import math" in chat.asked[1][-1]["content"]


@pytest.mark.parametrize("evidence", [SMALL, Evidence()])
def test_a_region_in_words_is_asked_for_once_more_as_a_block(evidence: Evidence) -> None:
    chat = Chat("Use a product.", f"```python\n{NEW}```\n")
    _, files = ask(of_lines(7, 9, evidence), chat)
    assert files == {"m.py": FILE.replace("number + number", "number * 2")}
    assert "lines 8 to 9 of m.py" in chat.asked[1][-1]["content"]


def test_blocks_of_edits_are_read_to_their_end() -> None:
    def change(old: str, new: str) -> str:
        return f"m.py\n```\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n\n"

    text = change("    return number + number", "    return number * 2") + change(
        "    return name.title()", "    return name.upper()"
    )
    _, files = ask(of_file(), Chat(text))
    expected = FILE.replace("number + number", "number * 2").replace("title", "upper")
    assert files == {"m.py": expected}


def test_an_answer_that_takes_too_long_is_stopped_and_nothing_of_it_is_written() -> None:
    chat = Chat(None)
    exchange, files = ask(of_lines(7, 9), chat, Budget(seconds=0.2))
    assert files == {} and chat.closed == 1 and len(chat.asked) == 1
    assert any("not complete after 0.2 s" in note for note in exchange.notes)


def test_a_thought_with_code_in_it_is_no_answer() -> None:
    thought = "<think>\nperhaps\n```python\ndef double(number):\n    return 0\n```\nno\n</think>\n"
    _, files = ask(of_lines(7, 9), Chat(f"{thought}```python\n{NEW}```\n\n" + "Well. " * 20))
    assert files == {"m.py": FILE.replace("number + number", "number * 2")}


@pytest.mark.parametrize("evidence", [SMALL, Evidence()])
def test_a_region_that_no_longer_defines_what_it_defined_is_looked_at_first(evidence: Evidence) -> None:
    request = EditRequest(Action.REGION, "shorten it", (ShownFile("m.py", FILE, "python"),), Region(7, 9))
    exchange, files = ask(suited(request, evidence), Chat("```python\nresult = 2\n```\n"))
    assert files and exchange.left_out == ("double",)
    assert any("no longer defines double" in reason for reason in exchange.look_first)
    assert any("no longer defines double" in note for note in exchange.notes)


def test_the_files_own_blank_lines_are_kept_where_a_rewrite_makes_them_fewer() -> None:
    new = FILE.replace("\n\n\n", "\n\n").replace("number + number", "number * 2")
    _, files = ask(of_file(), Chat(f"```python\n{new}```\n"))
    assert files == {"m.py": FILE.replace("number + number", "number * 2")}


def test_a_request_that_names_a_new_file_is_not_asked_for_as_the_old_one() -> None:
    assert not of_file("Write tests in test_m.py").plain
    assert of_file("Clean m.py up, e.g. the names").plain


def test_text_that_comes_back_as_it_was_is_said_to_be_so() -> None:
    exchange, _ = ask(of_file(), Chat(f"```python\n{FILE}```\n"))
    assert exchange.plan is not None and not exchange.plan.files
    assert exchange.notes == ["The model gave the text back as it was."]
