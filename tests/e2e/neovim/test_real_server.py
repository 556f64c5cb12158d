"""The real Neovim with the real server: the built-in model, learnt from a workspace that repeats itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import warm
from harness import PLUGIN, Editor, eventually, neovim

FILES = 6
LAST = "def more(request):"


def handlers(n: int) -> str:
    """Functions that all begin the same."""
    text = f'"""Part {n}."""\n\nfrom workspace.registry import register_handler\n\n'
    for name in ("create", "update", "delete"):
        text += (
            f"def {name}_{n}(request):\n"
            "    session = open_session(request.settings)\n"
            f"    register_handler(session, request.identifier, {name!r})\n"
            "    return session.commit_all_changes()\n\n\n"
        )
    return text


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Files that all say the same, so that what follows is certain."""
    folder = tmp_path / "workspace"
    (folder / ".git").mkdir(parents=True)
    for n in range(FILES):
        (folder / f"part_{n}.py").write_text(handlers(n), encoding="utf-8")
    (folder / "new.py").write_text(handlers(FILES) + LAST, encoding="utf-8")
    return folder


@pytest.fixture
def dovetail(editor: Editor, workspace: Path) -> Editor:
    """The plugin with the server of this environment, learnt and ready, in the new file."""
    cache = editor.home / "cache"
    editor.lua(
        "require('dovetail').setup(...)",
        {
            "cmd": warm.dovetail("serve", "--stdio"),
            "env": {"XDG_CACHE_HOME": str(cache)},
            "restart": {"initial_ms": 10},
        },
    )
    editor.edit(workspace / "new.py")
    editor.wait("require('dovetail.client').get(0) ~= nil")
    ready(editor)
    editor.nvim.command("normal! G$")
    return editor


def ready(editor: Editor) -> None:
    """Until the server answers, and says that it is not learning."""
    editor.lua("dovetail_learnt = false")

    def learnt() -> bool:
        editor.lua(
            """local client = require('dovetail.client').get(0)
            if not client then return end
            local ask = { command = 'dovetail.status', arguments = { vim.empty_dict() } }
            require('dovetail.client').execute(client, ask, function(status)
              dovetail_learnt = status ~= nil and status.model.learning == false
            end)"""
        )
        return bool(editor.value("dovetail_learnt"))

    eventually(learnt, "the workspace is learnt")


def test_ghost_text_appears_and_tab_takes_it(dovetail: Editor) -> None:
    """The main job: open a project, type, see what follows, take it."""
    dovetail.type("osession = open_")
    dovetail.see("session(request.settings)")
    dovetail.type("ses")
    dovetail.see("sion(request.settings)")
    dovetail.type("<Tab>")
    assert dovetail.lines[-2:] == [LAST, "    session = open_session(request.settings)"]
    assert "Dovetail" in dovetail.value("require('dovetail').statusline()")


def test_the_server_knows_what_was_shown_and_taken(dovetail: Editor) -> None:
    dovetail.type("osession = open_")
    dovetail.see("session(request.settings)")
    dovetail.type("<Tab>")
    dovetail.nvim.command("stopinsert")
    dovetail.nvim.command("Dovetail why")
    dovetail.wait("vim.bo.buftype == 'nofile'")
    assert any("session(request.settings)" in line for line in dovetail.lines), dovetail.lines
    dovetail.type("q")
    dovetail.nvim.command("Dovetail status")
    dovetail.wait("vim.bo.buftype == 'nofile'")
    text = "\n".join(dovetail.lines)
    assert "built-in model" in text
    assert "1 taken" in text


def test_killed_in_the_middle_the_text_stays_and_it_comes_back(dovetail: Editor) -> None:
    dovetail.type("osession = open_")
    dovetail.see("session(request.settings)")
    before = dovetail.value("require('dovetail.client').get(0).id")
    pids = dovetail.lua("return vim.api.nvim_get_proc_children(vim.uv.os_getpid())")
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: "its server ended (signal 9)" in dovetail.messages)
    assert dovetail.lines[-2:] == [LAST, "    session = open_"]
    assert dovetail.marks == []
    dovetail.wait(f"(require('dovetail.client').get(0) or {{ id = {before} }}).id ~= {before}")
    ready(dovetail)
    dovetail.type("s")
    dovetail.see("ession(request.settings)")
    dovetail.type("<Tab>")
    assert dovetail.lines[-1] == "    session = open_session(request.settings)"


def test_a_diff_is_previewed_applied_and_undone(dovetail: Editor, workspace: Path) -> None:
    """`:Dovetail apply` with a diff whose line numbers are wrong: found by its text, shown, written, taken back."""
    before = dovetail.lines
    diff = (
        "--- a/new.py\n+++ b/new.py\n@@ -90,2 +90,3 @@\n"
        f"-def update_{FILES}(request):\n+def update_{FILES}(request, *, force=False):\n+    # by force\n"
        "     session = open_session(request.settings)\n"
    )
    dovetail.nvim.call("setreg", "a", diff)
    dovetail.nvim.command("Dovetail apply @a")
    dovetail.wait("#vim.api.nvim_list_tabpages() == 2")
    after = dovetail.lua(
        """local buf = vim.api.nvim_win_get_buf(require('dovetail.preview').current.wins[2])
        return vim.api.nvim_buf_get_lines(buf, 0, -1, false)"""
    )
    at = before.index(f"def update_{FILES}(request):")
    expected = [
        *before[:at],
        f"def update_{FILES}(request, *, force=False):",
        "    # by force",
        *before[at + 1 :],
    ]
    assert after == expected
    dovetail.type("ga")
    dovetail.wait("#vim.api.nvim_list_tabpages() == 1")
    eventually(lambda: dovetail.lines == expected)
    eventually(lambda: "Dovetail: " in dovetail.messages)  # the server has seen that the text is as planned
    said = dovetail.messages
    dovetail.nvim.command("Dovetail undo")
    eventually(lambda: dovetail.messages != said)
    assert dovetail.lines == before, dovetail.messages


def test_a_diff_that_does_not_fit_is_refused(dovetail: Editor) -> None:
    before = dovetail.lines
    diff = "--- a/new.py\n+++ b/new.py\n@@ -1,1 +1,1 @@\n-nothing like this is there\n+whatever\n"
    dovetail.nvim.call("setreg", "a", diff)
    dovetail.nvim.command("Dovetail apply @a")
    eventually(lambda: "refused" in "\n".join(dovetail.lines) or "refused" in dovetail.messages)
    assert dovetail.lua("return vim.api.nvim_buf_get_lines(vim.fn.bufnr('new.py'), 0, -1, false)") == before


DIFF = (
    "--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n"
    "-from workspace.registry import register_handler\n+from workspace.registry import enroll\n"
)


def apply_diff(editor: Editor, name: str) -> None:
    editor.nvim.call("setreg", "a", DIFF.format(name=name))
    editor.nvim.command("Dovetail! apply @a")


def test_a_file_that_is_not_open_is_changed_and_the_change_is_taken_back(
    dovetail: Editor, workspace: Path
) -> None:
    before = (workspace / "part_0.py").read_text(encoding="utf-8")
    apply_diff(dovetail, "part_0.py")
    eventually(lambda: "Dovetail: Applied to part_0.py." in dovetail.messages)
    read = "vim.api.nvim_buf_get_lines(vim.fn.bufnr('part_0.py'), 0, -1, false)"
    assert dovetail.value(read)[2] == "from workspace.registry import enroll"
    dovetail.nvim.command("Dovetail undo")
    eventually(lambda: "The last edit was taken back." in dovetail.messages)
    assert dovetail.value(read) == before.splitlines()


def test_nothing_is_written_against_a_text_that_is_not_the_buffers(dovetail: Editor, workspace: Path) -> None:
    """A buffer that is switched off, with lines on top that are not saved; then saved; then served."""
    dovetail.nvim.command("autocmd BufReadPre part_1.py ++once let b:dovetail = v:false")
    dovetail.edit(workspace / "part_1.py")
    dovetail.type("ggO# one<CR># two<CR># three<Esc>")
    held = dovetail.lines
    apply_diff(dovetail, "part_1.py")
    eventually(lambda: "part_1.py holds text that Dovetail does not see" in dovetail.messages)
    assert dovetail.lines == held
    dovetail.nvim.command("write")
    apply_diff(dovetail, "part_1.py")
    eventually(lambda: "Dovetail: Applied to part_1.py." in dovetail.messages)
    assert dovetail.lines[:3] == held[:3]
    assert dovetail.lines[5] == "from workspace.registry import enroll"
    dovetail.type("uggO# four<Esc>")
    dovetail.nvim.command("unlet b:dovetail | edit!")
    dovetail.wait("require('dovetail.client').get(0) ~= nil")
    dovetail.type("ggO# five<Esc>")
    apply_diff(dovetail, "part_1.py")
    eventually(lambda: dovetail.messages.count("Dovetail: Applied to part_1.py.") == 2)
    assert (dovetail.lines[0], dovetail.lines[6]) == ("# five", "from workspace.registry import enroll")


def test_the_next_edit_follows_from_two_that_were_made(dovetail: Editor, workspace: Path) -> None:
    path = workspace / "calls.py"
    path.write_text("".join(f"total_{n} = compute(rows[{n}], limit)\n" for n in range(5)), encoding="utf-8")
    dovetail.edit(path)
    dovetail.wait("require('dovetail.client').get(0) ~= nil")
    dovetail.lua("require('dovetail.config').current.next_edit.auto = false")
    for line in (1, 2):
        dovetail.type(f"{line}G0/limit<CR>cwlimit, strict=True<Esc>")
        dovetail.type("j")

    def offered() -> Any:
        dovetail.nvim.command("Dovetail next")
        return dovetail.value("require('dovetail.nextedit').shown() or false")

    edit = eventually(offered, "a next edit", patience=40)
    assert edit["after"] == f"total_{edit['line']} = compute(rows[{edit['line']}], limit, strict=True)"
    dovetail.nvim.command("Dovetail next")
    if dovetail.value("require('dovetail.nextedit').shown() or false"):
        dovetail.nvim.command("Dovetail next")  # it was gone to, now it is made
    assert dovetail.lines[edit["line"]] == edit["after"]


def test_the_documented_way_without_the_plugin(workspace: Path, tmp_path: Path) -> None:
    """Neovim 0.12 alone, with the lines that the manual gives."""
    manual = (PLUGIN / "doc/dovetail.txt").read_text(encoding="utf-8")
    given = manual.split("*dovetail-builtin*")[1].split(">lua\n")[1].split("\n<")[0]
    command = ", ".join(repr(part) for part in warm.dovetail("serve", "--stdio"))
    (tmp_path / "home").mkdir()
    editor = Editor(neovim("0.12"), tmp_path / "home", rtp=None)
    try:
        editor.lua(given.replace("'dovetail', 'serve', '--stdio'", command))
        editor.edit(workspace / "new.py")
        active = "require('vim.lsp._capability').all.inline_completion.active[vim.api.nvim_get_current_buf()] ~= nil"
        editor.wait(active)
        editor.type("Gosession = open_")
        shown = """(function()
          local ns = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
          return ns ~= nil and #vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, {}) > 0
        end)()"""
        whole = "    session = open_session(request.settings)"
        editor.wait(shown)
        editor.type("<Tab>")
        eventually(lambda: editor.lines[-1] == whole)
        editor.type("<Esc>osession = open_")
        editor.wait(shown)
        editor.type(
            "ses<Tab>"
        )  # before Neovim asks again: what was typed stands in the answer to the older text
        eventually(lambda: editor.lines[-1] == whole)
        editor.type("<Esc>osession = open_")
        editor.wait(shown)
        editor.type("<M-Right>")
        eventually(lambda: editor.lines[-1] == "    session = open_session(")
        editor.type("<Esc>o<Esc>Sx<Tab>")  # nothing is suggested: the key does what it does
        eventually(lambda: editor.lines[-1].strip() == "x" and editor.lines[-1][-1].isspace())
    finally:
        editor.close()
