"""Ghost text in a real Neovim, against a server that answers what the test says, when it says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Editor, Script, eventually, item, span, suggest

Start = Callable[..., Editor]


def test_a_suggestion_appears_and_tab_takes_it(start: Start, script: Script) -> None:
    """The whole way: key, request, ghost text, Tab, reports."""
    editor = start()
    request = suggest(editor, script, "idef f", "oo():\n    return 1")
    assert request["params"]["position"] == {"line": 0, "character": 5}
    assert request["params"]["context"] == {"triggerKind": 2}
    editor.see("oo():\n    return 1")
    editor.type("<Tab>")
    assert editor.lines == ["def foo():", "    return 1"]
    assert editor.cursor == (2, 12)
    assert editor.ghost == ""
    assert script.expect("dovetail/didShow")["params"]["id"] == "s1"
    assert script.expect("dovetail/didAccept")["params"] == {"id": "s1"}


def test_typing_along_asks_nothing_and_keeps_the_rest(start: Start, script: Script) -> None:
    """What is typed as suggested is taken off the ghost text at once; accepting then adds only the rest."""
    editor = start()
    suggest(editor, script, "ihello ", "world, and more")
    editor.see("world, and more")
    for typed, rest in [("w", "orld, and more"), ("or", "ld, and more"), ("ld,", " and more")]:
        editor.type(typed)
        assert editor.ghost == rest
    assert script.requests == 1
    editor.type("<Tab>")
    assert editor.lines == ["hello world, and more"]


def test_typing_along_over_a_line_end(start: Start, script: Script) -> None:
    """Enter, and the indentation that the editor adds, are typing along too."""
    editor = start()
    editor.nvim.command("setlocal autoindent indentexpr=")
    suggest(editor, script, "i    if x", ":\n    y = 1\n    z = 2")
    editor.see(":\n    y = 1\n    z = 2")
    editor.type(":<CR>")
    assert editor.lines == ["    if x:", "    "]
    assert editor.ghost == "y = 1\n    z = 2"
    assert script.requests == 1
    editor.type("y<Tab>")
    assert editor.lines == ["    if x:", "    y = 1", "    z = 2"]


def test_typing_all_of_it_asks_for_what_follows(start: Start, script: Script) -> None:
    editor = start()
    suggest(editor, script, "ia", "bc")
    editor.see("bc")
    editor.type("bc")
    assert editor.ghost == ""
    assert script.asked(2)["params"]["position"]["character"] == 3


def test_typing_something_else_hides_it_at_once(start: Start, script: Script) -> None:
    editor = start()
    suggest(editor, script, "ia", "bc")
    editor.see("bc")
    editor.type("x")
    assert editor.ghost == ""
    assert script.asked(2)["params"]["position"]["character"] == 2


def test_an_answer_that_agrees_with_later_keys_is_kept(start: Start, script: Script) -> None:
    """The request is not cancelled while what is typed could be the beginning of its answer."""
    editor = start()
    editor.type("if")
    request = script.asked()
    editor.type("oo")
    script.answer(request, {"items": [item("oo(bar)")]})
    editor.see("(bar)")
    assert script.requests == 1
    assert script.all("$/cancelRequest") == []


def test_leaving_insert_mode_cancels_and_hides(start: Start, script: Script) -> None:
    editor = start()
    suggest(editor, script, "ia", "bc")
    editor.see("bc")
    editor.type("x")
    request = script.asked(2)
    editor.type("<Esc>")
    assert script.expect("$/cancelRequest")["params"]["id"] == request["id"]
    script.answer(request, {"items": [item("late")]})
    script.notify("dovetail/status", {"state": "idle", "source": "x", "message": "", "mode": "automatic"})
    editor.wait("require('dovetail').statusline() == 'Dovetail'")  # the late answer came before
    assert editor.marks == []


def test_a_change_elsewhere_in_the_line_makes_it_stale(start: Start, script: Script) -> None:
    editor = start()
    editor.type("if")
    request = script.asked()
    editor.lua("vim.api.nvim_buf_set_text(0, 0, 0, 0, 0, {'# '})")
    script.answer(request, {"items": [item("oo")]})
    script.asked(2)
    assert editor.marks == []


def test_closers_behind_the_cursor_stay_where_they_are(start: Start, script: Script) -> None:
    """A range over them: the ghost text shows only what is new, accepting leaves one of each."""
    editor = start("f()\n")
    editor.type("gg0f)i")
    request = script.asked()
    assert request["params"]["position"] == {"line": 0, "character": 2}
    script.answer(request, {"items": [item("a, g(b)) + 1", range=span(0, 2, 3))]})
    editor.see("a, g(b) + 1")
    assert editor.screen(1) == ["f(a, g(b)) + 1"]
    editor.type("<Tab>")
    assert editor.lines == ["f(a, g(b)) + 1"]
    assert editor.cursor == (1, 14)


def test_brackets_that_a_pairing_plugin_adds_do_not_end_it(start: Start, script: Script) -> None:
    editor = start()
    editor.nvim.command("inoremap ( ()<C-g>U<Left>")
    suggest(editor, script, "iprint", "(a, b)\nx = 1")
    editor.see("(a, b)\nx = 1")
    editor.type("(")
    assert editor.lines == ["print()"]
    assert editor.ghost == "a, b\nx = 1"
    assert editor.screen(2) == ["print(a, b)", "x = 1"]
    editor.type("<Tab>")
    assert editor.lines == ["print(a, b)", "x = 1"]


def test_text_behind_the_cursor_moves_to_the_last_line(start: Start, script: Script) -> None:
    """Several lines in the middle of a line: the screen shows what accepting gives."""
    editor = start("ab + rest\nnext\n")
    editor.type("gg0li")
    script.answer(script.asked(), {"items": [item("XX\n  YY")]})
    editor.see("XX\n  YY")
    assert editor.screen(3) == ["aXX", "  YYb + rest", "next"]
    editor.type("<Tab>")
    assert editor.lines == ["aXX", "  YYb + rest", "next"]
    assert editor.screen(3) == ["aXX", "  YYb + rest", "next"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-32"])
def test_positions_in_every_encoding(start: Start, script: Script, program: Any, encoding: str) -> None:
    """Emoji (two UTF-16 units), CJK and tabs before, behind and in the suggestion."""
    script.capabilities = {"positionEncoding": encoding}
    editor = start("\t# 漢字🙂()\n")
    if editor.value("vim.fn.has('nvim-0.11')") == 0 and encoding != "utf-16":
        offered = script.expect("initialize")["params"]["capabilities"]["general"]["positionEncodings"]
        assert offered == ["utf-16"]  # 0.10 offers nothing else, so a server cannot choose it
        return
    editor.type("gg0f)i")
    before = "\t# 漢字🙂("
    units = {"utf-8": len(before.encode()), "utf-16": len(before) + 1, "utf-32": len(before)}[encoding]
    request = script.asked()
    assert request["params"]["position"]["character"] == units
    script.answer(request, {"items": [item("🙂字 x)", range=span(0, units, units + 1))]})
    editor.see("🙂字 x")
    editor.type("<M-Right>")
    taken = editor.lines[0][len(before) : -1]
    assert "🙂字 x".startswith(taken)
    units = {
        "utf-8": len(taken.encode()),
        "utf-16": len(taken.encode("utf-16-le")) // 2,
        "utf-32": len(taken),
    }[encoding]
    assert script.expect("dovetail/didAccept")["params"] == {"id": "s1", "length": units}
    editor.type("<Tab>")
    assert editor.lines == ["\t# 漢字🙂(🙂字 x)"]


def test_crlf_files_get_lines_without_carriage_returns(start: Start, script: Script) -> None:
    editor = start("one\r\ntwo\r\n")
    assert editor.value("vim.bo.fileformat") == "dos"
    suggest(editor, script, "A", "x\r\n\ty\r\nz")
    editor.see("x\n    y\nz")
    editor.type("<Tab>")
    assert editor.lines == ["one", "twox", "\ty", "z"]


def test_tabs_are_drawn_as_wide_as_they_will_be(start: Start, script: Script) -> None:
    editor = start()
    editor.nvim.command("setlocal tabstop=4 noexpandtab")
    suggest(editor, script, "iab", "\tc\n\td")
    editor.see("  c\n    d")
    assert editor.screen(2) == ["ab  c", "    d"]
    editor.type("<Tab>")
    assert editor.lines == ["ab\tc", "\td"]
    assert editor.screen(2) == ["ab  c", "    d"]


def test_long_lines_wrap_as_real_ones_do(start: Start, script: Script) -> None:
    editor = start()
    text = "x\n" + "".join(chr(65 + n % 26) for n in range(100))
    suggest(editor, script, "ia", text)
    eventually(lambda: editor.marks)
    shown = editor.screen(3)
    editor.type("<Tab>")
    assert editor.screen(3) == shown


def test_dismiss_hides_says_so_and_does_not_come_back(start: Start, script: Script) -> None:
    editor = start()
    suggest(editor, script, "ia", "bc")
    editor.see("bc")
    editor.type("<C-]>")
    assert editor.ghost == ""
    assert script.expect("dovetail/didReject")["params"] == {"id": "s1"}
    editor.type("<Left><Right>")
    assert editor.ghost == ""
    assert script.requests == 1


def test_shown_is_said_at_once_and_counts_after_a_while(start: Start, script: Script) -> None:
    """At once, so that the server can prepare what follows; again with the time it has been seen for."""
    editor = start()
    suggest(editor, script, "ia", "bc")
    assert script.expect("dovetail/didShow")["params"] == {"id": "s1"}
    assert script.expect("dovetail/didShow", 2)["params"] == {"id": "s1", "visibleMs": 750}
    editor.type("b")
    editor.see("c")
    assert len(script.all("dovetail/didShow")) == 2


def test_a_stream_grows_and_may_lag_behind_the_keys(start: Start, script: Script) -> None:
    editor = start()
    editor.type("i")
    request = script.asked()
    script.progress(request, [item("he")])
    editor.see("he")
    editor.type("hel")
    assert editor.ghost == ""
    script.progress(request, [item("hello wor")])
    editor.see("lo wor")
    script.answer(request, {"items": [item("hello world")]})
    editor.see("lo world")
    assert script.requests == 1
    assert script.all("$/cancelRequest") == []


def test_a_stream_that_disagrees_is_cancelled(start: Start, script: Script) -> None:
    editor = start()
    editor.type("i")
    request = script.asked()
    script.progress(request, [item("he")])
    editor.see("he")
    editor.type("x")
    assert editor.ghost == ""
    assert script.expect("$/cancelRequest")["params"]["id"] == request["id"]


def test_an_answer_without_items_shows_nothing(start: Start, script: Script) -> None:
    editor = start()
    for answer in [
        None,
        [],
        {"items": []},
        {"items": [{"insertText": 3}, {"insertText": "x", "range": None}]},
    ]:
        count = script.requests
        editor.type("ia")
        script.answer(script.asked(count + 1), answer)
        editor.type("<Esc>")
    assert "Error" not in editor.messages


def test_the_document_the_server_has_is_the_buffer(start: Start, script: Script) -> None:
    """Changes reach the server before the request that is about them."""
    editor = start("x = 1\n")
    editor.type("oab")
    script.asked()
    methods = [message.get("method") for message in script.received]
    assert methods.index("textDocument/didChange") < methods.index("textDocument/inlineCompletion")


def test_the_client_says_what_it_can(start: Start, script: Script) -> None:
    start(settings={"embedded": {"enabled": True}}, debounce=40)
    params = script.expect("initialize")["params"]
    assert params["initializationOptions"] == {
        "embedded": {"enabled": True},
        "client": {
            "events": True,
            "partialResults": True,
            "replaceRange": True,
            "asks": True,
            "diagnostics": True,
            "visibleMs": True,
            "trusted": True,
            "debounceMs": 40,
        },
    }
    assert "inlineCompletion" in params["capabilities"]["textDocument"]
