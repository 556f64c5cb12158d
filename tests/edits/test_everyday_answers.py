"""How chats and agents dress the same small edit: labels, calls, thinking. The edit is made, or nothing is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dovetail.edits import MemoryWorkspace, changed_files, make_plan, read_reply

BEFORE = "RATE = 3\n\n\ndef price(n):\n    return n * RATE\n"
AFTER = BEFORE.replace("3", "4")
WHOLE = f"```python\n{AFTER}```\n"
BLOCK = "<<<<<<< SEARCH\nRATE = 3\n=======\nRATE = 4\n>>>>>>> REPLACE\n"
FILES = {"src/price.py": BEFORE}
MADE = {"src/price.py": AFTER}


def done(reply: str, files: dict[str, str] = FILES) -> dict[str, str | None] | None:
    """The files that change; None where the reply is refused or holds no edit."""
    plan = make_plan(read_reply(reply), MemoryWorkspace(files))
    if not plan.ok or not plan.outcomes:
        return None
    return {path: text for path, text in changed_files(plan).items() if files.get(path) != text}


LABELS = [
    "Here's the updated `src/price.py`:",
    "Updated code for src/price.py:",
    "**Path:** `src/price.py`",
    "#### 1. src/price.py",
    "- **src/price.py**:",
    "src/price.py (complete file)",
    "=== src/price.py ===",
    "✅ src/price.py",
    "src\\price.py",
    "Datei: src/price.py",
    "Fichier : `src/price.py`",
    "ファイル: `src/price.py`",
    "文件：src/price.py",
    "文件：`src/price.py`",
    "Voici le fichier `src/price.py` mis à jour :",
    "Aquí está el archivo `src/price.py` actualizado:",
    "<b>src/price.py</b>",
    "<details><summary>src/price.py</summary>",
    "@src/price.py",
    "Sure! Here's `src/price.py` with `RATE` set to 4.",
]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("edit", [WHOLE, BLOCK, f"\n```\n{BLOCK}```\n"], ids=["whole", "block", "fenced"])
def test_a_label_names_the_file(label: str, edit: str) -> None:
    assert done(f"{label}\n{edit}") == MADE


@pytest.mark.parametrize(
    "words", ["### Express.js", "## Client/Server", "`Array.map`:", "24/7", "GET /users/1:", "`/api/users`:"]
)
def test_words_that_are_no_files_stop_no_edit(words: str) -> None:
    advice = f"{words}\n```yaml\na: 1\nb: 2\n```\n"
    assert done(f"Some advice.\n\n{advice}") is None
    assert done(f"src/price.py\n{BLOCK}\n{advice}") == MADE


PAIR = {"old_string": "RATE = 3", "new_string": "RATE = 4"}
PATCH = "*** Begin Patch\n*** Update File: src/price.py\n@@\n-RATE = 3\n+RATE = 4\n \n*** End Patch\n"
CALLS: dict[str, Any] = {
    "args": {"tool": "edit", "path": "src/price.py", "args": {"search": "RATE = 3", "replace": "RATE = 4"}},
    "path in args": {
        "tool": "replace",
        "args": {"path": "src/price.py", "old": "RATE = 3", "new": "RATE = 4"},
    },
    "camel case": {"filePath": "src/price.py", "oldString": "RATE = 3", "newString": "RATE = 4"},
    "action input": {"action": "edit", "action_input": {"path": "src/price.py", **PAIR}},
    "text in text": {"name": "edit", "arguments": json.dumps({"file_path": "src/price.py", **PAIR})},
    "chunks": {
        "TargetFile": "src/price.py",
        "ReplacementChunks": [{"TargetContent": "RATE = 3", "ReplacementContent": "RATE = 4"}],
    },
    "files": {"files": [{"path": "src/price.py", "edits": [{"search": "RATE = 3", "replace": "RATE = 4"}]}]},
    "a patch": {"name": "apply_patch", "arguments": {"input": PATCH}},
    "a patch as a command": {"command": ["apply_patch", PATCH]},
    "blocks": {"name": "apply_diff", "arguments": {"path": "src/price.py", "diff": BLOCK}},
    "a diff": {
        "tool": "patch",
        "path": "src/price.py",
        "diff": "@@ -1,3 +1,3 @@\n-RATE = 3\n+RATE = 4\n \n \n",
    },
    "every place, of which there is one": {"file_path": "src/price.py", **PAIR, "replace_all": True},
    "whole": {"tool": "write_file", "path": "src/price.py", "args": {"content": AFTER}},
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    "form", ["{}\n", "Done so:\n\n```json\n{}\n```\n", "<tool_call>\n{}\n</tool_call>\n"]
)
def test_a_call_is_read_whatever_its_fields_are_called(call: Any, form: str) -> None:
    assert done(form.format(json.dumps(call))) == MADE


NO_PLACE = {
    "lines": {"tool": "edit_lines", "path": "src/price.py", "args": {"start_line": 1, "content": "RATE = 4"}},
    "appended": {"tool": "append_file", "path": "src/price.py", "args": {"content": "x = 1\n"}},
    "what was read": {"tool": "read_file", "path": "src/price.py", "content": "RATE = 5\n"},
    "a result without a tool": {"path": "src/price.py", "content": "RATE"},
    "an insertion": {"command": "insert", "path": "src/price.py", "insert_line": 1, "new_str": "X = 1\n"},
}


@pytest.mark.parametrize("call", NO_PLACE.values(), ids=NO_PLACE)
def test_a_call_that_quotes_nothing_replaces_no_file(call: Any) -> None:
    assert done(json.dumps(call) + "\n") is None


def test_a_call_with_nothing_to_find_makes_a_file_as_it_is_given() -> None:
    call = {"file_path": "src/new.py", "old_string": "", "new_string": "A = 1\n"}
    assert done(json.dumps(call) + "\n") == {"src/new.py": "A = 1\n"}


def test_a_call_that_deletes_a_file() -> None:
    assert done('{"tool": "delete_file", "path": "src/price.py"}\n') == {"src/price.py": None}


def test_a_quote_within_lines_in_several_places_names_them() -> None:
    call = {"file_path": "a.py", "old_string": "gear.turn", "new_string": "gear.spin"}
    plan = make_plan(
        read_reply(json.dumps(call)), MemoryWorkspace({"a.py": "gear.turn(0)\nstop()\ngear.turn(1)\n"})
    )
    assert [one.kind for one in plan.outcomes] == ["ambiguous"]
    assert "lines 1, 3" in plan.outcomes[0].reason


THINKING = [
    ("<think>", "</think>"),
    ("<internal_monologue>", "</internal_monologue>"),
    ("<deliberation>", "</deliberation>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|thinking|>", "<|/thinking|>"),
    ("<unused94>thought", "<unused95>"),
    ("<details><summary>🤔 Thinking</summary>", "</details>"),
]


@pytest.mark.parametrize(("opens", "closes"), THINKING)
def test_thinking_is_no_answer(opens: str, closes: str) -> None:
    draft = f"{opens}\nMaybe\n\nsrc/price.py\n{BLOCK.replace('= 4', '= 99')}\nHmm.\n{closes}\n"
    assert done(f"{draft}Nothing needs to change.\n") is None
    assert done(f"{draft}src/price.py\n{BLOCK}") == MADE


def test_another_file_without_its_name_is_not_the_one_before() -> None:
    files = {"a.py": "X = 1\n", "b.py": "X = 1\n"}
    block = BLOCK.replace("RATE", "X").replace("3", "1").replace("4", "2")
    assert done(f"a.py\n{block}\nAnd in the other file:\n{block}", files) is None


def test_a_signature_does_not_replace_a_body() -> None:
    assert done("Signature in `src/price.py`:\n```python\ndef price(n): ...\n```\n") is None


def test_what_is_to_change_in_a_small_file_is_not_all_of_it() -> None:
    files = {"p.json": '{\n  "a": 1,\n  "b": 2\n}\n'}
    assert done('`p.json`:\n```json\n{\n  "a": 2\n}\n```\n', files) is None
    assert done('`p.json`:\n```json\n{\n  "a": 2,\n  "b": 2\n}\n```\n', files) == {
        "p.json": '{\n  "a": 2,\n  "b": 2\n}\n'
    }


SHAPES = """# shapes
import math


def area(r):
    return math.pi * r * r


def edge(r):
    return 2 * math.pi * r
"""
RING = "def edge(r):\n    return 2 * math.pi * r\n"


@pytest.mark.parametrize(
    "second",
    [
        "shapes.py\n```python\n# shapes\n",  # comments alone are no commands
        "shapes.py\n```\n# -*- coding: utf-8 -*-\n",
        f"shapes.py\n```python\n{RING}```\n",  # an excerpt, or all that is left?
    ],
    ids=["cut behind a comment", "cut behind the first line", "a definition as it stands"],
)
def test_beside_a_whole_file_what_may_be_another_is_asked_about(second: str) -> None:
    """Nothing is written of such a reply: the second block may be all of its file, or cut."""
    assert done(f"src/price.py\n{WHOLE}{second}", {**FILES, "shapes.py": SHAPES}) is None


def test_comments_that_a_file_has_anyway_do_not_hide_those_that_stand_for_lines() -> None:
    """That one of them was reworded at the top says nothing of one that comes in the place of a body."""
    before = "# rest of the code unchanged since 2019\n" + SHAPES
    after = "# the rest of the code is unchanged since 2019\n" + SHAPES.replace(
        "    return math.pi * r * r\n", "    # rest of the function unchanged\n"
    )
    made = done(f"shapes.py\n```python\n{after}```\n", {"shapes.py": before})
    # The reworded comment is one, the other stands for the body, which stays.
    assert made == {"shapes.py": before.replace("# rest of the code unch", "# the rest of the code is unch")}
