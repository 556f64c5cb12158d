"""Suggestions in the menus of clients that have no inline completion."""

from __future__ import annotations

from typing import Any

import pytest

URI = "untitled:work"
SCRIPT = {
    "total = co": [["mpute(rows)"]],
    "def f():": [["\n    return 1\n"]],
    "😀 = va": [["lue"]],
    "def ": [["~300", "check_names(rows):"]],
    "a { background-co": [["lor: red"]],
    "(str->n": [["umber s)"]],
    "b: c-d": [["ef"]],
}
MENU = {"textDocument": {"completion": {}}}


def ask(server: Any, line: int, character: int) -> Any:
    where = {"textDocument": {"uri": URI}, "position": {"line": line, "character": character}}
    return server.request("textDocument/completion", where)


def test_an_item_from_the_start_of_the_word(launch) -> None:
    server = launch(SCRIPT)
    result = server.start(capabilities=MENU)
    assert "." in result["capabilities"]["completionProvider"]["triggerCharacters"]
    server.open(URI, "total = co\n😀 = va\n")
    found = ask(server, 0, 10)
    assert found["isIncomplete"] is True
    (item,) = found["items"]
    where = {"start": {"line": 0, "character": 8}, "end": {"line": 0, "character": 10}}
    assert item["textEdit"] == {"range": where, "newText": "compute(rows)"}
    assert item["filterText"] == item["label"] == "compute(rows)"
    assert item["insertTextMode"] == 1 and item["preselect"] is True
    assert server.command(item["command"]["command"], item["command"]["arguments"][0]) is None
    assert server.statistics()["counts"]["accepted"] == 1
    (item,) = ask(server, 1, 7)["items"]
    assert item["textEdit"]["range"]["start"] == {"line": 1, "character": 5}  # UTF-16
    assert ask(server, 0, 0)["items"] == []


@pytest.mark.parametrize(
    ("language", "line", "label"),
    [
        ("css", "a { background-co", "background-color: red"),
        ("clojure", "(str->n", "str->number s)"),
        ("yaml", "b: c-d", "def"),
        ("python", "def f():", "↵ return 1"),
    ],
)
def test_a_word_is_what_it_is_in_its_language(launch, language: str, line: str, label: str) -> None:
    """Menus of Emacs and Sublime Text offer what begins with the whole word before the cursor."""
    server = launch(SCRIPT)
    server.start(capabilities=MENU)
    server.open(URI, line, language)
    (item,) = ask(server, 0, len(line))["items"]
    assert item["label"] == label
    edit = item["textEdit"]
    assert line[: edit["range"]["start"]["character"]] + edit["newText"] == line + "".join(
        SCRIPT[line][0]
    ).rstrip("\n")


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("", ["check_names(rows):"]),
        ("check", ["check_names(rows):"]),
        ("check_ages(", []),  # what was typed against
        ("\b", []),  # the line is shorter than it was
    ],
)
def test_a_late_answer_is_of_the_text_as_it_is_by_then(launch, typed: str, labels: list[str]) -> None:
    """Helix 25.01 shows it by the word at the cursor, and where it is taken undoes all that was typed since."""
    server = launch(SCRIPT)
    server.start(capabilities=MENU)
    server.open(URI, "def ")
    where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 4}}
    asked = server.ask("textDocument/completion", where)
    server.generator("asked")
    server.change(URI, 2, (0, 3, 0, 4, "") if typed == "\b" else (0, 4, 0, 4, typed))
    items = server.answer(asked)["result"]["items"]
    assert [item["label"] for item in items] == labels


BOTH = {"textDocument": {"completion": {}, "inlineCompletion": {}}}


@pytest.mark.parametrize(("capabilities", "options"), [(BOTH, None), (MENU, {"client": {}})])
def test_never_beside_inline_completion(launch, capabilities: Any, options: Any) -> None:
    """Nor in a client of Dovetail's own, which draws suggestions whatever its editor can."""
    server = launch(SCRIPT)
    result = server.start(capabilities=capabilities, options=options)
    assert "completionProvider" not in result["capabilities"]
    server.open(URI, "total = co\n")
    assert ask(server, 0, 10)["items"] == []
    assert server.inline(URI, 0, 10)
