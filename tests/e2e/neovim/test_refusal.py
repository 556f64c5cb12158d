"""A refused hunk as a working surface: against its place, there, once more by the model, by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Editor, Script, eventually
from plans_shown import BEFORE, command, lines, plan

Start = Callable[..., Editor]


@pytest.fixture
def refused(start: Start, script: Script, project: Path) -> Editor:
    """The window of the hunk that was refused, opened from the list of the preview."""
    editor = start(BEFORE, name="a.unknown")
    uri = (project / "a.unknown").as_uri()
    editor.nvim.command("Dovetail edit Make it loud")
    given = plan(uri)
    given["refused"][0] |= {"before": "two\nseven\n", "after": "two\n7\n"}
    script.answer(command(script, "dovetail.edit")[0], given)
    editor.wait("#vim.api.nvim_list_tabpages() == 2")
    editor.nvim.command("wincmd b")
    editor.type("/no line reads<CR><CR>")
    request, argument = command(script, "dovetail.explainRefusal")
    assert argument == {"id": "p1", "hunk": "h3"}
    place = {"uri": uri, "range": lines(2, 3)}  # the line that is different; the hunk begins one before it
    answer: dict[str, Any] = {
        "message": "not found: line 3 reads 'three'.",
        "place": place,
        "modelText": "all of it",
    }
    script.answer(request, answer)
    editor.wait("#vim.api.nvim_list_tabpages() == 3")
    return editor


def test_the_hunk_stands_against_its_place_as_a_diff(refused: Editor) -> None:
    shown = refused.lua(
        """return vim.tbl_map(function(win)
          local buf = vim.api.nvim_win_get_buf(win)
          return { vim.fs.basename(vim.api.nvim_buf_get_name(buf)), vim.api.nvim_buf_get_lines(buf, 0, -1, false),
            vim.wo[win].diff, vim.wo[win].winbar }
        end, vim.api.nvim_tabpage_list_wins(0))"""
    )
    assert [one[:3] for one in shown[:2]] == [
        ["a.unknown · what the hunk expects", ["two", "seven"], True],
        ["a.unknown · line 3", ["two", "three"], True],
    ]
    assert shown[2][:3] == ["Dovetail refusal · a.unknown", ["not found: line 3 reads 'three'."], False]
    assert shown[2][3] == "<CR> go there · r ask again · e edit by hand · q close"


def test_enter_goes_to_the_place(refused: Editor) -> None:
    refused.type("<CR>")
    assert refused.value("vim.fs.basename(vim.api.nvim_buf_get_name(0))") == "a.unknown"
    assert refused.cursor == (3, 0)


def test_the_model_is_asked_again_with_the_reason(refused: Editor, script: Script, project: Path) -> None:
    refused.type("r")
    _, argument = command(script, "dovetail.edit", 2)
    assert "does not fit the file: not found: line 3 reads 'three'." in argument["instruction"]
    assert "two\nseven\n" in argument["instruction"]
    assert "two\n7\n" in argument["instruction"]
    assert (argument["uri"], argument["range"]) == ((project / "a.unknown").as_uri(), lines(2, 3))
    assert argument["preview"] is True


def test_it_is_put_right_by_hand(refused: Editor, script: Script, project: Path) -> None:
    refused.type("e")
    assert refused.lines == ["@@ -1,2 +1,2 @@", " two", "-seven", "+7"]
    refused.nvim.command("%s/-seven/-three/ | write")
    _, argument = command(script, "dovetail.applyDiff")
    assert argument == {
        "text": "@@ -1,2 +1,2 @@\n two\n-three\n+7\n",
        "uri": (project / "a.unknown").as_uri(),
        "preview": True,
    }


def test_q_goes_back_to_the_preview_and_the_rest_is_applied(refused: Editor, script: Script) -> None:
    refused.type("q")
    refused.wait("#vim.api.nvim_list_tabpages() == 2")
    refused.type("ga")
    assert command(script, "dovetail.applyPlan")[1] == {"id": "p1", "hunks": ["h1", "h2"]}


def test_where_all_is_refused_applying_is_not_offered(start: Start, script: Script, project: Path) -> None:
    editor = start(BEFORE, name="a.unknown")
    editor.nvim.command("Dovetail edit Make it loud")
    given = plan((project / "a.unknown").as_uri()) | {"files": [], "message": "The hunk is refused."}
    script.answer(command(script, "dovetail.edit")[0], given)
    editor.wait("#vim.api.nvim_list_tabpages() == 2")
    bar = editor.value("vim.wo.winbar")
    assert "apply" not in bar
    assert "K ! why" in bar
    editor.type("q")
    eventually(lambda: "discarded, nothing was changed" in editor.messages)
