"""The client among other things: keys and menus of others, buffers that are left alone, servers that die."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import PLUGIN, ROOT, Editor, Script, item, neovim
from test_ghost import suggest

Start = Callable[..., Editor]


def test_tab_without_ghost_text_is_tab(start: Start, script: Script) -> None:
    editor = start()
    editor.nvim.command("setlocal noexpandtab")
    editor.type("ia<Tab>b")
    assert editor.lines == ["a\tb"]


def test_tab_without_ghost_text_does_what_was_mapped(start: Start, script: Script, editor: Editor) -> None:
    """Expression, Lua function, keys that expand to their own key; global and of the buffer."""
    for mapping, result in [
        ("inoremap <expr> <Tab> 'e'.'x'", "aexb"),
        ("imap <Tab> xyz", "axyzb"),
        ("inoremap <Tab> <Esc>A!", "a!b"),
        ("lua vim.keymap.set('i', '<Tab>', function() return '<lt>F' end, {expr = true})", "a<Fb"),
        (
            "lua vim.keymap.set('i', '<Tab>', function() vim.api.nvim_put({'put'}, 'c', false, true) end)",
            "aputb",
        ),
        ("imap <Tab> <Tab>x", "a\txb"),
    ]:
        if not editor.lines[0]:
            start()
            editor.nvim.command("setlocal noexpandtab")
        editor.nvim.command("silent! iunmap <Tab>")
        editor.nvim.command(mapping)
        editor.type("<Esc>cca<Tab>b<Esc>")
        assert editor.lines == [result], mapping


def test_a_mapping_that_another_plugin_makes_for_the_buffer_is_kept_below(
    start: Start, script: Script
) -> None:
    """Completion plugins map their keys when insert mode begins."""
    editor = start()
    editor.nvim.command("autocmd InsertEnter * inoremap <buffer> <Tab> [theirs]")
    editor.type("ia")
    editor.wait("(vim.fn.maparg('<Tab>', 'i', false, true).desc or ''):find('Dovetail') ~= nil")
    editor.type("<Tab>")
    assert editor.lines == ["a[theirs]"]
    script.answer(script.asked(), None)
    script.answer(script.asked(2), None)
    suggest(editor, script, " ", "bc")
    editor.see("bc")
    editor.type("<Tab>")
    assert editor.lines == ["a[theirs] bc"]


def test_keys_are_the_users(start: Start, script: Script) -> None:
    """Another key, a list of keys, none."""
    editor = start(keys={"accept": "<C-y>", "accept_word": False, "accept_line": ["<C-l>", "<C-s>"]})
    editor.nvim.command("setlocal noexpandtab")
    suggest(editor, script, "ia ", "b c\nd")
    editor.see("b c\nd")
    editor.type("<C-s>")
    assert editor.lines == ["a b c"]
    editor.type("<C-y>")
    assert editor.lines == ["a b c", "d"]
    mapped = editor.value("vim.tbl_map(function(m) return m.lhs end, vim.api.nvim_buf_get_keymap(0, 'i'))")
    assert {"<C-Y>", "<C-S>"} <= set(mapped)
    assert not {"<Tab>", "<M-Right>"} & set(mapped)


def test_the_popup_menu_hides_it_and_has_tab(start: Start, script: Script) -> None:
    editor = start("alpha\nalpine\n\n")
    editor.nvim.command("inoremap <expr> <Tab> pumvisible() ? '<C-n>' : '<Tab>'")
    suggest(editor, script, "Ga", "lpaca")
    editor.see("lpaca")
    editor.type("al")
    editor.type("<C-n>")
    editor.wait("vim.fn.pumvisible() == 1")
    assert editor.ghost == ""
    editor.type("<Tab>")
    editor.wait("vim.fn.complete_info({'selected'}).selected == 1")
    editor.type("<C-e>")
    editor.wait("vim.fn.pumvisible() == 0")
    assert editor.lines[-1] == "al"


def test_it_comes_back_when_the_menu_closes(start: Start, script: Script) -> None:
    editor = start("alpha\nalpine\n\n")
    editor.nvim.command("set completeopt=menuone,noinsert,noselect")
    suggest(editor, script, "Goal", "paca")
    editor.see("paca")
    editor.type("<C-n>")
    editor.wait("vim.fn.pumvisible() == 1")
    assert editor.ghost == ""
    editor.type("<C-e>")
    editor.see("paca")
    editor.type("<Tab>")
    assert editor.lines[-1] == "alpaca"


def test_both_can_be_shown(start: Start, script: Script) -> None:
    """popup = 'keep'; Tab still is the menu's."""
    editor = start("alpha\nalpine\n\n", popup="keep")
    editor.nvim.command("set completeopt=menuone,noinsert,noselect")
    editor.nvim.command("inoremap <expr> <Tab> pumvisible() ? '<C-n>' : '<Tab>'")
    suggest(editor, script, "Goal", "paca")
    editor.see("paca")
    editor.type("<C-n>")
    editor.wait("vim.fn.pumvisible() == 1")
    editor.see("paca")
    editor.type("<Tab>")
    editor.wait("vim.fn.complete_info({'selected'}).selected == 0")


def test_a_completion_plugins_menu_by_hook(start: Start, script: Script) -> None:
    editor = start()
    editor.lua("require('dovetail.config').current.popup_visible = function() return vim.g.menu == 1 end")
    suggest(editor, script, "ia", "bc")
    editor.see("bc")
    editor.nvim.vars["menu"] = 1
    editor.type("b")
    assert editor.ghost == ""
    editor.nvim.vars["menu"] = 0
    editor.type("c")
    editor.type("<BS>")
    assert script.asked(2)


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        ("enew", "it has no name yet; `:write` or `:file` gives it one"),
        ("view {file}", "it is read-only"),
        ("terminal", 'it is not a file but a window of Neovim\'s (buftype "terminal")'),
        (
            "edit {file} | setlocal buftype=prompt",
            'it is not a file but a window of Neovim\'s (buftype "prompt")',
        ),
        ("edit scp://host/file", "its name is no path"),
        ("edit {file} | let b:dovetail = v:false", "b:dovetail is false"),
        (
            "edit {file} | setfiletype gitcommit",
            'the filetype "gitcommit" is switched off (option "filetypes")',
        ),
        ("edit {huge}", 'it is larger (8000 bytes) than the option "max_bytes" allows (4096 bytes)'),
    ],
)
def test_buffers_that_are_left_alone(
    start: Start, script: Script, project: Path, prepare: str, why: str
) -> None:
    """Not a file, read-only, switched off, too large."""
    editor = start(filetypes={"gitcommit": False}, max_bytes=4096)
    (project / "other.unknown").write_text("x\n", encoding="utf-8")
    (project / "huge.unknown").write_text("x\n" * 4000, encoding="utf-8")
    editor.nvim.command("let g:loaded_netrwPlugin = 1 | autocmd! Network")
    editor.nvim.command(prepare.format(file=project / "other.unknown", huge=project / "huge.unknown"))
    assert editor.lua("return {require('dovetail.buffers').serves(vim.api.nvim_get_current_buf())}") == [
        False,
        why,
    ]


def test_a_huge_line_is_not_asked_about(start: Start, script: Script) -> None:
    editor = start("x" * 30000 + "\n\n")
    editor.type("gg")
    editor.type("A+<Esc>")
    editor.type("Goshort")
    assert script.asked()["params"]["position"]["line"] == 2


def test_nothing_is_asked_while_a_macro_is_recorded_or_run(start: Start, script: Script) -> None:
    editor = start()
    editor.type("qaohello<Esc>q")
    editor.type("@a")
    editor.nvim.command("normal! ohello")
    editor.type("oend")
    request = script.asked()
    assert request["params"]["position"]["line"] == len(editor.lines) - 1
    assert script.requests == 1


def test_off_and_on(start: Start, script: Script) -> None:
    """`:Dovetail toggle`: off asks nothing by itself, but the key still does."""
    editor = start()
    editor.nvim.command("Dovetail toggle")
    assert "off" in editor.messages
    editor.type("iab")
    editor.type("<M-Bslash>")
    request = script.asked()
    assert request["params"]["context"] == {"triggerKind": 1}
    script.answer(request, {"items": [item("cd")]})
    editor.see("cd")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"debounce": "soon"}, 'Option "debounce" must be a number of milliseconds'),
        ({"kyes": {}}, 'There is no option "kyes".'),
        ({"keys": {"accept": 3}}, 'Option "keys.accept" must be a key, a list of keys, or false'),
        ({"cmd": []}, 'Option "cmd" must be a list of strings'),
        ({"restart": {"limit": "x"}}, 'Option "restart.limit" must be a number'),
        ({"filetypes": {"lua": 1}}, 'Option "filetypes" must be a table of true and false'),
        ([1], 'There is no option "1".'),
    ],
)
def test_wrong_options_cost_one_sentence(editor: Editor, options: object, sentence: str) -> None:
    editor.lua("require('dovetail').setup(...)", options)
    assert sentence in editor.messages
    defaults, current = editor.lua("local c = require('dovetail.config') return {c.defaults, c.current}")
    assert defaults == current


def test_commands_complete(start: Start) -> None:
    editor = start()
    complete = "vim.fn.getcompletion(..., 'cmdline')"
    names = editor.value(complete, "Dovetail ")
    assert {"status", "why", "toggle", "suggest", "log", "restart", "edit", "apply", "fix", "undo"} <= set(
        names
    )
    assert editor.value(complete, "Dovetail re") == ["restart"]
    assert editor.value(complete, "Dovetail fix ") == ["all", "until"]
    assert "python" in editor.value(complete, "Dovetail toggle pyth")
    editor.nvim.command("silent! Dovetail nonsense")


def test_checkhealth(start: Start, script: Script) -> None:
    editor = start(keys={"accept_line": "<M-j>"})
    editor.nvim.command("checkhealth dovetail")
    text = "\n".join(editor.lines)
    assert "positions in utf-16, 1 buffer" in text
    assert "served: " in text
    assert "ERROR" not in text


def test_help_has_tags_that_are_fresh(editor: Editor, tmp_path: Path) -> None:
    """`doc/tags` is in the repository, so that `:help dovetail` needs no step; it must match the text."""
    copy = tmp_path / "doc"
    copy.mkdir()
    (copy / "dovetail.txt").write_bytes((PLUGIN / "doc/dovetail.txt").read_bytes())
    editor.nvim.command(f"helptags {copy}")
    assert (copy / "tags").read_text(encoding="utf-8") == (PLUGIN / "doc/tags").read_text(encoding="utf-8")
    editor.nvim.command("help dovetail")
    assert editor.value("vim.fn.expand('%:t')") == "dovetail.txt"
    for name in editor.value("vim.tbl_keys(require('dovetail.config').defaults)"):
        editor.nvim.command(f"help dovetail-option-{name}")


def test_the_documented_way_with_vim_pack(script: Script, project: Path, tmp_path: Path) -> None:
    """A clone of the repository by Neovim's own plugin manager, with the few lines that the manual gives."""
    source = tmp_path / "source"
    subprocess.run(["git", "init", "-q", "-b", "main", source], check=True)
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "clients/neovim"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    for name in files:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    commit = [
        "git",
        "-C",
        source,
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "commit",
        "-qm",
        "x",
    ]
    subprocess.run(["git", "-C", source, "add", "-A"], check=True)
    subprocess.run(commit, check=True)
    manual = (PLUGIN / "doc/dovetail.txt").read_text(encoding="utf-8")
    lines = manual.split("*dovetail-vim.pack*")[1].split(">lua\n")[1].split("\n<")[0]
    lines = lines.replace("REPOSITORY", source.as_uri())
    (tmp_path / "home").mkdir()
    editor = Editor(neovim("0.12"), tmp_path / "home", rtp=None)
    try:
        editor.lua(lines.replace("setup()", "setup(...)"), {"cmd": script.command})
        editor.edit(project / "a.py")
        editor.wait("require('dovetail.client').get(0) ~= nil")
        suggest(editor, script, "ia", "bc")
        editor.see("bc")
        editor.nvim.command("help dovetail")
    finally:
        editor.close()


def test_the_documented_way_on_the_runtime_path(
    program: Path, script: Script, project: Path, tmp_path: Path
) -> None:
    """What lazy.nvim and people without a manager do: the configuration puts the folder onto the path."""
    (tmp_path / "home").mkdir()
    editor = Editor(program, tmp_path / "home", rtp=None)
    try:
        editor.lua("vim.opt.rtp:append(...)", str(PLUGIN))
        editor.lua("require('dovetail').setup(...)", {"cmd": script.command})
        editor.edit(project / "a.py")
        editor.wait("require('dovetail.client').get(0) ~= nil")
        assert editor.value("vim.fn.exists(':Dovetail')") == 2
    finally:
        editor.close()
