"""The next edit: shown at its place or pointed to, gone to, made in one step, rejected; never beside ghost text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Editor, Script, eventually, item
from plans_shown import command, marks

Start = Callable[..., Editor]

FILE = "".join(f"value_{n} = old(é, {n})\n" for n in range(60))


def next_edit(uri: str, line: int, before: str, after: str, version: int | None = None) -> dict[str, Any]:
    """As the server's answer has it (docs/protocol.md)."""
    return {
        "id": "n1",
        "textDocument": {"uri": uri, "version": version},
        "range": {"start": {"line": line, "character": 0}, "end": {"line": line + 1, "character": 0}},
        "newText": after + "\n",
        "line": line,
        "before": before,
        "after": after,
        "proof": "exact",
        "rule": "replaced token",
        "chance": 0.9,
        "places": 3,
        "why": "2 edits like it, 2 more places; 90% likely",
    }


@pytest.fixture
def offer(start: Start, script: Script, project: Path) -> Callable[..., Editor]:
    """The first line is edited, and the edit of line `line` follows from it."""

    def begin(line: int, after: str | None = None, **options: Any) -> Editor:
        editor = start(FILE, auto=True, next_edit={"wait_ms": 10}, **options)
        editor.type("gg0/old<CR>cwnew<Esc>")
        request = script.expect("textDocument/didOpen") and script.expect("dovetail/nextEdit")
        uri = (project / "main.py").as_uri()
        assert request["params"]["textDocument"] == {"uri": uri}
        assert request["params"]["position"]["line"] == 0
        before = FILE.splitlines()[line]
        after = before.replace("old", "new") if after is None else after
        script.answer(request, {"edit": next_edit(uri, line, before, after)})
        eventually(lambda: marks(editor))
        return editor

    return begin


def test_near_by_the_words_that_change_are_shown_in_their_place(offer: Any, script: Script) -> None:
    editor = offer(2)
    deleted, added = sorted(marks(editor), key=lambda mark: "virt_text" in mark)
    assert (deleted["row"], deleted["col"], deleted["end_col"]) == (2, 10, 13)
    assert (added["row"], added["col"]) == (2, 13)
    assert added["virt_text"] == [["new", "DovetailNextAdd"]]
    editor.type("<Tab>")
    assert editor.cursor == (3, 10)
    assert editor.lines[2] == "value_2 = old(é, 2)"
    editor.type("<Tab>")
    assert editor.lines[2] == "value_2 = new(é, 2)"
    assert marks(editor) == []
    assert script.expect("dovetail/didAcceptNextEdit")["params"] == {"id": "n1"}
    editor.type("u")
    assert editor.lines[2] == "value_2 = old(é, 2)"
    assert editor.lines[0] == "value_0 = new(é, 0)"
    editor.type("<C-o>")
    assert editor.cursor[0] == 1


@pytest.mark.parametrize("signcolumn", ["auto", "yes"])
def test_far_away_it_is_pointed_to(offer: Any, editor: Editor, signcolumn: str) -> None:
    """With a sign where there is a column for it, so that no text moves aside."""
    editor.nvim.command(f"set signcolumn={signcolumn}")
    offer(50)
    pointer = next(mark for mark in marks(editor) if "virt_lines" in mark)
    assert pointer["row"] == 0
    assert ("sign_text" in pointer) is (signcolumn == "yes")
    assert "» next edit: line 51 (3 places)" in [line.strip() for line in editor.screen(24)]
    editor.type("<Tab>")
    assert editor.cursor[0] == 51
    assert not [mark for mark in marks(editor) if "virt_lines" in mark]
    editor.type("<Tab>")
    assert editor.lines[50] == "value_50 = new(é, 50)"


def test_escape_rejects_and_the_keys_are_neovims_again(offer: Any, script: Script) -> None:
    editor = offer(2)
    editor.type("<Esc>")
    assert marks(editor) == []
    assert script.expect("dovetail/didRejectNextEdit")["params"] == {"id": "n1"}
    assert editor.value("vim.fn.maparg('<Tab>', 'n')") == ""
    assert editor.value("vim.fn.maparg('<Esc>', 'n')") == ""


def test_text_that_has_changed_takes_it_away(offer: Any) -> None:
    editor = offer(2)
    editor.lua("vim.api.nvim_buf_set_lines(0, 2, 3, false, { 'something else' })")
    editor.type("j")
    assert marks(editor) == []
    editor.type("<Tab>")
    assert editor.lines[2] == "something else"


def test_lines_that_come_and_lines_that_go(offer: Any) -> None:
    editor = offer(2, after="import one\nimport two")
    shown = [mark for mark in marks(editor) if "virt_lines" in mark]
    assert [line[0][0] for line in shown[0]["virt_lines"]] == ["import one", "import two"]
    editor.type("<Tab><Tab>")
    assert editor.lines[1:5] == ["value_1 = old(é, 1)", "import one", "import two", "value_3 = old(é, 3)"]


def test_it_is_never_beside_ghost_text(offer: Any, script: Script) -> None:
    editor = offer(2, debounce=0)
    script.on_request = lambda _: {"items": [item("+ 1")]}
    editor.type("A ")
    editor.see("+ 1")
    assert marks(editor) == []
    asked = len(script.all("dovetail/nextEdit"))
    editor.lua("require('dovetail.nextedit').ask()")
    assert len(script.all("dovetail/nextEdit")) == asked
    editor.type("<Tab>")
    assert editor.lines[0] == "value_0 = new(é, 0) + 1"


def test_an_answer_for_an_older_text_is_not_shown(start: Start, script: Script, project: Path) -> None:
    editor = start(FILE, next_edit={"wait_ms": 10})
    editor.type("gg0x")
    request = script.expect("dovetail/nextEdit")
    editor.type("x")
    lines = FILE.splitlines()
    script.answer(request, {"edit": next_edit((project / "main.py").as_uri(), 2, lines[2], "z")})
    again = script.expect("dovetail/nextEdit", 2)
    assert marks(editor) == []
    script.answer(again, {"edit": next_edit((project / "main.py").as_uri(), 2, "not there", "z")})
    script.notify("dovetail/status", {"state": "learning", "source": "x", "message": "", "mode": "automatic"})
    editor.wait("require('dovetail').statusline() == 'Dovetail learning'")
    assert marks(editor) == []


def test_nothing_is_asked_before_an_edit_nor_where_it_is_off(start: Start, script: Script) -> None:
    editor = start(FILE, next_edit={"wait_ms": 1})
    editor.type("ggjjj")
    editor.lua("vim.wait(60)")
    assert script.all("dovetail/nextEdit") == []
    editor.lua("require('dovetail.config').current.next_edit.auto = false")
    editor.type("x")
    editor.lua("vim.wait(60)")
    assert script.all("dovetail/nextEdit") == []
    editor.nvim.command("Dovetail next")
    request = script.expect("dovetail/nextEdit")
    assert request["params"]["manual"] is True
    script.answer(request, {"edit": None, "reason": "nothing like it was edited"})
    eventually(lambda: "no next edit: nothing like it was edited." in editor.messages)


def test_all_places_open_as_one_plan(offer: Any, script: Script, project: Path) -> None:
    editor = offer(2)
    editor.nvim.command("Dovetail next all")
    request, argument = command(script, "dovetail.nextEdit")
    assert argument == {"id": "n1", "all": True, "preview": True}
    hunk = {"id": "1", "proof": "exact", "before": "a\n", "after": "b\n"}
    hunk["range"] = {"start": {"line": 2, "character": 0}, "end": {"line": 3, "character": 0}}
    text = "\n".join(editor.lines) + "\n"
    file = {
        "uri": (project / "main.py").as_uri(),
        "op": "edit",
        "before": text,
        "after": text,
        "hunks": [hunk],
    }
    script.answer(
        request,
        {
            "id": "p1",
            "applied": False,
            "message": "3 hunks fit",
            "files": [file],
            "refused": [],
            "repaired": [],
        },
    )
    editor.wait("#vim.api.nvim_list_tabpages() == 2")
