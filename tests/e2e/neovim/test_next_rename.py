"""A definition that was renamed by hand: the language's own server renames the rest, or the text stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Editor, Script, eventually
from plans_shown import marks

Start = Callable[..., Editor]

FILE = "def total_of(cart):\n    return cart\n\n\na = total_of(1)\nb = total_of(2)\n"
NAMER = """
local answers = ...
local function server()
  return {
    request = function(method, params, done)
      local uri = vim.uri_from_bufnr(0)
      if method == 'initialize' then
        done(nil, { capabilities = { renameProvider = { prepareProvider = true } } })
      elseif method == 'textDocument/prepareRename' then
        _G.asked = { vim.api.nvim_buf_get_lines(0, 0, 1, false)[1], params.position.character }
        if answers == 'no' then
          done({ code = 1, message = 'No name here.' })
        else
          done(nil, { start = params.position, ['end'] = params.position })
        end
      elseif method == 'textDocument/rename' then
        local edits = {}
        for row, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
          local first, last = line:find('total_of', 1, true)
          if first then
            local from, to = { line = row - 1, character = first - 1 }, { line = row - 1, character = last }
            edits[#edits + 1] = { range = { start = from, ['end'] = to }, newText = params.newName }
          end
        end
        done(nil, { changes = { [uri] = edits } })
      end
      return true, 1
    end,
    notify = function() end,
    is_closing = function() return false end,
    terminate = function() end,
  }
end
vim.lsp.start({ name = 'namer', root_dir = vim.fn.getcwd(), cmd = server })
"""


@pytest.fixture
def renamed(start: Start, script: Script, project: Path) -> Callable[[str | None], Editor]:
    """`total_of` is called `total` where it is defined; another server says `answers`; None: there is none."""

    def begin(answers: str | None) -> Editor:
        editor = start(FILE, auto=True, next_edit={"wait_ms": 10})
        if answers is not None:
            editor.lua(NAMER, answers)
        editor.type("gg0wcwtotal<Esc>")
        request = script.expect("textDocument/didOpen") and script.expect("dovetail/nextEdit")
        place = {
            "textDocument": {"uri": (project / "main.py").as_uri(), "version": None},
            "position": {"line": 0, "character": 4},
        }
        script.answer(
            request,
            {
                "edit": None,
                "reason": "that is for your editor's rename",
                "rename": {**place, "oldName": "total_of", "newName": "total", "uses": 2},
            },
        )
        return editor

    return begin


def test_one_key_has_the_languages_server_rename_the_rest(renamed: Any, script: Script) -> None:
    editor = renamed("yes")
    eventually(lambda: marks(editor))
    assert "» rename total_of to total everywhere (2 lines)" in [line.strip() for line in editor.screen(24)]
    editor.type("<Tab>")
    eventually(lambda: editor.lines[4] == "a = total(1)")
    assert "\n".join(editor.lines) + "\n" == FILE.replace("total_of", "total")
    assert editor.value("_G.asked") == ["def total_of(cart):", 4]
    assert script.expect("dovetail/didSettleRename")["params"] == {"oldName": "total_of", "newName": "total"}
    assert marks(editor) == []


def test_where_it_cannot_be_renamed_the_text_stays(renamed: Any) -> None:
    editor = renamed("no")
    eventually(lambda: marks(editor))
    before: list[str] = editor.lines
    editor.type("<Tab>")
    eventually(lambda: "cannot be renamed here" in str(editor.value("vim.fn.execute('messages')")))
    assert editor.lines == before


def test_escape_sends_it_away(renamed: Any, script: Script) -> None:
    editor = renamed("yes")
    eventually(lambda: marks(editor))
    before: list[str] = editor.lines
    editor.type("<Esc>")
    assert script.expect("dovetail/didSettleRename")["params"]["oldName"] == "total_of"
    assert marks(editor) == []
    assert editor.lines == before


def test_without_another_server_it_is_a_sentence(renamed: Any) -> None:
    editor = renamed(None)
    eventually(lambda: "2 lines still use total_of" in str(editor.value("vim.fn.execute('messages')")))
