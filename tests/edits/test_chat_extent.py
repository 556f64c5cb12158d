"""What small models do with a request: the whole file for some lines, lines twice, no edit, no end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dovetail.edits import MemoryWorkspace, changed_files
from dovetail.edits.chat import Action, EditRequest, Exchange, Region, ShownFile, make_edit, messages_for
from dovetail.edits.chat.runaway import Watch

FILE = (
    "import math\n\n\ndef area(radius):\n    return math.pi * radius * radius\n\n\n"
    "def double(number):\n    return number + number\n\n\ndef label(name):\n    return name.title()\n"
)
LINES = FILE.splitlines()
NEW = "def double(number):\n    return number * 2\n"


class Model:
    """Answers with each text in turn, a few characters at a time; counts what was read and whether it was closed."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[str] = []
        self.read = 0
        self.closed = 0

    async def __call__(
        self, messages: object, prediction: object
    ) -> AsyncIterator[tuple[str, int | None, str | None]]:
        assert isinstance(messages, list)
        self.asked.append(messages[-1]["content"])
        text = self.texts.pop(0) if self.texts else ""
        try:
            for at in range(0, len(text), 7):
                self.read += 7
                yield text[at : at + 7], None, None
            yield "", None, "stop"
        finally:
            self.closed += 1


def ask(request: EditRequest, *texts: str) -> tuple[Exchange, Model]:
    model = Model(*texts)
    workspace = MemoryWorkspace({file.path: file.source for file in request.files})
    exchange = asyncio.run(make_edit(request, messages_for(request), workspace, model))
    assert exchange.plan is not None
    return exchange, model


def region(first: int, end: int) -> EditRequest:
    return EditRequest(
        Action.REGION, "double by a product", (ShownFile("m.py", FILE, "python"),), Region(first, end)
    )


def block(text: str) -> str:
    return f"Here it is:\n```python\n{text}```\n"


def test_the_whole_file_for_some_lines_is_the_whole_file_and_shown_first() -> None:
    wanted = FILE.replace("number + number", "number * 2")
    exchange, _ = ask(region(7, 9), block(wanted))
    assert exchange.plan is not None and exchange.plan.ok, exchange.plan
    assert changed_files(exchange.plan) == {"m.py": wanted}
    assert exchange.look_first


@pytest.mark.parametrize(
    "answer",
    [
        NEW,
        "def area(radius):\n    return math.pi * radius * radius\n\n\n" + NEW,
        NEW + "\n\ndef label(name):\n    return name.title()\n",
    ],
)
def test_lines_around_that_are_repeated_are_not_written_twice(answer: str) -> None:
    exchange, _ = ask(region(7, 9), block(answer))
    plan = exchange.plan
    assert plan is not None
    if plan.ok:
        assert changed_files(plan) == {"m.py": FILE.replace("number + number", "number * 2")}
    else:
        assert "stands outside" in plan.refused[0].reason
    assert plan.ok or answer != NEW


def test_a_definition_from_elsewhere_is_refused() -> None:
    far = NEW + "\n\ndef area(radius):\n    return 3 * radius\n\n\ndef other(x):\n    return x\n"
    exchange, _ = ask(region(7, 9), block(far), block(far))
    assert exchange.plan is not None and exchange.plan.refused
    assert "def area" in exchange.plan.refused[0].reason


def test_what_is_new_beside_the_region_is_the_regions_own() -> None:
    exchange, _ = ask(region(7, 9), block(NEW + "\n\ndef triple(number):\n    return number * 3\n"))
    assert exchange.plan is not None and exchange.plan.ok
    assert "def triple" in (changed_files(exchange.plan)["m.py"] or "")


def test_a_block_without_a_path_that_holds_the_file_is_the_file() -> None:
    request = EditRequest(Action.FILES, "double by a product", (ShownFile("m.py", FILE),))
    wanted = FILE.replace("number + number", "number * 2")
    exchange, model = ask(request, block(wanted))
    assert exchange.plan is not None and exchange.plan.ok
    assert changed_files(exchange.plan) == {"m.py": wanted}
    assert exchange.look_first and len(model.asked) == 1


def test_a_block_that_holds_little_of_the_file_is_not() -> None:
    request = EditRequest(Action.FILES, "double by a product", (ShownFile("m.py", FILE),))
    exchange, _ = ask(request, block("print(double(2))\n"), "I cannot.")
    assert exchange.plan is not None and not exchange.plan.files


def test_an_answer_without_an_edit_is_asked_for_once_more_in_a_form_of_the_users_file() -> None:
    request = EditRequest(Action.FILES, "double by a product", (ShownFile("m.py", FILE),))
    edit = (
        "m.py\n<<<<<<< SEARCH\n    return number + number\n=======\n    return number * 2\n>>>>>>> REPLACE\n"
    )
    exchange, model = ask(request, "You could use a product.", edit)
    assert exchange.plan is not None and exchange.plan.ok
    assert len(model.asked) == 2
    assert "m.py\n```\n<<<<<<< SEARCH\nimport math\n=======" in model.asked[1]
    exchange, model = ask(request, "You could.", "I still could.", edit)
    assert len(model.asked) == 2, "once more, not for ever"


@pytest.mark.parametrize(
    "loop",
    [
        "    return number * 2\n" * 400,
        "def double(number):\n    return number * 2\n\n\n" * 200,
        "and so on, and so forth " * 400,
        "# " + "doubles the number. " * 400,
    ],
)
def test_an_answer_that_goes_round_in_circles_is_stopped(loop: str) -> None:
    request = EditRequest(Action.FILES, "double", (ShownFile("m.py", FILE * 20),))
    exchange, model = ask(request, "```python\n" + loop)
    assert model.read < 1500 and model.closed == 1, "the stream is closed"
    assert len(model.asked) == 1, "it would run on once more"
    assert any("over and over" in note for note in exchange.notes)
    assert exchange.plan is not None and not exchange.plan.ok


def test_an_answer_that_is_far_longer_than_the_region_is_stopped() -> None:
    text = "".join(f"    step_{number} = prepare({number * 7919 % 1000})\n" for number in range(2000))
    exchange, model = ask(region(7, 9), "```python\n" + text)
    assert model.read < 3 * 90 + 400 * 3.5 + 300
    assert exchange.plan is not None and not exchange.plan.ok
    assert any("longer than" in note for note in exchange.notes)


@pytest.mark.parametrize(
    "text",
    [
        "    }\n" * 12 + "done\n",
        "\n" * 300,
        "".join(f"    total += values[{number}]\n" for number in range(300)),
        "-" * 79 + "\n" + "=" * 79 + "\n",
        "<think>"
        + "Let me see what this could mean for the file. No. "
        + "".join(map(str, range(4000)))
        + "</think>ok",
    ],
)
def test_code_that_is_merely_regular_is_not_a_loop(text: str) -> None:
    watch = Watch(12_000, "")
    assert [why for at in range(0, len(text), 5) if (why := watch.add(text[at : at + 5]))] == []


def test_what_the_file_itself_repeats_may_be_repeated() -> None:
    rows = "    (0, 0, 0, 0, 0, 0),\n" * 60
    watch = Watch(100_000, "TABLE = [\n" + rows + "]\n")
    assert not any(watch.add(rows[at : at + 5]) for at in range(0, len(rows), 5))
    assert any(Watch(100_000, "").add(rows[: at + 80]) for at in range(0, len(rows), 80))
