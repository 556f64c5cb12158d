"""The files that a chat request would be sent with, in a real Neovim with the real server: they are shown, one key
leaves one out, and what a recording chat server gets is what was left."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import Editor, eventually
from warm import dovetail

sys.path.append(str(Path(__file__).resolve().parents[2] / "server"))

from editing import chat_server

FILES = {
    "shapes.py": "def area(width, height):\n    return width * height\n",
    "prices.py": "class PriceList:\n    def price_of(self, name):\n        return 1\n",
    "more/stock.py": "def in_stock(name):\n    return PriceList().price_of(name)\n",
    "secret.py": "class PriceList: pass\n",
    ".gitignore": "secret.py\n",
}
REQUEST = "2,2Dovetail edit use PriceList here"


@pytest.fixture
def ask(editor: Editor, project: Path) -> Any:
    """Open shapes.py with a chat server, wait until the workspace is learnt, and ask."""

    def begin(chat: Any, request: str) -> Editor:
        for name, text in FILES.items():
            (project / name).parent.mkdir(exist_ok=True)
            (project / name).write_text(text, encoding="utf-8")
        editor.lua(
            "require('dovetail').setup(...)",
            {
                "cmd": dovetail("serve", "--stdio"),
                "env": {"XDG_CACHE_HOME": str(editor.home / "cache")},
                "settings": {"chat": {"url": chat.url, "model": "test"}},
            },
        )
        editor.edit(project / "shapes.py")
        editor.wait("require('dovetail.client').get(0) ~= nil")
        editor.lua("dovetail_learnt, dovetail_asks = false, false")

        def learnt() -> bool:
            editor.lua(
                """if dovetail_asks then return end  -- one question at a time
                dovetail_asks = true
                local client = require('dovetail.client').get(0)
                local ask = { command = 'dovetail.status', arguments = { vim.empty_dict() } }
                require('dovetail.client').execute(client, ask, function(status)
                  dovetail_asks = false
                  dovetail_learnt = status ~= nil and status.model.learning == false and status.model.files > 2
                end)"""
            )
            return bool(editor.value("dovetail_learnt"))

        eventually(learnt, "the workspace is learnt")
        editor.nvim.command(request)
        return editor

    return begin


def test_files_are_shown_and_one_key_leaves_one_out(ask: Any) -> None:
    with chat_server("Nothing.", "Nothing.") as chat:
        editor = ask(chat, REQUEST)
        editor.wait("vim.api.nvim_win_get_config(0).relative == 'editor'")
        shown = editor.lines
        assert [line.split()[1] for line in shown[1:-1]] == ["shapes.py", "prices.py", "more/stock.py"]
        assert "3 lines" in shown[2] and "token" in shown[2] and "holds PriceList" in shown[2]
        assert not chat.asked
        editor.type("k")
        editor.type("x")  # the file at hand stays
        assert "✓ shapes.py" in editor.lines[1]
        editor.type("jj")
        editor.type("x")
        assert "✗ more/stock.py" in editor.lines[3] and editor.lines[0] != shown[0]
        editor.type("<CR>")
        eventually(lambda: bool(chat.asked), "the chat server is asked")
        sent = json.dumps(chat.asked[0])
        assert "def price_of" in sent and "def in_stock" not in sent and "PriceList: pass" not in sent


@pytest.mark.parametrize("key", ["q", "<Esc>"])
def test_nothing_is_sent_where_the_person_leaves(ask: Any, key: str) -> None:
    with chat_server("Nothing.") as chat:
        editor = ask(chat, REQUEST)
        editor.wait("vim.api.nvim_win_get_config(0).relative == 'editor'")
        editor.type(key)
        eventually(lambda: "nothing was sent" in editor.messages, "it is said")
        assert editor.value("vim.api.nvim_win_get_config(0).relative") == "" and not chat.asked


def test_there_is_no_window_where_only_the_file_at_hand_is_sent(ask: Any) -> None:
    with chat_server("Nothing.") as chat:
        ask(chat, "2,2Dovetail edit make it faster")
        eventually(lambda: bool(chat.asked), "the chat server is asked")
