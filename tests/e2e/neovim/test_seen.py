"""What is on the screen: whole, growing, never stale, never accepted unseen, never beside a menu."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from harness import Editor, Script, item, suggest

Start = Callable[..., Editor]

BLOCK = "(x):\n    one = 1\n    two = 2\n    return one"


def test_a_part_of_an_answer_that_comes_to_nothing_is_taken_away(start: Start, script: Script) -> None:
    """Asked for by hand, streamed, and dropped by the server at its end: no half word stays to be accepted."""
    editor = start(auto=False)
    editor.type("ia<M-Bslash>")
    request = script.asked()
    script.progress(request, [item("ttribute, valu")])
    editor.see("ttribute, valu")
    script.answer(request, {"items": []})
    editor.see("")
    editor.nvim.command("setlocal noexpandtab")
    editor.type("<Tab>")
    assert editor.lines == ["a\t"]


def test_a_manual_question_without_an_answer_leaves_what_another_drew(start: Start, script: Script) -> None:
    editor = start()
    suggest(editor, script, "ia", "bc")
    editor.see("bc")
    editor.type("<M-Bslash>")
    script.answer(script.asked(2), {"items": []})
    script.notify("dovetail/status", {"state": "learning", "source": "x", "message": "", "mode": "automatic"})
    editor.wait("require('dovetail').statusline() == 'Dovetail learning'")
    assert editor.ghost == "bc"


def test_a_stream_grows_and_does_not_shrink(start: Start, script: Script) -> None:
    editor = start()
    editor.type("ia")
    request = script.asked()
    for part, seen in [("b", "b"), ("bc\nd", "bc\nd"), ("bc", "bc\nd"), ("bc\nd\ne", "bc\nd\ne")]:
        script.progress(request, [item(part)])
        editor.see(seen)
    script.answer(request, {"items": [item("bc\nd\ne\nf")]})
    editor.see("bc\nd\ne\nf")


def test_at_the_windows_end_it_scrolls_so_that_all_lines_are_seen(start: Start, script: Script) -> None:
    editor = start("x = 1\n" * 40)
    editor.nvim.command("setlocal scrolloff=2 | normal! Gzb")
    before = editor.screen(24)
    suggest(editor, script, "odef f", BLOCK)
    editor.see(BLOCK)
    after = editor.screen(24)
    assert after != before
    at = after.index("def f(x):")
    assert after[at : at + 4] == ["def f(x):", "    one = 1", "    two = 2", "    return one"]
    editor.type("<Tab>")
    assert editor.lines[-4:] == ["def f(x):", "    one = 1", "    two = 2", "    return one"]


def test_what_has_no_place_is_counted_and_not_accepted(start: Start, script: Script) -> None:
    """A window of three rows: two lines below the cursor's, and a third that nobody has seen."""
    editor = start("x = 1\n" * 40)
    editor.nvim.command("setlocal scrolloff=0 | resize 3 | normal! Gzb")
    suggest(editor, script, "odef f", BLOCK)
    editor.see(BLOCK.rsplit("\n", 1)[0])
    assert "    two = 2 +1 line" in editor.screen(24)
    editor.type("<Tab>")
    assert editor.lines[-3:] == ["def f(x):", "    one = 1", "    two = 2"]
    assert script.expect("dovetail/didAccept")["params"]["length"] == len(BLOCK.rsplit("\n", 1)[0])
    editor.see("\n    return one")
    editor.type("<Tab>")
    assert editor.lines[-1] == "    return one"
    assert script.expect("dovetail/didAccept", 2)["params"] == {"id": "s1"}


def test_another_window_of_the_buffer_shows_none(start: Start, script: Script) -> None:
    editor = start("first\n")
    editor.nvim.command("split")
    suggest(editor, script, "oa", "bc")
    editor.see("bc")
    assert [line for line in editor.screen(24) if line.startswith("a")] == ["abc", "a"]
    editor.type("<Esc>")
    editor.nvim.command("wincmd j | normal! G$")
    suggest(editor, script, "a", "xy")
    editor.see("xy")
    assert [line for line in editor.screen(24) if line.startswith("a")] == ["a", "axy"]


MENUS = {
    "nvim-cmp": """
        local on = {}
        package.loaded.cmp = {
          visible = function() return vim.g.menu == 1 end,
          event = { on = function(_, name, f) on[name] = f end },
        }
        function menu(open)
          vim.g.menu = open and 1 or 0
          on[open and 'menu_opened' or 'menu_closed']()
        end""",
    "blink.cmp": """
        package.loaded['blink.cmp'] = { is_menu_visible = function() return vim.g.menu == 1 end }
        function menu(open)
          vim.g.menu = open and 1 or 0
          vim.api.nvim_exec_autocmds('User', { pattern = open and 'BlinkCmpMenuOpen' or 'BlinkCmpMenuClose' })
        end""",
}


@pytest.mark.parametrize("name", MENUS)
def test_the_menu_of_a_completion_plugin_is_found_by_itself(
    start: Start, script: Script, editor: Editor, name: str
) -> None:
    """Stand-ins with the plugins' own interface: where the menu opens, the ghost text goes, and Tab is the menu's."""
    editor.lua(MENUS[name])
    start("first\n")
    editor.nvim.command("inoremap <expr> <Tab> g:menu ? '[menu]' : '<Tab>'")
    suggest(editor, script, "oa", "bc")
    editor.see("bc")
    editor.lua("menu(true)")
    editor.see("")
    editor.type("<Tab>")
    assert editor.lines[-1] == "a[menu]"
    editor.type("<BS>" * 6)
    editor.lua("menu(false)")
    editor.see("bc")
    editor.type("<Tab>")
    assert editor.lines[-1] == "abc"
    editor.type("<Esc>")
    editor.nvim.command("checkhealth dovetail")
    assert f"completion menu found: {name}" in "\n".join(editor.lines)


@pytest.mark.parametrize("key", ["<M-]>", "<M-[>"])
def test_another_suggestion_where_there_is_none_is_asked_for(start: Start, script: Script, key: str) -> None:
    editor = start(auto=False)
    editor.type(f"ia{key}")
    request = script.asked()
    assert request["params"]["context"] == {"triggerKind": 1}
    assert editor.lines == ["a"]
    script.answer(request, {"items": [item("bc")]})
    editor.see("bc")
