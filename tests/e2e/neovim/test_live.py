"""Buffers that are loaded anew, put away, switched off: served again, and never written against another text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Editor, Script, eventually, suggest
from plans_shown import command, lines

Start = Callable[..., Editor]

SERVED = "require('dovetail.client').get(0) ~= nil"


def served_again(editor: Editor, script: Script, opened: int) -> None:
    """The buffer's text is with the server anew, and a key asks for a suggestion."""
    script.expect("textDocument/didOpen", opened)
    editor.wait(SERVED)
    editor.type("<Esc>G$")
    suggest(editor, script, "ax", "yz")
    editor.see("yz")
    editor.type("<Esc>")


@pytest.mark.parametrize(
    "commands",
    [["edit"], ["edit!"], ["bdelete!", "edit {path}"], ["bwipeout!", "edit {path}"], ["edit", "edit"]],
    ids=lambda commands: ",".join(commands),
)
def test_a_buffer_that_is_loaded_anew_is_served_again(
    start: Start, script: Script, project: Path, commands: list[str]
) -> None:
    editor = start("a\n")
    if commands == ["edit!"]:
        editor.type("onew<Esc>")
    opened = 1
    for one in commands:
        editor.nvim.command(one.format(path=project / "main.py"))
        opened += one.startswith("edit")
        if one.startswith("edit"):
            script.expect("textDocument/didOpen", opened)
    served_again(editor, script, opened)
    assert len(script.all("textDocument/didClose")) == opened - 1


def test_restart_serves_what_is_on_the_screen_also_where_nothing_was(start: Start, script: Script) -> None:
    editor = start("a\n")
    editor.lua("vim.lsp.buf_detach_client(0, require('dovetail.client').get(0).id)")
    assert not editor.value(SERVED)
    editor.nvim.command("Dovetail restart")
    served_again(editor, script, 2)
    assert script.connections == 2


def test_what_is_asked_while_a_server_ends_is_answered_with_a_sentence(
    start: Start, script: Script, project: Path
) -> None:
    """A server that was told to end answers nothing more."""
    editor = start("a\n")
    diff = project / "x.diff"
    diff.write_text("--- a/main.py\n+++ b/main.py\n@@ -1 +1 @@\n-a\n+b\n")
    editor.nvim.command(f"execute 'Dovetail restart' | execute 'Dovetail! apply {diff}'")
    eventually(lambda: "server" in editor.messages.lower(), "it is said")
    assert not script.all("workspace/executeCommand")


def test_a_file_that_changed_on_disk_is_read_again_in_a_window_beside(
    start: Start, script: Script, project: Path
) -> None:
    """`:bufdo edit`, `:windo edit`: the buffer at hand is not the only one that is seen."""
    editor = start("a\n")
    (project / "other.py").write_text("b\n")
    editor.nvim.command(f"split {project / 'other.py'}")
    script.expect("textDocument/didOpen", 2)
    editor.wait(SERVED)
    editor.nvim.command("windo edit")
    script.expect("textDocument/didOpen", 4)
    both = "vim.iter(vim.api.nvim_list_wins()):all(function(w)" + (
        " return require('dovetail.client').get(vim.api.nvim_win_get_buf(w)) ~= nil end)"
    )
    editor.wait(both)


# Edits of the server's ---------------------------------------------------------------------------------------------

FILE = "one\ntwo\nthree\n"


def replaces(uri: str, version: int | None, first: int = 1, text: str = "TWO\n") -> dict[str, Any]:
    document = {"uri": uri, "version": version}
    return {
        "documentChanges": [
            {"textDocument": document, "edits": [{"range": lines(first, first + 1), "newText": text}]}
        ]
    }


def apply(script: Script, edit: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """The editor's answer."""
    script.send({"id": f"apply-{number}", "method": "workspace/applyEdit", "params": {"edit": edit}})

    def answered() -> Any:
        return next((m for m in script.received if m.get("id") == f"apply-{number}" and "result" in m), None)

    return eventually(answered)["result"]


@pytest.fixture
def other(start: Start, script: Script, project: Path) -> Callable[..., tuple[Editor, str]]:
    """A second file beside the one that is served, in the window, with what makes it unseen."""

    def opened(
        before: str = "", after: str = "", content: str | bytes = FILE, **options: Any
    ) -> tuple[Editor, str]:
        editor = start("x\n", **options)
        path = project / "other.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if before:
            editor.nvim.command(before)
        editor.edit(path)
        if after:
            editor.nvim.command(after)
        return editor, path.as_uri()

    return opened


OFF = "autocmd BufReadPre *.txt let b:dovetail = v:false"


def test_a_buffer_that_is_not_seen_is_not_written_against_the_disk(other: Any, script: Script) -> None:
    """Switched off, three lines on top, unsaved: the edit was planned for the file."""
    editor, uri = other(before=OFF)
    editor.type("ggO0<CR>0<CR>0<Esc>")
    held = editor.lines
    result = apply(script, replaces(uri, None))
    assert result["applied"] is False
    assert (
        "other.txt holds text that Dovetail does not see, because b:dovetail is false."
        in result["failureReason"]
    )
    assert editor.lines == held


@pytest.mark.parametrize(
    ("before", "options"),
    [
        (OFF, {}),
        ("", {"max_bytes": 4}),
        ("", {"filetypes": {"text": False}}),
    ],
    ids=["b:dovetail", "max_bytes", "filetypes"],
)
def test_unseen_and_unsaved_is_refused_saved_is_applied_and_shown_to_the_server(
    other: Any, script: Script, project: Path, before: str, options: dict[str, Any]
) -> None:
    editor, uri = other(before=before, **options)
    editor.type("ggO0<Esc>")
    held = editor.lines
    assert apply(script, replaces(uri, None))["applied"] is False
    assert editor.lines == held
    assert len(script.all("textDocument/didOpen")) == 1
    editor.nvim.command("write")
    assert apply(script, replaces(uri, None), 2)["applied"] is True
    assert editor.lines == ["0", "TWO", "two", "three"]
    opened = script.expect("textDocument/didOpen", 2)["params"]["textDocument"]
    assert (opened["uri"], opened["text"]) == (uri, "0\none\ntwo\nthree\n")
    script.expect("textDocument/didChange")
    assert not editor.value(SERVED)  # shown for the edit, not served
    editor.type("ix")
    editor.nvim.command("write")
    assert script.expect("textDocument/didClose")["params"]["textDocument"]["uri"] == uri
    assert script.requests == 0


def test_read_only_buffers_are_left_alone(other: Any, script: Script) -> None:
    editor, uri = other(after="setlocal readonly")
    result = apply(script, replaces(uri, None))
    assert (result["applied"], editor.lines) == (False, FILE.splitlines())
    assert "other.txt is read-only" in result["failureReason"]
    editor.nvim.command("setlocal noreadonly nomodifiable")
    assert apply(script, replaces(uri, None), 2)["applied"] is False


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"one\r\ntwo\r\nthree\r\n", "dos"),
        (b"\xef\xbb\xbfone\ntwo\nthree", "bomb"),
        ("één\ntwo\nthree\n".encode("latin-1"), "latin1"),
        (b"a\0b\ntwo\n\n", "nul"),
        ("one\ftwo\u2028\nTWO\nthree\n", "unicode ends"),
        ("", "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() and len(value) < 15 else "",
)
def test_the_same_text_on_disk_is_known_whatever_its_encoding(
    other: Any, script: Script, content: str | bytes, detail: str
) -> None:
    editor, _ = other(before="set fileencodings=ucs-bom,utf-8,latin1 | " + OFF, content=content)
    same = "require('dovetail.buffers').as_on_disk(vim.api.nvim_get_current_buf())"
    assert editor.value(same) is True
    editor.type("ggix<Esc>")
    assert editor.value(same) is False


def test_an_edit_for_an_older_version_is_refused_wherever_it_stands_in_the_list(
    start: Start, script: Script, project: Path
) -> None:
    """Neovim itself looks at the version of the first change only."""
    editor = start(FILE, name="a.txt")
    (project / "b.txt").write_text(FILE)
    editor.edit(project / "b.txt")
    script.expect("textDocument/didOpen", 2)
    editor.wait(SERVED)
    editor.type("ggO0<Esc>")
    version = script.expect("textDocument/didChange")["params"]["textDocument"]["version"]
    first, second = (project / "a.txt").as_uri(), (project / "b.txt").as_uri()
    edit = replaces(first, 0)
    edit["documentChanges"] += replaces(second, version - 1)["documentChanges"]
    result = apply(script, edit)
    assert result["applied"] is False
    assert "b.txt has changed since the edit was planned" in result["failureReason"]
    assert editor.lines == ["0", "one", "two", "three"]
    assert (
        editor.value("vim.api.nvim_buf_get_lines(vim.fn.bufnr('a.txt'), 0, -1, false)") == FILE.splitlines()
    )
    edit = replaces(first, 0)
    latest = eventually(lambda: script.all("textDocument/didChange"))[-1]["params"]["textDocument"]["version"]
    edit["documentChanges"] += replaces(second, latest, 2)["documentChanges"]
    assert apply(script, edit, 2)["applied"] is True
    assert editor.lines == ["0", "one", "TWO", "three"]


def test_a_file_that_is_not_open_is_loaded_shown_and_changed(
    start: Start, script: Script, project: Path
) -> None:
    editor = start("x\n")
    (project / "other.txt").write_text(FILE)
    uri = (project / "other.txt").as_uri()
    assert apply(script, replaces(uri, None))["applied"] is True
    assert script.expect("textDocument/didOpen", 2)["params"]["textDocument"]["text"] == FILE
    change = script.expect("textDocument/didChange", textDocument={"uri": uri, "version": 3})
    assert change["params"]["contentChanges"][-1]["text"].strip() == "TWO"
    assert editor.lines == ["x"]


def test_a_file_that_holds_unsaved_text_is_neither_deleted_nor_overwritten(
    start: Start, script: Script, project: Path
) -> None:
    editor = start("x\n")
    uri = (project / "main.py").as_uri()
    editor.type("ggOnew<Esc>")
    for number, change in enumerate(
        [
            {"kind": "delete", "uri": uri},
            {"kind": "rename", "oldUri": uri, "newUri": uri + "x"},
        ]
    ):
        result = apply(script, {"documentChanges": [change]}, number)
        assert result["applied"] is False
        assert "unsaved text" in result["failureReason"]
    assert editor.lines == ["new", "x"]
    assert (project / "main.py").exists()


def test_a_plan_for_a_text_that_the_buffer_does_not_hold_is_not_even_shown(
    other: Any, script: Script
) -> None:
    editor, uri = other(before=OFF)
    editor.nvim.call("setreg", "a", "a diff\n")
    editor.type("ggO0<Esc>")
    editor.nvim.command("Dovetail apply @a")
    request, _ = command(script, "dovetail.applyDiff")
    hunk = {"id": "1", "proof": "exact", "range": lines(1, 2), "before": "two\n", "after": "TWO\n"}
    file = {"uri": uri, "op": "edit", "before": FILE, "after": "one\nTWO\nthree\n", "hunks": [hunk]}
    script.answer(
        request,
        {
            "id": "p1",
            "applied": False,
            "message": "1 hunk fits",
            "files": [file],
            "refused": [],
            "repaired": [],
        },
    )
    eventually(lambda: "nothing was changed. " in editor.messages)
    assert "because b:dovetail is false. Save it" in editor.messages
    assert editor.value("#vim.api.nvim_list_tabpages()") == 1
    assert command(script, "dovetail.discardPlan")[1] == {"id": "p1"}
    editor.nvim.command("Dovetail edit Make it loud")
    eventually(lambda: editor.messages.count("does not see") == 2)
    assert not [
        m for m in script.all("workspace/executeCommand") if m["params"]["command"] == "dovetail.edit"
    ]


@pytest.mark.parametrize(("answer", "applied"), [(1, True), (2, False)], ids=["yes", "no"])
def test_a_merged_hunk_that_nobody_has_seen_is_asked_about(
    start: Start, script: Script, project: Path, answer: int, applied: bool
) -> None:
    editor = start(FILE, name="a.txt")
    editor.lua(f"asked = 0; vim.fn.confirm = function() asked = asked + 1; return {answer} end")
    edit = replaces((project / "a.txt").as_uri(), 0)
    edit["changeAnnotations"] = {
        "merged": {"label": "Dovetail: merged", "needsConfirmation": True},
        "exact": {"label": "Dovetail: exact", "needsConfirmation": False},
    }
    change = edit["documentChanges"][0]["edits"][0]
    change["annotationId"] = "merged"
    assert apply(script, edit)["applied"] is applied
    assert editor.lines[1] == ("TWO" if applied else "two")
    assert editor.value("asked") == 1
    change["annotationId"] = "exact"
    edit["documentChanges"][0]["textDocument"]["version"] = editor.value("vim.lsp.util.buf_versions[1]")
    assert apply(script, edit, 2)["applied"] is True
    assert editor.value("asked") == 1
    assert "Applied changes" not in editor.messages


def test_what_was_just_typed_is_with_the_server_before_an_edit_is_asked_for(
    start: Start, script: Script, project: Path
) -> None:
    """Neovim holds changes back for 150 ms."""
    editor = start(FILE, name="a.txt", auto=False)
    (project / "b.txt").write_text(FILE)
    editor.edit(project / "b.txt")
    script.expect("textDocument/didOpen", 2)
    editor.wait(SERVED)
    editor.nvim.call("setreg", "a", "a diff\n")
    editor.lua(
        """vim.api.nvim_buf_set_lines(vim.fn.bufnr('a.txt'), 0, 0, false, { 'typed in a' })
        vim.api.nvim_buf_set_lines(0, 0, 0, false, { 'typed in b' })
        vim.cmd('Dovetail apply @a')"""
    )
    command(script, "dovetail.applyDiff")
    before = script.received[
        : next(n for n, m in enumerate(script.received) if m.get("method") == "workspace/executeCommand")
    ]
    changed = {
        m["params"]["textDocument"]["uri"] for m in before if m.get("method") == "textDocument/didChange"
    }
    assert changed == {(project / name).as_uri() for name in ("a.txt", "b.txt")}
