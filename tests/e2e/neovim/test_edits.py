"""`:Dovetail edit|apply|fix|undo` and the preview, in a real Neovim; plans come from the scripted server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Editor, Script, eventually
from plans_shown import AFTER, BEFORE, command, lines, plan, written

Start = Callable[..., Editor]


@pytest.fixture
def preview(start: Start, script: Script, project: Path) -> Editor:
    """The preview of `plan`, opened by `:Dovetail edit` on two lines."""
    editor = start(BEFORE, name="a.unknown")
    editor.nvim.command("1,2Dovetail edit Make it loud")
    request, argument = command(script, "dovetail.edit")
    uri = (project / "a.unknown").as_uri()
    assert argument == {
        "instruction": "Make it loud",
        "uri": uri,
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 3}},
        "kind": "edit",
        "preview": True,
    }
    script.answer(request, plan(uri))
    editor.wait("#vim.api.nvim_list_tabpages() == 2")
    return editor


def window(editor: Editor, number: int) -> list[str]:
    return editor.lua(
        """local buf = vim.api.nvim_win_get_buf(require('dovetail.preview').current.wins[...])
        return vim.api.nvim_buf_get_lines(buf, 0, -1, false)""",
        number,
    )


def notes(editor: Editor, number: int) -> list[tuple[int, str]]:
    """Virtual text: row and words."""
    found = editor.lua(
        """local buf = vim.api.nvim_win_get_buf(require('dovetail.preview').current.wins[...])
        local ns = vim.api.nvim_get_namespaces()['dovetail.preview']
        return vim.api.nvim_buf_get_extmarks(buf, ns, 0, -1, { details = true })""",
        number,
    )
    return [(row, details["virt_text"][0][0].strip(" ●")) for _, row, _, details in found]


def test_the_preview_shows_both_sides_the_proofs_and_the_refusals(preview: Editor) -> None:
    assert window(preview, 1) == BEFORE.splitlines()
    assert window(preview, 2) == AFTER.splitlines()
    assert notes(preview, 2) == [(0, "exact"), (4, "merged: line 5 has moved")]
    listed = window(preview, 3)
    assert listed[0] == "2 of 3 hunks fit"
    assert listed[2:4] == ["   ✓ line 1 exact", "   ✓ line 5 merged: line 5 has moved"]
    assert listed[4].startswith("   ! ")
    assert "refused, not found: no line reads 'seven'" in listed[4]
    assert listed[5] == "   repaired while reading: a line number"
    bars = preview.value(
        "vim.tbl_map(function(w) return vim.wo[w].winbar end, require('dovetail.preview').current.wins)"
    )
    assert bars[2] == "a ✓ take · x ✗ leave out · ga apply the rest · %<K ! why · q discard · g? help"
    assert "a.unknown · after" in preview.value(
        "vim.api.nvim_buf_get_name(require('dovetail.preview').current.right)"
    )
    diff = "vim.tbl_map(function(w) return vim.wo[w].diff end, require('dovetail.preview').current.wins)"
    assert preview.value(diff) == [True, True, False]


def test_in_a_narrow_window_every_key_and_all_of_a_reason_are_seen(
    start: Start, script: Script, project: Path
) -> None:
    editor = start(BEFORE, name="a.unknown")
    editor.nvim.command("set columns=80 lines=45")
    editor.nvim.command("1,2Dovetail edit Make it loud")
    request, _ = command(script, "dovetail.edit")
    shown = plan((project / "a.unknown").as_uri())
    shown["refused"][0]["reason"] = (
        "line 29 differs: quoted 'return self._counts', there 'return self._count'"
    )
    script.answer(request, shown)
    editor.wait("#vim.api.nvim_list_tabpages() == 2")
    window = "require('dovetail.preview').current.wins[3]"
    bar = editor.value(f"vim.wo[{window}].winbar")
    assert len(bar.replace("%<", "")) <= 80
    rows = editor.value(f"vim.api.nvim_win_text_height({window}, {{}}).all")
    assert rows > editor.value(f"vim.api.nvim_buf_line_count(vim.api.nvim_win_get_buf({window}))")
    assert editor.value(f"vim.api.nvim_win_get_height({window})") == rows + 1


def test_a_hunk_left_out_goes_from_the_right_side_and_is_not_applied(preview: Editor, script: Script) -> None:
    preview.type("Gx")
    assert window(preview, 2) == ["ONE", "two", "three", "four", "five"]
    assert notes(preview, 2) == [(0, "exact")]
    assert notes(preview, 1) == [(4, "left out (merged)")]
    assert "   ✗ line 5 merged: line 5 has moved" in window(preview, 3)
    preview.type("ga")
    request, argument = command(script, "dovetail.applyPlan")
    assert argument == {"id": "p1", "hunks": ["h1"]}
    script.answer(request, {"applied": True, "message": "1 hunk in a.unknown applied"})
    eventually(lambda: "1 hunk in a.unknown applied" in preview.messages)
    preview.wait("#vim.api.nvim_list_tabpages() == 1")
    assert script.all("dovetail.discardPlan") == []


def test_all_of_a_file_and_back(preview: Editor, script: Script) -> None:
    preview.type("X")
    assert window(preview, 2) == BEFORE.splitlines()
    preview.type("ga")
    eventually(lambda: "no hunk is chosen" in preview.messages)
    preview.type("Agg")
    assert window(preview, 2) == AFTER.splitlines()
    preview.type("ga")
    assert command(script, "dovetail.applyPlan")[1] == {"id": "p1", "hunks": ["h1", "h2"]}


def test_the_list_chooses_too(preview: Editor) -> None:
    preview.nvim.command("wincmd b")
    preview.type("/line 5<CR>x")
    assert window(preview, 2) == ["ONE", "two", "three", "four", "five"]
    preview.type("a")
    assert window(preview, 2) == AFTER.splitlines()


@pytest.mark.parametrize("keys", ["q", ":close<CR>", ":tabclose<CR>", "<C-w>b:quit<CR>"])
def test_closing_it_in_any_way_discards(preview: Editor, script: Script, keys: str) -> None:
    preview.type(keys)
    assert command(script, "dovetail.discardPlan")[1] == {"id": "p1"}
    eventually(lambda: "Dovetail: discarded, nothing was changed." in preview.messages)
    preview.wait("#vim.api.nvim_list_tabpages() == 1")
    assert preview.lines == BEFORE.splitlines()


def test_the_servers_edit_arrives_in_the_buffer(preview: Editor, script: Script, project: Path) -> None:
    """Apply, and the server's `workspace/applyEdit` changes the text; undo brings it back."""
    preview.type("ga")
    request, _ = command(script, "dovetail.applyPlan")
    document = {"uri": (project / "a.unknown").as_uri(), "version": None}
    edit = {
        "documentChanges": [{"textDocument": document, "edits": [{"range": lines(0, 1), "newText": "ONE\n"}]}]
    }
    script.send({"id": "server-1", "method": "workspace/applyEdit", "params": {"edit": edit}})
    script.answer(request, {"applied": True, "message": "Applied."})
    eventually(lambda: "Applied." in preview.messages)
    assert preview.lines == ["ONE", "two", "three", "four", "five"]
    preview.type("u")
    assert preview.lines == BEFORE.splitlines()


def test_apply_takes_a_register_a_file_lines_or_the_buffer(
    start: Start, script: Script, project: Path
) -> None:
    editor = start("x = 1\n")
    (project / "answer.md").write_bytes(b"from a file\r\n")
    editor.nvim.call("setreg", "a", "from a register\n")
    uri = (project / "main.py").as_uri()
    cases = [
        ("Dovetail apply @a", {"text": "from a register\n", "uri": uri, "preview": True}),
        (f"Dovetail apply {project}/answer.md", {"text": "from a file\r\n", "uri": uri, "preview": True}),
        ("Dovetail apply %", {"text": "x = 1\n", "preview": True}),
        ("1Dovetail! apply", {"text": "x = 1\n", "preview": False}),
    ]
    for count, (given, expected) in enumerate(cases, 1):
        editor.nvim.command(given)
        request, argument = command(script, "dovetail.applyDiff", count)
        assert argument == expected
        script.answer(request, written(f"done {count}"))
        eventually(lambda done=f"done {count}": done in editor.messages)
    editor.nvim.command(f"Dovetail apply {project}/missing")
    assert "nothing to apply: " in editor.messages
    editor.nvim.command("Dovetail apply @z")
    assert "register z is empty" in editor.messages


def test_fix_sends_the_diagnostics_of_the_place(start: Start, script: Script, project: Path) -> None:
    editor = start("x = y\nz = w\n")
    editor.lua(
        """local ns = vim.api.nvim_create_namespace('test')
        vim.diagnostic.set(ns, 0, {
          { lnum = 0, col = 4, end_lnum = 0, end_col = 5, message = 'y?', severity = 1, source = 'lint' },
          { lnum = 1, col = 4, end_lnum = 1, end_col = 5, message = 'w?', severity = 1 },
        })"""
    )
    editor.nvim.command("1Dovetail fix")
    argument = command(script, "dovetail.fix")[1]
    assert [one["message"] for one in argument["diagnostics"]] == ["y?"]
    assert argument["range"]["start"]["line"] == 0
    editor.nvim.command("Dovetail fix all")
    argument = command(script, "dovetail.fix", 2)[1]
    assert [one["message"] for one in argument["diagnostics"]] == ["y?", "w?"]
    assert argument["all"] is True
    assert "range" not in argument


def test_what_takes_too_long_is_cancelled(start: Start, script: Script) -> None:
    editor = start(BEFORE, name="a.unknown")
    editor.nvim.command("Dovetail cancel")
    assert "nothing is running" in editor.messages
    editor.nvim.command("Dovetail edit Make it loud")
    request, _ = command(script, "dovetail.edit")
    editor.nvim.command("Dovetail cancel")
    assert script.expect("$/cancelRequest")["params"]["id"] == request["id"]
    assert "Dovetail: cancelled." in editor.messages
    script.send({"id": request["id"], "error": {"code": -32800, "message": "Cancelled"}})
    editor.nvim.command("Dovetail cancel")
    assert editor.messages.count("nothing is running") == 2
    assert editor.lines == BEFORE.splitlines()


def test_a_plan_that_comes_after_all_is_not_shown(start: Start, script: Script, project: Path) -> None:
    """The cancellation and the answer cross each other."""
    editor = start(BEFORE, name="a.unknown")
    editor.nvim.command("Dovetail edit Make it loud")
    request, _ = command(script, "dovetail.edit")
    editor.nvim.command("Dovetail cancel")
    script.answer(request, plan((project / "a.unknown").as_uri()))
    editor.nvim.command("Dovetail edit Again")
    again, _ = command(script, "dovetail.edit", 2)
    script.answer(again, written("nothing to do") | {"applied": False})
    eventually(lambda: "nothing to do" in editor.messages)
    assert editor.value("#vim.api.nvim_list_tabpages()") == 1


def test_undo_and_errors_are_said(start: Start, script: Script) -> None:
    editor = start("x\n")
    editor.nvim.command("Dovetail undo")
    request, argument = command(script, "dovetail.undoEdit")
    assert argument == {}
    script.answer(request, {"applied": False, "message": "The file has changed since."})
    eventually(lambda: "The file has changed since." in editor.messages)
    editor.nvim.command("Dovetail edit x")
    request, _ = command(script, "dovetail.edit")
    script.send({"id": request["id"], "error": {"code": -32803, "message": "No chat endpoint is set."}})
    eventually(lambda: "Dovetail: No chat endpoint is set." in editor.messages)


def test_an_explanation_is_plain_text(start: Start, script: Script) -> None:
    editor = start("x = 1\n")
    editor.nvim.command("Dovetail explain")
    request, argument = command(script, "dovetail.edit")
    assert argument["kind"] == "explain"
    script.answer(request, {"explanation": "It sets x.\n<script>"})
    editor.wait("vim.bo.buftype == 'nofile'")
    assert editor.lines == ["It sets x.", "<script>"]
    assert editor.value("vim.bo.filetype") == ""


def test_created_and_deleted_files(start: Start, script: Script, project: Path) -> None:
    """A text that is null on one side; a plan of several files is walked through."""
    editor = start("x\n")
    editor.nvim.command("Dovetail edit x")
    request, _ = command(script, "dovetail.edit")
    new, old = (project / "new.py").as_uri(), (project / "main.py").as_uri()
    added = {"id": "h", "proof": "exact", "before": "", "after": "new\n"}
    removed = {"id": "d", "proof": "exact", "before": "x\n", "after": "", "range": lines(0, 1)}
    files = [
        {"uri": new, "op": "create", "before": None, "after": "new\n", "hunks": [added]},
        {"uri": old, "op": "delete", "before": "x\n", "after": None, "hunks": [removed]},
    ]
    script.answer(
        request, {"id": "p", "applied": False, "message": "m", "files": files, "refused": [], "repaired": []}
    )
    editor.wait("#vim.api.nvim_list_tabpages() == 2")
    assert (window(editor, 1), window(editor, 2)) == ([""], ["new"])
    editor.type("]f")
    assert (window(editor, 1), window(editor, 2)) == (["x"], [""])
    editor.type("[f")
    assert window(editor, 2) == ["new"]
    assert "Error" not in editor.messages


def test_code_actions_ask_and_show_as_the_commands_do(start: Start, script: Script, project: Path) -> None:
    """An action's command comes back here: "Edit…" asks for the instruction, and the plan is shown first."""
    script.capabilities = {"codeActionProvider": True}
    editor = start("x = 1\n")
    uri = (project / "main.py").as_uri()
    editor.lua("vim.ui.input = function(_, done) done('Make it two') end")
    for count, (name, sent) in enumerate(
        [
            ("dovetail.askEdit", {"instruction": "Make it two", "kind": "edit"}),
            ("dovetail.edit", {"kind": "document"}),
        ],
        1,
    ):
        argument = {"uri": uri, "range": lines(0, 1)}
        given = argument if name == "dovetail.askEdit" else argument | sent
        editor.lua("vim.lsp.buf.code_action({ apply = true })")
        request = script.expect("textDocument/codeAction", count)
        action = {"title": "Edit", "command": {"title": "Edit", "command": name, "arguments": [given]}}
        script.answer(request, [action])
        request, argument_sent = command(script, "dovetail.edit", count)
        assert argument_sent == argument | sent | {"preview": True}
        script.answer(request, written("ok"))


def test_the_server_is_told_the_problems_that_the_editor_shows(
    start: Start, script: Script, project: Path
) -> None:
    """Columns are bytes in Neovim, units of the negotiated encoding for a server."""
    editor = start("é𝄞 = x\n")
    editor.lua(
        """vim.diagnostic.set(vim.api.nvim_create_namespace('a linter'), 0, {
          { lnum = 0, col = 9, end_lnum = 0, end_col = 10, message = 'wrong', severity = 1, source = 'lint' },
        })"""
    )
    told = {"range": {"start": {"line": 0, "character": 6}, "end": {"line": 0, "character": 7}}}
    told |= {"message": "wrong", "severity": 1, "source": "lint"}
    for number, (uri, found) in enumerate(
        [((project / "main.py").as_uri(), [told]), ("file:///nowhere.py", [])]
    ):
        script.send({"id": f"ask-{number}", "method": "dovetail/diagnostics", "params": {"uri": uri}})

        def answers(wanted: str = f"ask-{number}") -> list[Any]:
            return [m for m in script.received if m.get("id") == wanted and "result" in m]

        assert (eventually(answers)[0]["result"] or []) == found
    editor.nvim.command("Dovetail fix")
    assert command(script, "dovetail.fix")[1]["diagnostics"] == [told]
